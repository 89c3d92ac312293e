"""Scalp to cortex and back beside other programs, on the built-in head; see docs/cortex.md.

    pip install numpy trimesh embreex libigl nibabel scipy rtree; pip install --no-deps brain2scalp
    cargo build --release -p baihui-head --examples
    target/release/examples/cortex_evidence ours.csv TABLE
    python cortex_peers.py head.glb ch2.nii.gz ours.csv SCALP_TABLE target/release/examples/cortex_lookup

TABLE holds the cortical points of Okamoto 2004 (label,x,y,z), SCALP_TABLE the scalp positions of the same sites
(type,x,y,z,label). Prints how far from the published scalp positions each program comes, and times. `-` for the image
leaves brain2scalp out.
"""
import csv
import subprocess
import sys
import time

import numpy as np
import trimesh

head, image, found, table, lookup = sys.argv[1:6]
scene = trimesh.load(head)


def ras(name):
    mesh = scene.geometry[name]
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


skin_v, skin_f = ras("skin")
brain_v, brain_f = ras("brain")

scalp = {}
for row in csv.reader(l for l in open(table) if not l.startswith(("#", "type"))):
    if row[0].endswith("Electrode"):
        scalp[row[4]] = np.array(row[1:4], float)
rows = list(csv.DictReader(open(found)))
targets = [[float(r[k]) for k in "xyz"] for r in rows]
names = [r["label"].split("(")[-1].rstrip(")") for r in rows]

if image != "-":
    import contextlib, io
    import brain2scalp.core.pipeline as pipeline

    start = time.time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        theirs = pipeline.run(image, targets)
    peer_s = time.time() - start
    d_ours, d_theirs = [], []
    print("site  ours  brain2scalp (mm from the published scalp position)")
    for name, row, t in zip(names, rows, theirs):
        want = scalp[name]
        a = np.linalg.norm(np.array([float(row["sx"]), float(row["sy"]), float(row["sz"])]) - want)
        b = np.linalg.norm(np.array(t.scalp_entry_mni) - want)
        d_ours.append(a)
        d_theirs.append(b)
        print(f"{name:4}  {a:5.1f}  {b:5.1f}")
    for what, d in (("ours", d_ours), ("brain2scalp", d_theirs)):
        print(f"{what}: mean {np.mean(d):.1f}, median {np.median(d):.1f}, max {np.max(d):.1f} mm")
    ms = [float(r["ms"]) for r in rows]
    print(f"time for {len(rows)} targets: ours {sum(ms):.0f} ms (head ready), brain2scalp {1e3 * peer_s:.0f} ms with its mask")

# ---- Label lookup and projection, like for like: the same places, each carried to the same cortex and given a label.
from scipy.spatial import ConvexHull, cKDTree

points = skin_v[skin_v[:, 2] > 0][:3000]
normals = trimesh.Trimesh(skin_v, skin_f, process=False).vertex_normals[skin_v[:, 2] > 0][:3000]
brain = trimesh.Trimesh(brain_v, brain_f, process=False)
labels = np.arange(len(brain_v)) % 90 + 1


def timed(f, n=5):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return 1e3 * np.median(times)


def ours():
    out = subprocess.run([lookup, str(len(points))], capture_output=True, text=True, check=True).stdout.split()
    return {k: float(v) for k, v in zip(out[::2], out[1::2])}


def hull_of():
    h = ConvexHull(brain_v)
    return trimesh.Trimesh(brain_v, h.simplices, process=True)


ready = timed(lambda: (hull_of().ray, cKDTree(brain_v)), 3)
hull, tree = hull_of(), cKDTree(brain_v)
hull.fix_normals()
centre = (brain_v.min(0) + brain_v.max(0)) / 2


def by_rays(directions):
    """Onto the hull by embree, from there to the nearest vertex, and its label."""
    at, ray, _ = hull.ray.intersects_location(points, directions, multiple_hits=False)
    return labels[tree.query(at)[1]]


def nearest_trimesh():
    _, _, face = trimesh.proximity.closest_point(brain, points)
    return labels[brain_f[face, 0]]


def nearest_igl():
    import igl

    _, face, _ = igl.point_mesh_squared_distance(points, brain_v, brain_f)
    return labels[brain_f[face, 0]]


print(f"\n{len(points)} places with a label each, ms (median of 5):")
print(f"  peers made ready: hull (qhull) and trees {ready:.1f}")
rays = timed(lambda: by_rays(-normals))
towards = timed(lambda: by_rays(centre - points))
vertex = timed(lambda: labels[tree.query(points)[1]])
print(f"  normal: trimesh + embree to the hull, scipy to the vertex {rays:.2f}")
print(f"  centre: the same {towards:.2f}")
print(f"  nearest: scipy vertex {vertex:.2f}")
try:
    print(f"  nearest: libigl closest point {timed(nearest_igl):.2f}")
except Exception as e:  # a peer that does not run here is said to
    print("  libigl:", e)
print(f"  nearest: trimesh closest point {timed(nearest_trimesh, 1):.0f}")
o = ours()
three = rays + towards + vertex
print(f"  Baihui, all four projections: first look {o['first']:.2f}, again {o['again']:.2f}; made ready {o['ready']:.1f}")
print(f"  ratio to the fastest peers' three of them: first {o['first'] / three:.2f}, again {o['again'] / three:.2f}")

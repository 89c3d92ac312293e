"""Scalp to cortex and back beside other programs, on the built-in head; see docs/cortex.md.

    pip install numpy trimesh embreex libigl nibabel scipy rtree; pip install --no-deps brain2scalp
    cargo run --release -p baihui-head --example cortex_evidence ours.csv TABLE
    python cortex_peers.py head.glb ch2.nii.gz ours.csv SCALP_TABLE

TABLE holds the cortical points of Okamoto 2004 (label,x,y,z), SCALP_TABLE the scalp positions of the same sites
(type,x,y,z,label). Prints how far from the published scalp positions each program comes, and times.
"""
import csv
import sys
import time

import numpy as np
import trimesh

head, image, ours, table = sys.argv[1:5]
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
rows = list(csv.DictReader(open(ours)))
targets = [[float(r[k]) for k in "xyz"] for r in rows]
names = [r["label"].split("(")[-1].rstrip(")") for r in rows]

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

points = skin_v[skin_v[:, 2] > 0][:3000]
normals = trimesh.Trimesh(skin_v, skin_f, process=False).vertex_normals[skin_v[:, 2] > 0][:3000]
brain = trimesh.Trimesh(brain_v, brain_f, process=False)


def best(f, n=3):
    times = []
    for _ in range(n):
        start = time.time()
        f()
        times.append(time.time() - start)
    return 1e3 * np.median(times)


print(f"{len(points)} places, ms:")
print(f"  trimesh closest point {best(lambda: trimesh.proximity.closest_point(brain, points)):.0f}")
print(f"  trimesh + embree rays along normals {best(lambda: brain.ray.intersects_first(points, -normals)):.1f}")
try:
    import igl

    print(f"  libigl closest point {best(lambda: igl.point_mesh_squared_distance(points, brain_v, brain_f)):.0f}")
except Exception as e:  # a peer that does not run here is said to
    print("  libigl:", e)
from scipy.spatial import cKDTree

print(f"  scipy nearest vertex with its tree {best(lambda: cKDTree(brain_v).query(points)):.0f}")

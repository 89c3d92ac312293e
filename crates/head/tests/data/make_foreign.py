"""Makes the small mesh files in this folder that other programs wrote, and expected.json.

    python -m venv venv && venv/bin/pip install trimesh numpy plyfile numpy-stl pygltflib meshio
    venv/bin/python make_foreign.py

The shape is an icosphere of 42 vertices and 80 faces, stretched to the half axes 77, 96 and 90 mm and bent so
that it has no symmetry. expected.json has its volume, area and box as trimesh computes them. The files are
read by ../io_foreign.rs.
"""

import json
import pathlib

import meshio
import numpy as np
import plyfile
import trimesh
from stl import Mode
from stl.mesh import Mesh as NumpyStl

here = pathlib.Path(__file__).parent

base = trimesh.creation.icosphere(subdivisions=1)
v = base.vertices * [77.0, 96.0, 90.0]
v[:, 0] += 0.001 * v[:, 2] ** 2
v[:, 1] += 5.0
v = v.astype(np.float32).astype(float)
mesh = trimesh.Trimesh(v, base.faces, process=False)
rgb = np.stack([np.arange(len(v)) * 5 % 256, np.arange(len(v)) * 3 % 256, np.full(len(v), 7)], axis=1).astype(np.uint8)

expected = {
    "vertices": len(v),
    "faces": len(mesh.faces),
    "volume_mm3": float(mesh.volume),
    "area_mm2": float(mesh.area),
    "low_mm": mesh.bounds[0].tolist(),
    "high_mm": mesh.bounds[1].tolist(),
    "rgb": rgb.tolist(),
}
(here / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")

coloured = trimesh.Trimesh(v, base.faces, vertex_colors=rgb, process=False)
coloured.export(here / "trimesh_binary.ply", vertex_normal=True)
coloured.export(here / "trimesh_ascii.ply", encoding="ascii")
mesh.export(here / "trimesh_binary.stl")
mesh.export(here / "trimesh_ascii.stl", file_type="stl_ascii")
coloured.export(here / "trimesh.obj", include_color=True)

# In metres, +Y up, the face toward +Z, under two nodes that turn and move it there.
to_gltf = np.array([[-1, 0, 0], [0, 0, 1], [0, 1, 0]], float)
scene = trimesh.Scene()
local = trimesh.Trimesh((v - [1, 2, 3]) * 0.01, base.faces, vertex_colors=rgb, process=False)
move = np.eye(4)
move[:3, :3] = to_gltf * 0.1
move[:3, 3] = to_gltf @ (np.array([1, 2, 3]) * 0.001)
scene.add_geometry(local, node_name="skin", geom_name="skin", transform=move)
scene.export(here / "trimesh.glb")

# Big-endian doubles, faces first written last, an element and properties to step over.
vertex = np.zeros(len(v), dtype=[("quality", "f4"), ("x", "f8"), ("y", "f8"), ("z", "f8")])
vertex["x"], vertex["y"], vertex["z"] = v.T
face = np.zeros(len(base.faces), dtype=[("flags", "i2"), ("vertex_indices", "u4", (3,))])
face["vertex_indices"] = base.faces
extra = np.array([(1, [2.0, 3.0])], dtype=[("n", "u1"), ("list", "f4", (2,))])
plyfile.PlyData(
    [
        plyfile.PlyElement.describe(extra, "note"),
        plyfile.PlyElement.describe(vertex, "vertex"),
        plyfile.PlyElement.describe(face, "face", len_types={"vertex_indices": "i4"}),
    ],
    byte_order=">",
    comments=["millimetres"],
).write(here / "plyfile_big_endian.ply")

soup = NumpyStl(np.zeros(len(base.faces), dtype=NumpyStl.dtype))
soup.vectors[:] = v[base.faces]
soup.save(here / "numpy_stl.stl", mode=Mode.BINARY)

meshio.Mesh(v, [("triangle", base.faces)]).write(here / "meshio.obj")

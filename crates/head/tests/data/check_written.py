"""Reads with other programs what `cargo run -p baihui-head --example write_meshes -- DIR` wrote.

    python check_written.py DIR       (needs trimesh, numpy, scipy, plyfile, numpy-stl, meshio)

The skin is an ellipsoid with the half axes 77, 96 and 90 mm cut into 2,048 triangles.
"""

import pathlib
import sys

import meshio
import numpy as np
import plyfile
import trimesh
from stl.mesh import Mesh as NumpyStl

folder = pathlib.Path(sys.argv[1])
half = np.array([77.0, 96.0, 90.0])
volume = None

for name in ["skin.ply", "skin.stl", "skin.obj"]:
    m = trimesh.load(folder / name)
    assert m.is_watertight and m.is_winding_consistent, name
    assert (len(m.vertices), len(m.faces)) == (1026, 2048), name
    assert np.allclose(m.bounds, [-half, half], atol=1e-4), name
    volume = volume or m.volume
    assert abs(m.volume / volume - 1) < 1e-6 and m.volume > 0.97 * 4 / 3 * np.pi * half.prod(), name

ply = plyfile.PlyData.read(folder / "skin.ply")
assert (ply["vertex"]["red"][:256] == np.arange(256)).all() and ply["vertex"]["green"][300] == 1
assert len(NumpyStl.from_file(str(folder / "skin.stl")).vectors) == 2048
assert len(meshio.read(folder / "skin.obj").cells_dict["triangle"]) == 2048

for name in ["head.glb", "zones.glb"]:
    scene = trimesh.load(folder / name)
    skin = scene.geometry["skin"]
    assert skin.is_watertight and np.allclose(skin.bounds, [-half, half], atol=1e-4), name
    assert {"skin", "ears", "brain"} <= set(scene.geometry), name
    transform, geometry = scene.graph["skin"]
    assert geometry == "skin"
    # Patient's right, front and crown in glTF's frame, in metres.
    for ras, gltf in [([77, 0, 0], [-0.077, 0, 0]), ([0, 96, 0], [0, 0, 0.096]), ([0, 0, 90], [0, 0.09, 0])]:
        assert np.allclose(transform @ [*ras, 1], [*gltf, 1]), name
    assert scene.metadata["baihui"]["axes"] == "RAS", name

zones = trimesh.load(folder / "zones.glb")
crown, _ = zones.graph["crown"]
assert np.allclose(crown[:3, 3], [0, 0.09, 0])
assert zones.geometry["closed"].is_watertight
print("all files read as they should")

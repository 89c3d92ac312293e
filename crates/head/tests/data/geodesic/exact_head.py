"""Exact geodesic distances on the built-in head, for crates/head/tests/curves_exact.rs.

pip install pygeodesic==0.1.11 numpy; python exact_head.py ../../../../../template/head.glb > exact-head.json

pygeodesic runs the exact algorithm of Mitchell, Mount and Papadimitriou (1987) from each source to all vertices.
The sources lie round the head, most of them beside a hollow (eye, cheek, nape, behind the ear) or low on the head; the targets are
spread over it by a fixed step through the vertices.
"""
import json
import struct
import sys

import numpy as np
from pygeodesic import geodesic

data = open(sys.argv[1], "rb").read()
size = struct.unpack("<I", data[12:16])[0]
doc = json.loads(data[20:20 + size])
binary = data[28 + size:]


def array(index, kind, columns):
    a = doc["accessors"][index]
    view = doc["bufferViews"][a["bufferView"]]
    start = view.get("byteOffset", 0) + a.get("byteOffset", 0)
    return np.frombuffer(binary, kind, a["count"] * columns, start).reshape(-1, columns)


node = next(n for n in doc["nodes"] if n.get("name") == "skin")
primitive = doc["meshes"][node["mesh"]]["primitives"][0]
v = array(primitive["attributes"]["POSITION"], "<f4", 3).astype(float)
f = array(primitive["indices"], "<u4", 1).reshape(-1, 3)
exact = geodesic.PyGeodesicAlgorithmExact(v, f.astype(np.int32))
rows = []
for place in [(0, 95, -20), (60, 60, -40), (-40, 70, -90), (0, -95, -90), (-85, -10, -60), (80, -40, -70),
              (0, 0, 105), (70, 20, 40), (-75, -60, -20), (30, -100, 20), (-30, 85, 30), (10, -110, -60), (-60, 0, -110),
              (85, -20, -30)]:
    source = int(np.argmin(((v - np.array(place)) ** 2).sum(1)))
    distances, _ = exact.geodesicDistances(np.array([source]), None)
    for k in range(24):
        target = (source + 1747 * (k + 1)) % len(v)
        rows.append([[float(x) for x in v[source]], [float(x) for x in v[target]],
                     round(float(distances[target]), 6)])
print("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]")

"""Exact geodesic distances for crates/head/tests/curves_exact.rs.

pip install pygeodesic==0.1.11 potpourri3d numpy; python exact.py > exact.json

pygeodesic runs the exact algorithm of Mitchell, Mount and Papadimitriou (1987) from each source to all
vertices; potpourri3d's edge flips (Sharp and Crane 2020) straighten one path and stop at a geodesic, which
need not be the shortest. Both are used through their public interface only. The shapes are those of
crates/head/src/shapes.rs, made anew here from their description.
"""
import json
import math

import numpy as np
import potpourri3d
from pygeodesic import geodesic


def sphere(levels):
    v = [np.array(p, float) for p in [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]]
    f = [(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)]
    for _ in range(levels):
        middle, out = {}, []

        def mid(a, b):
            key = (min(a, b), max(a, b))
            if key not in middle:
                m = v[a] + v[b]
                v.append(m / np.linalg.norm(m))
                middle[key] = len(v) - 1
            return middle[key]

        for a, b, c in f:
            ab, bc, ca = mid(a, b), mid(b, c), mid(c, a)
            out += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        f = out
    return np.array(v), np.array(f)


def bumpy(levels):
    v, f = sphere(levels)
    bump = np.sin(5 * v[:, 0] + 1) * np.sin(4 * v[:, 1]) * np.cos(6 * v[:, 2] + 0.5)
    return v * (90 * (1 + 0.03 * bump))[:, None], f


def ellipsoid(levels):
    v, f = sphere(levels)
    return v * np.array([77.0, 100.0, 65.0]), f


out = {}
for name, (v, f) in {"bumpy": bumpy(5), "ellipsoid": ellipsoid(5)}.items():
    exact = geodesic.PyGeodesicAlgorithmExact(v, f)
    flips = potpourri3d.EdgeFlipGeodesicSolver(v, f)
    rows = []
    n = len(v)
    for s in range(6):
        source = (s * 619 + 17) % n
        distances, _ = exact.geodesicDistances(np.array([source]), None)
        for t in range(10):
            target = (source + 401 * t + 97) % n
            path = flips.find_geodesic_path(source, target)
            flipped = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
            rows.append({
                "from": [round(x, 9) for x in v[source]],
                "to": [round(x, 9) for x in v[target]],
                "exact_mm": round(float(distances[target]), 9),
                "edge_flip_mm": round(flipped, 9),
            })
    out[name] = rows
print(json.dumps(out, indent=0))

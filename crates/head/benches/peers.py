"""10-5 beside another program, on one mesh and in one run.

    python3 -m venv venv && venv/bin/pip install numpy scipy matplotlib jdata bjdata && venv/bin/pip install --no-deps iso2mesh==0.6.7
    cargo build --release -p baihui-head --example ten_five_time
    venv/bin/python crates/head/benches/peers.py target/release/examples/ten_five_time

The example decimates the built-in head to about 14,000 vertices, writes mesh and fiducials, and times its own 10-5 on
it. iso2mesh's `brain1020` (10-5: perc1 10, perc2 5) is then given the same mesh and the same five points (its search
of Cz starts from ours) and timed the same way: the best of several calls in one process, without reading or drawing.
Both use one thread. It is used through its public interface only.
"""
import json
import os
import subprocess
import sys
import time

for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]:
    os.environ[variable] = "1"
import numpy as np
from iso2mesh import brain1020

ours = json.loads(subprocess.run([sys.argv[1]], capture_output=True, check=True, text=True).stdout)
node = np.array(ours["vertices"])
face = np.array(ours["faces"]) + 1
points = np.array([ours["fiducials"][k] for k in ["nz", "iz", "lpa", "rpa", "cz"]])
# Wall and processor time: the second does not grow with what else the machine does.
wall, cpu = [], []
for _ in range(5):
    a, b = time.perf_counter(), time.process_time()
    marks, _, _ = brain1020(node.copy(), face.copy(), points.copy(), 10, 5)
    wall.append(time.perf_counter() - a)
    cpu.append(time.process_time() - b)
theirs = min(cpu) * 1e3
count = sum(np.atleast_2d(v).shape[0] for v in marks.values())
print(f"mesh: {len(node)} vertices, {len(face)} faces")
print(f"brain1020: {theirs:.1f} ms of processor ({min(wall) * 1e3:.1f} ms by the clock), {count} positions")
print(f"ours: {ours['ms']:.3f} ms of processor, {len(ours['sites'])} sites")
print(f"ratio: {theirs / ours['ms']:.0f}")


def compare(title, pairs):
    d = np.array([np.linalg.norm(np.array(ours["sites"][n]) - p) for n, p in pairs])
    worst = pairs[int(d.argmax())][0]
    print(f"{title}: n {len(d)}, mean {d.mean():.3f}, median {np.median(d):.3f}, max {d.max():.3f} mm ({worst})")


# Steps of 5 % from Fpz over Cz to Oz, and from T7 over Cz to T8.
midline = "Fpz AFpz AFz AFFz Fz FFCz FCz FCCz Cz CCPz CPz CPPz Pz PPOz POz POOz Oz".split()
coronal = "T7 T7h C5 C5h C3 C3h C1 C1h Cz C2h C2 C4h C4 C6h C6 T8h T8".split()
compare("midline", list(zip(midline, marks["sm"])))
if len(marks["cm"]) == len(coronal):
    named = [(n, p) for n, p in zip(coronal, marks["cm"]) if n in ours["sites"]]
    compare("coronal", named)
# Rims: the same places, by the nearest of ours, as their order is not documented.
every = np.array(list(ours["sites"].values()))
rims = np.vstack([marks[k] for k in ["aal", "apl", "aar", "apr"]])
d = np.linalg.norm(rims[:, None] - every[None], axis=2).min(1)
print(f"rims, to our nearest site: n {len(d)}, mean {d.mean():.3f}, max {d.max():.3f} mm")

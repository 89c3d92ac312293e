"""Times REML with Knapp and Hartung's test in this crate, PyMARE and metafor, on the same studies in the same run.

Usage, from the root of the workspace, on a quiet machine:

    pip install pymare
    apt install r-cran-metafor        # or install.packages("metafor")
    cargo bench -p baihui-evidence --bench pool
    cargo bench -p baihui-evidence --bench network
    python3 crates/evidence/benches/peers.py > docs/evidence-speed.md

The studies are those of benches/pool.rs: standard errors 0.1 to 0.5 and tau 0.3. The times of this crate are read from
Criterion's estimates. Programs that are not installed are left out, and the table says so.
"""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

SIZES = [13, 100, 1000, 10000]
FAR = [("fit", "fit"), ("fit_interval_p", "with limits")]
NETWORK = "network_100_treatments_2000_trials"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target"))


def studies(k):
    """The same numbers as benches/pool.rs."""
    state, mask = 20260101, (1 << 64) - 1
    normal = statistics.NormalDist()

    def uniform():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) & mask
        return ((state >> 11) + 0.5) / 2.0**53

    rows = []
    for _ in range(k):
        v = (0.1 + 0.4 * uniform()) ** 2
        rows.append((0.4 + normal.inv_cdf(uniform()) * (v + 0.09) ** 0.5, v))
    return rows


def median_of(batches, repeats, run):
    times = []
    for _ in range(batches):
        start = time.perf_counter()
        for _ in range(repeats):
            run()
        times.append((time.perf_counter() - start) / repeats)
    return statistics.median(times)


def measured(*names):
    path = TARGET.joinpath("criterion", *names, "new", "estimates.json")
    return json.loads(path.read_text())["median"]["point_estimate"] * 1e-9 if path.exists() else None


def ours(k, what):
    return measured("reml_knapp_hartung", what, str(k))


def pymare(k):
    try:
        import numpy as np
        from pymare.estimators import VarianceBasedLikelihoodEstimator
    except ImportError:
        return None
    rows = np.array(studies(k))
    y, v, x = rows[:, :1], rows[:, 1:], np.ones((k, 1))
    run = lambda: VarianceBasedLikelihoodEstimator(method="REML").fit(y=y, v=v, X=x)
    run()
    return median_of(5, 20, run)


R = """
suppressPackageStartupMessages(library(metafor))
d <- read.csv("%s"); n <- %d
t <- replicate(%d, system.time(for (i in 1:n) rma(d$y, d$v, method="REML", test="knha"))[["elapsed"]] / n)
cat(median(t))
"""


def metafor(k):
    if k > 1000:
        return None  # Minutes and gigabytes: it stores matrices of studies by studies.
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("y,v\n" + "\n".join(f"{y!r},{v!r}" for y, v in studies(k)))
        file.flush()
        script = R % (file.name, 50 if k < 1000 else 1, 5 if k < 1000 else 1)
        try:
            done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return float(done.stdout)


def show(seconds):
    if seconds is None:
        return "not run"
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def main():
    print("# Speed of pooling beside its peers\n")
    print("REML with Knapp and Hartung's test; medians, same studies, same machine, same run.")
    print("Ours: `fit` is tau², mean, standard error, Q; `with limits` adds the confidence limits and the p value.")
    print("PyMARE's time is its REML fit, metafor's the whole of `rma()`, which computes limits and p value.")
    print("Made by `crates/evidence/benches/peers.py`, which says how to repeat it.\n")
    print("| studies | ours, fit | ours, with limits | PyMARE | metafor | PyMARE / ours | metafor / ours |")
    print("|---|---|---|---|---|---|---|")
    for k in SIZES:
        fit, limits, python, r = ours(k, "fit"), ours(k, "fit_interval_p"), pymare(k), metafor(k)
        ratio = lambda peer, mine: f"{peer / mine:,.0f}" if peer and mine else "–"
        print(
            f"| {k:,} | {show(fit)} | {show(limits)} | {show(python)} | {show(r)} "
            f"| {ratio(python, fit)} | {ratio(r, limits)} |"
        )
    print("\nThe ratio to PyMARE is taken from `fit`, that to metafor from `with limits`.")
    far = [f"{show(measured('reml_knapp_hartung', what, '100000'))} ({name})" for what, name in FAR]
    print(f"It stays linear: 100,000 studies take {' and '.join(far)}.\n")
    print("## A network of 100 treatments and 2,000 trials\n")
    print("Medians of `benches/network.rs`; multi-arm trials among them.\n")
    print("| step | time |")
    print("|---|---|")
    folder = TARGET / "criterion" / NETWORK
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name != "report":
            print(f"| {path.name} | {show(measured(NETWORK, path.name))} |")


if __name__ == "__main__":
    main()

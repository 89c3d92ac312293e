"""Prints the three-level REML fit of multilevel.csv with dense matrices (numpy, scipy): solves the score equations.

Usage: python3 multilevel_reference.py
"""
import csv

import numpy as np
from scipy.optimize import root

rows = list(csv.DictReader(open("multilevel.csv")))
y = np.array([float(r["y"]) for r in rows])
v = np.array([float(r["v"]) for r in rows])
study = np.array([r["study"] for r in rows])
n = len(y)
same = (study[:, None] == study[None, :]).astype(float)
one = np.ones((n, 1))


def projection(s):
    inverse = np.linalg.inv(np.diag(v + s[1]) + s[0] * same)
    weight = (one.T @ inverse @ one)[0, 0]
    return inverse, weight, inverse - inverse @ one @ one.T @ inverse / weight


def score(s):
    _, _, p = projection(s)
    return [y @ p @ e @ p @ y - np.trace(p @ e) for e in (same, np.eye(n))]


s = root(score, [0.05, 0.05], tol=1e-15).x
inverse, weight, _ = projection(s)
print(repr((one.T @ inverse @ y)[0] / weight), repr(weight**-0.5), repr(s[0]), repr(s[1]), score(s))

"""Scores of random responses, worked out a second time and from other tables than the program's.

Values of items as the R package cliot 1.0.0 documents them (NIHSS, Barthel, HAM-D), as the Rehabilitation Measures
Database states them (Fugl-Meyer: every item 0-2, reflexes 0 or 2; DHI: 0-2-4 with subscales of 7, 9 and 9
questions), as the R package PTSDdiag does for the PCL-5, and as the forms do for PHQ-9, Berg and SLUMS.

    python3 scores.py > scores.csv
"""

import random

rng = random.Random(20261122)

NIHSS = dict(zip("1a 1b 1c 2 3 4 5a 5b 6a 6b 7 8 9 10 11".split(), [3, 2, 2, 2, 3, 3, 4, 4, 4, 4, 2, 2, 3, 2, 2]))
BARTHEL = dict(feeding=10, bathing=5, grooming=5, dressing=10, bowels=10, bladder=10, toilet=10, transfers=15,
               mobility=15, stairs=10)
HAMD = [4, 4, 4, 2, 2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 4, 2, 2]


def fugl_meyer(groups):
    """Items by group: (letter, number of items, which of them are reflexes that score 0 or 2)."""
    return {f"{letter}{i}": [0, 2] if i <= reflexes else [0, 1, 2]
            for letter, n, reflexes in groups for i in range(1, n + 1)}


def to(n):
    return list(range(n + 1))


DHI_P = [1, 4, 8, 11, 13, 17, 25]
DHI_E = [2, 9, 10, 15, 18, 20, 21, 22, 23]
DHI_F = [n for n in range(1, 26) if n not in DHI_P and n not in DHI_E]
ITEMS = {
    "nihss": {k: to(m) for k, m in NIHSS.items()},
    "barthel": {k: list(range(0, m + 1, 5)) for k, m in BARTHEL.items()},
    "barthel-20": {k: to(m // 5) for k, m in BARTHEL.items()},
    "fma-ue": fugl_meyer([("A", 18, 2), ("B", 5, 0), ("C", 7, 0), ("D", 3, 0)]),
    "fma-le": fugl_meyer([("E", 14, 2), ("F", 3, 0)]),
    "ham-d17": {str(i + 1): to(m) for i, m in enumerate(HAMD)},
    "phq-9": {str(i): to(3) for i in range(1, 10)},
    "pcl-5": {str(i): to(4) for i in range(1, 21)},
    "berg": {str(i): to(4) for i in range(1, 15)},
    "slums": {k: to(m) for k, m in {"1": 1, "2": 1, "3": 1, "5": 3, "6": 3, "7": 5, "8": 2, "9": 4, "10": 2, "11": 8}.items()},
    "dhi": {str(i): [0, 2, 4] for i in range(1, 26)},
    "thi": {str(i): [0, 2, 4] for i in range(1, 26)},
    "mrs": {"1": to(6)},
    "nrs-pain": {"1": to(10)},
}
SUBSCALES = {
    "fma-ue": {x: lambda k, x=x: k.startswith(x) for x in "ABCD"},
    "fma-le": {x: lambda k, x=x: k.startswith(x) for x in "EF"},
    "pcl-5": {"B": lambda k: int(k) <= 5, "C": lambda k: 6 <= int(k) <= 7, "D": lambda k: 8 <= int(k) <= 14,
              "E": lambda k: int(k) >= 15},
    "dhi": {"P": lambda k: int(k) in DHI_P, "E": lambda k: int(k) in DHI_E, "F": lambda k: int(k) in DHI_F},
}

print("instrument,responses,total,subscores")
for name, items in ITEMS.items():
    cases = [{k: v[0] for k, v in items.items()}, {k: v[-1] for k, v in items.items()}]
    cases += [{k: rng.choice(v) for k, v in items.items()} for _ in range(20)]
    for case in cases:
        responses = ";".join(f"{k}={v}" for k, v in case.items())
        subs = ";".join(f"{s}={sum(v for k, v in case.items() if of(k))}" for s, of in SUBSCALES.get(name, {}).items())
        print(f"{name},{responses},{sum(case.values())},{subs}")

"""Scores as other programs work them out, for `instruments.rs`: random responses are given to four published
implementations, which know nothing of the descriptions in `atlas/instruments`, and what they answer is written down.

- camcops-server 2.4.24 (University of Cambridge): PHQ-9, PCL-5, HAM-D, SLUMS. Values that an item can have are those
  that its server permits; of SLUMS and of question 16 of HAM-D its parts are answered.
- clincalc 0.4.0: NIHSS and Barthel from the words of the form, which it turns into points itself, items that could not
  be tested among them; PHQ-9.
- open-medicine 0.12.0: NIHSS, PHQ-9.

Examples with a printed result from tests and guides of others are added by hand at the end; their source is in the
last column.

    pip install clincalc==0.4.0 open-medicine==0.12.0 camcops-server==2.4.24
    python3 worked.py > worked.csv
"""

import random

import clincalc
from camcops_server.tasks.hamd import Hamd
from camcops_server.tasks.pcl5 import Pcl5
from camcops_server.tasks.phq9 import Phq9
from camcops_server.tasks.slums import Slums
from open_medicine.mcp.calculators.nihss import NIHSSParams, calculate_nihss
from open_medicine.mcp.calculators.phq9 import PHQ9Params, calculate_phq9

rng = random.Random(19)
N = 12


def row(instrument, responses, total, subs, source):
    r = ";".join(f"{k}={v}" for k, v in responses.items())
    s = ";".join(f"{k}={v}" for k, v in subs.items())
    print(f"{instrument},{r},{total},{s},{source}")


def permitted(task, field):
    """Values that the server of CamCOPS takes for a field."""
    checker = getattr(type(task), field).property.columns[0].info["permitted_value_checker"]
    if checker.permitted_values is not None:
        return sorted(checker.permitted_values)
    return list(range(checker.minimum, checker.maximum + 1))


def answered(task, fields):
    for field in fields:
        setattr(task, field, rng.choice(permitted(task, field)))
    return task


def extremes(draw):
    """The lowest and the highest responses first, then random ones."""
    keep = rng.choice
    for pick in [lambda v: v[0], lambda v: v[-1]]:
        rng.choice = pick
        draw()
    rng.choice = keep
    for _ in range(N):
        draw()


def camcops_phq9():
    t = answered(Phq9(), [f"q{i}" for i in range(1, 10)])
    row("phq-9", {i: getattr(t, f"q{i}") for i in range(1, 10)}, t.total_score(), {}, "camcops-server 2.4.24")


def camcops_pcl5():
    t = answered(Pcl5(), [f"q{i}" for i in range(1, 21)])
    items = {i: getattr(t, f"q{i}") for i in range(1, 21)}
    row("pcl-5", items, t.total_score(), {}, "camcops-server 2.4.24")


def camcops_hamd():
    t = answered(Hamd(), ["whichq16", "q16a", "q16b"] + [f"q{i}" for i in range(1, 18) if i != 16])
    sixteen = t.q16a if t.whichq16 == 0 else t.q16b
    if sixteen == 3:
        return  # "not assessed" there; nothing is filled in here
    items = {i: sixteen if i == 16 else getattr(t, f"q{i}") for i in range(1, 18)}
    row("ham-d17", items, t.total_score(), {}, "camcops-server 2.4.24")


def camcops_slums():
    t = answered(Slums(), Slums.SCORED_FIELDS)
    parts = {}
    for field in Slums.SCORED_FIELDS:
        question = "".join(c for c in field[1:] if c.isdigit())
        parts[question] = parts.get(question, 0) + getattr(t, field)
    row("slums", parts, t.total_score(), {}, "camcops-server 2.4.24")


NIHSS = {
    "1a": "level_of_consciousness", "1b": "loc_questions", "1c": "loc_commands", "2": "best_gaze",
    "3": "visual_fields", "4": "facial_palsy", "5a": "motor_arm_left", "5b": "motor_arm_right",
    "6a": "motor_leg_left", "6b": "motor_leg_right", "7": "limb_ataxia", "8": "sensory", "9": "best_language",
    "10": "dysarthria", "11": "extinction_inattention",
}


def words(name, field):
    return clincalc.get_schema(name)["properties"][field]["enum"]


def result(name, given):
    out = clincalc.calculate(name, given)
    # Where an item could not be tested, it declines to give a score and gives the sum of the others.
    return out["result"] if isinstance(out["result"], (int, float)) else out["working"]["partial_scored_item_sum"]


def clincalc_nihss(untestable=False):
    context = clincalc.get_schema("nihss")["properties"]["assessment_context"]["const"]
    for _ in range(1000):
        given, items, unscored = {"assessment_context": context}, {}, {}
        for item, field in NIHSS.items():
            w = rng.choice([w for w in words("nihss", field) if untestable or not w.startswith("untestable")])
            given[field] = w
            # Position in the list; a barrier to the questions counts like one right answer.
            scored = [x for x in words("nihss", field) if not x.startswith("untestable") and "barrier" not in x]
            if w.startswith("untestable"):
                items[item] = "untestable"
                unscored[field] = "amputated, or intubated"
            else:
                items[item] = 1 if "barrier" in w else scored.index(w)
        if unscored:
            given["unscored_explanations"] = unscored
        try:
            row("nihss", items, result("nihss", given), {}, "clincalc 0.4.0")
            return
        except ValueError:
            pass  # a combination that it holds to be impossible: drawn again
    raise RuntimeError("clincalc takes no combination")


def clincalc_barthel():
    names = {"toilet": "toilet_use"}
    fields = "feeding bathing grooming dressing bowels bladder toilet transfers mobility stairs".split()
    given = {names.get(f, f): rng.choice(words("barthel", names.get(f, f))) for f in fields}
    items = {f: 5 * words("barthel", names.get(f, f)).index(given[names.get(f, f)]) for f in fields}
    total = result("barthel", given)
    row("barthel", items, total, {}, "clincalc 0.4.0")


def clincalc_phq9():
    r = [rng.choice([0, 1, 2, 3]) for _ in range(9)]
    row("phq-9", {i + 1: v for i, v in enumerate(r)}, result("phq9", {"responses": r}), {}, "clincalc 0.4.0")


def open_nihss():
    params, items = {}, {}
    for (item, _), (name, field) in zip(NIHSS.items(), NIHSSParams.model_fields.items()):
        high = next(m.le for m in field.metadata if hasattr(m, "le"))
        params[name] = items[item] = rng.choice(list(range(high + 1)))
    row("nihss", items, calculate_nihss(NIHSSParams(**params)).value, {}, "open-medicine 0.12.0")


def open_phq9():
    params = {}
    for name, field in PHQ9Params.model_fields.items():
        high = next(m.le for m in field.metadata if hasattr(m, "le"))
        params[name] = rng.choice(list(range(high + 1)))
    items = {i + 1: v for i, v in enumerate(params.values())}
    row("phq-9", items, calculate_phq9(PHQ9Params(**params)).value, {}, "open-medicine 0.12.0")


print("instrument,responses,total,subscores,source")
for draw in [camcops_phq9, camcops_pcl5, camcops_hamd, camcops_slums, clincalc_barthel, clincalc_phq9, open_nihss, open_phq9]:
    extremes(draw)
for _ in range(N):
    clincalc_nihss()
for _ in range(N):
    clincalc_nihss(untestable=True)
PCL5 = [4, 3, 1, 0, 3, 3, 4, 1, 2, 0, 3, 1, 0, 0, 1, 2, 4, 0, 0, 3]
AWELL = "github awell-health/awell-score"
row("pcl-5", {i + 1: v for i, v in enumerate(PCL5)}, 35, dict(B=11, C=7, D=7, E=10), f"{AWELL} pcl_5 random_response")
row("10mwt", {"t1": 7}, "1.43", {}, f"{AWELL} 10_meter_walk_test a single trial")
row("10mwt", {"t1": 7, "t2": 8, "t3": 6}, "1.43", {}, f"{AWELL} 10_meter_walk_test multiple trials")
MII = "github medizininformatik-initiative/kerndatensatzmodul-proms mii-exa-pro-phq-9"
row("phq-9", {i: 3 for i in range(1, 10)}, 27, {}, MII)

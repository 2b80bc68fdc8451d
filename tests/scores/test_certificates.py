"""Certificates of scores: accepted by a checker that shares no code, and refused once changed."""

import json
import os
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.running import Nnc
from tests.support.score_checker import WrongError, check


@pytest.fixture
def nnc(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Nnc:
    return Nnc(capsysbinary, monkeypatch, tmp_path)


def rows_of(random: Random, count: int) -> str:
    """Draw rows of bits, numbers, empty cells and words; the label depends on some of them."""
    lines = ["smoker,age,ward,urea,twin,label"]
    noise = random.choice([0, 0.4, 1.2])
    for _ in range(count):
        smoker, age = int(random.random() < 0.4), random.randint(20, 90)
        ward, urea = random.choice("ABC"), random.choice(["", "1.5", "2.5", "7.25"])
        odds = smoker + 2 * (age > 60) - (ward == "B") + (urea == "7.25") - 1.3
        label = int(odds + random.gauss(0, 1) * noise > 0)
        lines.append(f"{smoker},{age},{ward},{urea},{1 - smoker},{label}")
    return "\n".join(lines) + "\n"


def certificate(nnc: Nnc, text: str, *words: str) -> str | None:
    """Return the certificate of a fit; None where there is none."""
    Path("rows.csv").write_text(text)
    Path("c.json").unlink(missing_ok=True)
    ran = nnc("fit", "rows.csv", "--label", "label", "--certificate", "c.json", *words)
    if ran.code == 1 and ("NNC966" in ran.err or "no weights of 15 digits" in ran.err):
        return None
    assert ran.code == 0, ran.err
    return Path("c.json").read_text()


FORMS: tuple[tuple[str, ...], ...] = (
    (),
    ("--goal", "accuracy"),
    ("--goal", "auc"),
    ("--cost", "miss=5", "--goal", "accuracy"),
    ("--sign", "age=+", "--sign", "smoker=-"),
    ("--keep", "ward = B=-2"),
    ("--keep", "smoker=1", "--goal", "auc"),
    ("--limit", "misses<=0.25", "--limit", "errors<=0.4"),
    ("--limit", "gap(ward, alarms)<=0.3", "--goal", "accuracy"),
    ("--test", "0.3", "--points", "-1..3"),
)


def test_what_is_claimed_holds(nnc: Nnc, chunk: int) -> None:
    random = Random(f"certificates {chunk}")
    for form in (FORMS[2 * chunk % len(FORMS)], FORMS[(2 * chunk + 1) % len(FORMS)]):
        text = rows_of(random, random.randint(20, 60))
        terms = str(random.randint(1, 3))
        given = certificate(nnc, text, "--cutoffs", "2", "--terms", terms, *form)
        if given is not None:
            check(given, Path("rows.csv"))


def changed(random: Random, record: Any) -> Any:
    """Change one number, or leave one entry out, in what is to prove a claim."""
    record = deepcopy(record)
    places: list[tuple[Any, Any]] = []

    def walk(at: Any) -> None:
        for key, value in list(at.items() if isinstance(at, dict) else enumerate(at)):
            if key != "threshold":  # another may be as good
                places.append((at, key))
            if isinstance(value, dict | list):
                walk(value)

    is_loss = record["goal"]["name"] == "loss"  # of counts another card may be as good
    for key in ("weights", "points", "sizes", *(["card"] if is_loss else [])):
        walk(record[key])
    at, key = random.choice([*places, (record, "least")])
    value = at[key]
    if isinstance(value, dict | list) or value is None or random.random() < 0.1:
        del at[key]
    elif isinstance(value, int):
        at[key] = value + random.choice([1, -1, 7])
    else:
        at[key] = str(float(value) + random.choice([3, -3]))
    return record


@pytest.mark.parametrize("form", [FORMS[0], FORMS[1], FORMS[2], FORMS[5]])
def test_what_was_changed_is_refused(nnc: Nnc, form: tuple[str, ...]) -> None:
    random = Random(f"{os.environ['NNC_FUZZ_SEED']} {form}")
    text = certificate(nnc, rows_of(Random(6), 60), "--cutoffs", "2", "--terms", "3", *form)
    assert text is not None
    check(text, Path("rows.csv"))
    record = json.loads(text)
    for _ in range(15):
        other = changed(random, record)
        with pytest.raises(WrongError):
            check(json.dumps(other), Path("rows.csv"))


def test_more_than_is_proved_is_refused(nnc: Nnc) -> None:
    text = certificate(nnc, rows_of(Random(6), 60), "--cutoffs", "3", "--terms", "3")
    assert text is not None
    record = json.loads(text)
    assert record["weights"]
    assert record["points"]
    more = {**record, "least": str(float(record["least"]) + 1e-3)}
    wider = deepcopy(record)
    wider["most_terms"] = 4
    hidden = deepcopy(record)
    place = next(place for place, term in enumerate(record["terms"]) if term["searched"])
    hidden["terms"][place]["searched"] = False
    steeper = {**record, "steepest": "30"}
    for other in (more, wider, hidden, steeper):
        with pytest.raises(WrongError):
            check(json.dumps(other), Path("rows.csv"))
    Path("rows.csv").write_text(rows_of(Random(9), 60))
    with pytest.raises(WrongError, match="other rows"):
        check(text, Path("rows.csv"))

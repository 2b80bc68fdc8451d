"""Fault trees of Open-PSA: gates as neurons, components, house events, probabilities, and XML."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from encodings.aliases import aliases
from pathlib import Path
from random import Random

import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import read_bytes_as
from tests.support.refusals import refusal

PLANT = (Path(__file__).parent / "files/plant.xml").read_text()


def imported(text: str | bytes, top: str | None = None) -> Imported:
    data = text if isinstance(text, bytes) else text.encode()
    return read_bytes_as(data, "x.xml", "open-psa", Settings(top=top))


def tree(gates: str, more: str = "") -> str:
    return f'<opsa-mef><define-fault-tree name="t">{gates}</define-fault-tree>{more}</opsa-mef>'


def gate(name: str, body: str) -> str:
    return f'<define-gate name="{name}">{body}</define-gate>'


def event(name: str) -> str:
    return f'<basic-event name="{name}"/>'


def test_a_plant() -> None:
    found = imported(PLANT)
    assert found.network.neurons == {
        "cooling": nnc.Neuron(
            weights={"pump_a": 1, "pump_b": 1, "pump_c": 1},
            threshold=2,
            description="Fewer than two of three pumps run",
        ),
        "power": nnc.Neuron(weights={"grid": 1, "backup_diesel": 1}, threshold=2),
        "failed": nnc.Neuron(weights={"cooling": 1, "power": 1, "tank": 1}, threshold=1),
    }
    assert found.network.inputs["tank"] == nnc.Input(type="bit", description="It leaks")
    assert found.files == {
        "probabilities.csv": "name,probability\npump_a,0.01\npump_b,0.01\npump_c,0.02\n"
        "backup_diesel,0.04\ngrid,0.002\ntank,0.00001\n"
    }
    assert found.notes[0].message.startswith(
        "some names differ in the network: `pump-a` is `pump_a`"
    )
    assert found.notes[1].message == "left out, as no gate depends on them: backup_battery"


def test_the_table_is_one_that_cuts_reads(tmp_path: Path) -> None:
    found = imported(PLANT)
    found.save(str(tmp_path / "plant.nn.yaml"))
    rows = (tmp_path / "plant.probabilities.csv").read_text().splitlines()[1:]
    probabilities = dict(row.split(",") for row in rows)
    network = nnc.load(tmp_path / "plant.nn.yaml")
    assert len(nnc.cuts(network, "failed", probabilities=probabilities).sets) == 5


def test_one_gate_can_be_read() -> None:
    assert [*imported(PLANT, "cooling").network.outputs] == ["cooling"]
    with pytest.raises(InvalidNetworkError, match="there is no gate `coling`"):
        imported(PLANT, "coling")


def test_a_negation_is_a_weight() -> None:
    text = tree(gate("g", f"<and>{event('a')}<not>{event('b')}</not></and>"))
    assert imported(text).network.neurons == {
        "g": nnc.Neuron(weights={"a": 1, "b": -1}, threshold=1)
    }


FORMS = ("and", "or", "nand", "nor", "xor", "iff", "imply", "atleast", "cardinality", "not")


def formula(random: Random, names: list[str], depth: int) -> tuple[str, object]:
    """Draw a formula, as XML and as a tree of Python."""
    if depth == 0 or random.random() < 0.3:
        if random.random() < 0.1:
            bit = random.random() < 0.5
            return f'<constant value="{str(bit).lower()}"/>', bit
        name = random.choice(names)
        return f'<event name="{name}"/>', name
    form = random.choice(FORMS)
    size = {"not": 1, "iff": 2, "imply": 2}.get(form) or random.randint(1, 4)
    parts = [formula(random, names, depth - 1) for _ in range(size)]
    low = random.randint(0, size)
    high = random.randint(low, size)
    limits = {"atleast": f' min="{low}"', "cardinality": f' min="{low}" max="{high}"'}.get(form, "")
    inner = "".join(text for text, _ in parts)
    return f"<{form}{limits}>{inner}</{form}>", (form, low, high, [part for _, part in parts])


def value(part: object, values: Mapping[str, bool]) -> bool:
    """Evaluate a formula by the book."""
    if isinstance(part, bool):
        return part
    if isinstance(part, str):
        return values[part]
    assert isinstance(part, tuple)
    form, low, high, parts = part
    bits = [value(each, values) for each in parts]
    return {
        "and": all(bits), "or": any(bits), "nand": not all(bits), "nor": not any(bits),
        "xor": sum(bits) % 2 == 1, "iff": bits[0] == bits[-1], "imply": not bits[0] or bits[-1],
        "atleast": sum(bits) >= low, "cardinality": low <= sum(bits) <= high, "not": not bits[0],
    }[form]  # fmt: skip


def test_random_trees_mean_the_same(chunk: int) -> None:
    random = Random(f"open-psa{chunk}")
    for _ in range(8):
        names = ["a", "b", "c", "d"]
        texts = [f'<define-basic-event name="{name}"/>' for name in names]
        parts: dict[str, object] = {}
        known = list(names)
        for place in range(random.randint(1, 5)):
            text, part = formula(random, known, 3)
            texts.append(gate(f"g{place}", text))
            parts[f"g{place}"] = part
            known.append(f"g{place}")
        random.shuffle(texts)
        texts.append(gate("a_itself", event("a")))  # constants may decide all others
        network = imported(tree("".join(texts))).network
        rows = list(itertools.product((False, True), repeat=4))
        given = {name: [row[names.index(name)] for row in rows] for name in network.inputs}
        answers = nnc.evaluate(network, given)
        for at, row in enumerate(rows):
            values = dict(zip(names, row, strict=True))
            values["a_itself"] = values["a"]
            for name, part in parts.items():
                values[name] = value(part, values)
            for name, answer in answers.items():
                assert answer.tolist()[at] == values[name], (name, row)


def test_a_long_chain_of_gates() -> None:
    gates = [gate(f"g{n}", f'<or><gate name="g{n + 1}"/>{event("a")}</or>') for n in range(5_000)]
    text = tree("".join(gates) + gate("g5000", event("b")))
    assert len(imported(text).network.neurons) == 5_000


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><opsa-mef>&b;</opsa-mef>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><opsa-mef>&a;</opsa-mef>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1:1: NNC941 the file is no XML: no element found"),
        ("<opsa-mef><a></opsa-mef>", "1:16: NNC941 the file is no XML: mismatched tag"),
        ("<x/>", "1:1: NNC941 expected <opsa-mef>, found <x>"),
        ("<opsa-mef/>", "1:1: NNC940 the file has no fault tree"),
        (tree(""), "NNC940 the fault trees have no gates"),
        (BOMB, "NNC940 the file declares the entity `a`"),
        (OUTSIDE, "NNC940 the file declares the entity `a`"),
        (tree(gate("g", "")), "NNC941 gate `g` has 0 formulas, not one"),
        (tree(gate("g", event("a")) * 2), "NNC941 `g` is defined for the second time"),
        (tree(gate("g", '<gate name="h"/>') + gate("i", event("a"))), "`h` is not defined"),
        (tree(gate("g", '<and><gate name="g"/></and>')), "NNC941 `g` reads `g`, which reads it"),
        (tree(gate("g", f"<atleast>{event('a')}</atleast>")), "NNC941 <atleast> needs `min`"),
        (tree(gate("g", f'<atleast min="x">{event("a")}</atleast>')), "`min` is `x`, not a whole"),
        (tree(gate("g", "<not/>")), "NNC941 <not> has 0 arguments"),
        (tree(gate("g", "<and/>")), "NNC941 <and> has 0 arguments"),
        (tree(gate("g", f"<inhibit>{event('a')}</inhibit>")), "NNC940 <inhibit> is no formula"),
        (tree(gate("g", '<constant value="yes"/>')), "<constant> is `yes`, not true or false"),
        (tree(gate("g", '<constant value="true"/>')), "NNC940 no output depends on a basic event"),
        (
            tree(gate("g", '<atleast min="0"><basic-event name="x"/></atleast>')),
            "is always true, or always false",
        ),
        (tree(gate("g", "<and><gate/></and>")), "NNC941 <gate> has no `name`"),
        (tree(gate("g", event("a")) + '<include href="x"/>'), "NNC940 the file includes another"),
        (tree(gate("g", event("a")), '<define-basic-event name="a"><float value="2"/>'
              "</define-basic-event>"), "the probability of `a` is 2, not from 0 to 1"),
        ("<a>" * 200, "NNC940 elements lie in each other more than 100 deep"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(text: str | bytes, message: str) -> None:
    told = refusal(lambda: imported(text))
    assert message in told
    assert told[0].isdigit()  # the place


@pytest.mark.parametrize("encoding", [*sorted(set(aliases.values())), "nothing", "undefined"])
def test_every_encoding_is_read_or_refused(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?><x/>"
    told = refusal(lambda: imported(text))
    known = ("expected <opsa-mef>", "the encoding that the file declares cannot be read", "no XML")
    assert any(words in told for words in known)
    if encoding in ("big5", "idna", "nothing", "shift_jis", "undefined", "utf_7"):
        assert "1:1: NNC941 the encoding that the file declares cannot be read" in told


def test_what_is_left_out_is_named() -> None:
    expression = '<define-basic-event name="a"><cos/></define-basic-event>'
    known = '<define-basic-event name="b"><float value="1/2"/></define-basic-event>'
    data = f"<model-data>{expression}{known}</model-data><define-event-tree/>"
    found = imported(tree(gate("g", f"<or>{event('a')}{event('b')}</or>"), data))
    assert [each.message for each in found.notes] == [
        "left out: <define-event-tree>",
        "1 probability is not read, given by <cos>",
    ]
    assert found.files == {"probabilities.csv": "name,probability\nb,0.5\n"}


@pytest.mark.parametrize(
    ("body", "rule", "message"),
    [
        (
            '<atleast min="5">{}</atleast>',
            "never-fires",
            "is never true: it needs 5 of 3 arguments",
        ),
        ('<cardinality min="2" max="1">{}</cardinality>', "never-fires", "it needs 2 to 1 of 3"),
        (
            '<atleast min="2">{}<basic-event name="b"/></atleast>',
            "duplicate-source",
            "repeatedly: b",
        ),
    ],
)
def test_formulas_that_are_hardly_meant(body: str, rule: str, message: str) -> None:
    vote = gate("vote", body.format("".join(map(event, "abc"))))
    top = gate("top", f"<or>{event('d')}<gate name='vote'/></or>")
    found = imported(tree(top + vote))
    (warning,) = (note for note in found.notes if note.rule == rule)
    assert warning.set_severity == "warning"
    assert message in warning.message
    assert warning.span is not None

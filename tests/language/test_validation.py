"""Document -> Network: every mistake once, in a user's words, at its place."""

from dataclasses import replace
from typing import Any

import pytest

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.language.document.reader import read_document
from nnc.language.network import Network
from nnc.language.validation import read_network, validate
from nnc.opening.checking import check

VALID = """\
nnc: 1
inputs: {a: bit, b: {type: real, min: 0, max: 9, default: 0.5}}
neurons:
  n: {weights: {a: 1, b: 0.5}, threshold: 1, fires: above}
outputs: {n: n, s: {sum: n}}
cases:
  - {given: {a: 1, b: 0}, expect: {n: 0, s: 1}}
"""


def found(text: str) -> list[Diagnostic]:
    return check(text.encode(), "f").diagnostics


def told(text: str) -> list[str]:
    return [f"{d.span.line}:{d.span.column} {d.rule}" for d in found(text) if d.span]


def changed(old: str, new: str) -> str:
    assert VALID.count(old) == 1
    return VALID.replace(old, new)


def test_a_valid_file() -> None:
    read = validate(read_document(VALID.encode(), "f"))
    assert read.diagnostics == []
    assert isinstance(read.network, Network)
    assert read.network.inputs["b"].default is not None
    assert read.broken == read.fixed == frozenset()


@pytest.mark.parametrize(
    ("old", "new", "expected", "fix"),
    [
        ("nnc: 1\n", "", "1:1 missing-key", "nnc: 1"),
        ("nnc: 1", "nnc: 2", "1:6 unsupported-version", "newer"),
        ("nnc: 1", "nnc: '1'", "1:6 unsupported-version", "nnc: 1"),
        ("nnc: 1", "nnc: 1.0", "1:6 unsupported-version", "nnc: 1"),
        ("nnc: 1", "nnc: [1]", "1:6 unsupported-version", "nnc: 1"),
        ("nnc: 1", "ncc: 1", "1:1 unknown-key", "`nnc`"),
        ("outputs:", "output:", "5:1 unknown-key", "`outputs`"),
        ("neurons:", "neuron:", "3:1 unknown-key", "`neurons`"),
        ("threshold: 1", "treshold: 1", "4:32 unknown-key", "`threshold`"),
        ("threshold: 1, ", "", "4:3 missing-key", "threshold"),
        ("weights: {a: 1, b: 0.5}", "wieghts: {a: 1, b: 0.5}", "4:7 unknown-key", "`weights`"),
        ("weights: {a: 1, b: 0.5}, ", "", "4:3 missing-key", "weights"),
        ("fires: above", "fires: abvoe", "4:53 unknown-value", "`above`"),
        ("fires: above", "fires: [above]", "4:53 unknown-value", ""),
        ("type: real, ", "", "2:18 missing-key", "type"),
        ("type: real", "typ: real", "2:22 unknown-key", "`type`"),
        ("a: bit", "a: bool", "2:13 unknown-value", ""),
        ("a: bit", "a: [bit]", "2:13 wrong-type", ""),
        ("a: bit", "a: choice", "2:10 missing-key", "of"),
        ("a: bit", "a: bit(0)", "2:13 bad-size", ""),
        ("a: bit", "a: bit[8]", "2:13 square-bracket-index", "bit(8)"),
        ("a: bit", "a: bits(8)", "2:13 unknown-value", "`bit(8)`"),
        ("a: bit", "a: {type: choice, of: [x, y], deflaut: x}", "2:40 unknown-key", "`default`"),
        ("min: 0", "minimum: 0", "2:34 unknown-key", "min"),
        ("min: 0", "min: 10", "2:39 bounds-out-of-order", ""),
        ("min: 0", "min: null", "2:39 not-a-number", ""),
        ("default: 0.5", "default: '0.5'", "2:59 quoted-number", "0.5"),
        ("{sum: n}", "{summ: n}", "5:21 unknown-key", "`sum`"),
        ("{sum: n}", "{}", "5:17 missing-key", "sum"),
        ("{sum: n}", "{largest: []}", "5:30 wrong-type", ""),
        ("{sum: n}", "{largst: n}", "5:21 unknown-key", "`largest`"),
        ("given:", "give:", "7:6 unknown-key", "`given`"),
        ("expect: {n: 0, s: 1}", "expect: 3", "7:35 wrong-type", ""),
        ("neurons:", "states: [1, 1]\nneurons:", "3:9 states-equal", ""),
        ("neurons:", "layer: {}\nneurons:", "3:1 unknown-key", "`layers`"),
        ("neurons:", "folder: here\nneurons:", "3:1 unknown-key", ""),
        ("neurons:", "root: here\nneurons:", "3:1 unknown-key", ""),
        (
            "outputs:",
            "layers: {l: {wiring: a, thresholds: 1}}\noutputs:",
            "5:10 missing-key",
            "size",
        ),
        (
            "outputs:",
            "layers: {l: {wiring: a, weights: {a: 1}, thresholds: 1}}\noutputs:",
            "5:34 wrong-type",
            "{file: weights.npy}",
        ),
        (
            "outputs:",
            "layers: {l: {wiring: a, weights: [1], thresholds: 1}}\noutputs:",
            "5:34 wrong-type",
            "[[1, 2], [3, 4]]",
        ),
        (
            "outputs:",
            "layers: {l: {wiring: a, weights: {fil: a.npy}, thresholds: 1}}\noutputs:",
            "5:35 unknown-key",
            "`file`",
        ),
        (
            "outputs:",
            "layers: {l: {wiring: a, weigths: [[1]], thresholds: 1}}\noutputs:",
            "5:25 unknown-key",
            "`weights`",
        ),
        (
            "outputs:",
            "layers: {l: {wiring: a, weights: [[1]], threshold: 1}}\noutputs:",
            "5:41 unknown-key",
            "`thresholds`",
        ),
        (
            "outputs:",
            "parts: {p: {uses: p.nn.yaml, wiring: {a: a}}}\noutputs:",
            "5:13 unknown-key",
            "`use`",
        ),
        (
            "outputs:",
            "parts: {p: {use: p.nn.yaml, wire: {a: a}}}\noutputs:",
            "5:29 unknown-key",
            "`wiring`",
        ),
        ("neurons:", "description: [a]\nneurons:", "3:14 wrong-type", ""),
    ],
)
def test_one_mistake_is_one_diagnostic(old: str, new: str, expected: str, fix: str) -> None:
    assert told(changed(old, new)) == [expected]
    (one,) = found(changed(old, new))
    assert fix in (one.help or "")


def test_every_default_may_be_written() -> None:
    text = changed("outputs:", "name: x\ndescription: null\nfires: above\nmeta: {a: [~]}\noutputs:")
    assert found(text) == []


TWELVE = """\
nnc: 1
inputs: {a: bit, b: bit, a: real, c: {type: integer, min: 9, max: 1}}
fires: over
neurons:
  one: {weights: {a: 0x10, bb: 1}, threshold: 1}
  two: {weights: {a: 1, b: 2}}
  three: {wiring: [a, b], weights: [1, 2, 3], threshold: 1}
  four: {weights: {a: 1}, threshold: .nan}
  five: {weights: {five: 1}, threshold: 0}
outputs: {x: six, level: {level: a}}
cases:
  - {given: {a: 1, b: 2, c: 3}, expect: {}}
"""


def test_twelve_mistakes_are_twelve_diagnostics() -> None:
    found = check(TWELVE.encode(), "f").diagnostics
    assert [(d.span.line, d.rule) for d in found if d.span] == [
        (2, "duplicate-key"), (2, "bounds-out-of-order"), (3, "unknown-value"),
        (5, "number-in-other-base"), (5, "unknown-source"), (6, "missing-key"),
        (7, "weight-count"), (8, "not-finite"), (9, "cycle"),
        (10, "unknown-source"), (10, "no-sum"), (12, "bad-value"),
    ]  # fmt: skip
    assert len(found) == 12
    assert all(d.span for d in found)


def test_the_order_and_the_texts_are_the_same_every_time() -> None:
    runs = [list(map(str, check(TWELVE.encode(), "f").diagnostics)) for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]


@pytest.mark.parametrize("value", [[], "text", ["nnc", 1]])
def test_a_network_is_a_mapping(value: Any) -> None:
    read = read_network(value)
    assert read.network is None
    assert [one.rule for one in read.diagnostics] == ["wrong-type"]


def test_plain_values_are_read_without_any_document() -> None:
    read = read_network({"nnc": "1", "inputs": ["a"], "outputs": ["a"], "neurons": {}})
    assert read.diagnostics == []
    assert read.network == Network(inputs=["a"], outputs=["a"])


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        # what could not be read leads to no further mistakes
        ("nnc: 1\ninputs: {a: *x}\nneurons: {n: {weights: {a: 1}, threshold: 1}}\noutputs: [n]\n",
         ["anchor"]),
        ("nnc: 1\ninputs: [a]\nneurons: {n: {weights: {a: 1}, threshold: }}\noutputs: [n]\n",
         ["empty-value"]),
        ("nnc: 1\ninputs: [a]\nneurons: {n: {weights: , threshold: 1}}\noutputs: [n]\n",
         ["empty-value"]),
        ("nnc: 1\ninputs: [a]\nneurons: {n: 3}\noutputs: [n, {}]\n", ["wrong-type", "wrong-type"]),
        ("nnc: 1\ninputs: [a]\nneurons: {n: 3}\noutputs: {x: n, y: {level: n}}\n", ["wrong-type"]),
        ("nnc: 1\ninputs: [a-b]\nneurons: {n: {weights: {a-b: 1}, threshold: 1}}\noutputs: [n]\n",
         ["bad-name"]),
        ("nnc: 1\noutputs: [n]\nneurons:\n  n: {weights: {a: 1}, threshold: 1}\n", ["missing-key"]),
        ("nnc: 1\ninputs: [a]\nneurons: {n: {wiring: a, fires: al}}\noutputs: [n]\n",
         ["unknown-value"]),
        ("nnc: 1\ninputs: [a]\nneurons: {n: {wiring: a, firse: all}}\noutputs: [n]\n",
         ["unknown-key"]),
        ("nnc: 1\ninputs: [a]\nneurons: {n: {wiring: a, fires: all}}\noutputs: {n: nn}\n",
         ["unknown-source"]),
        ("nnc: 3\ninputs: 7\nouputs: &x []\n", ["unsupported-version"]),
        ("nnc: 1\n\x01\ninputs: [a]\noutputs: [b]\n", ["control-character"]),
    ],
)  # fmt: skip
def test_root_causes_only(text: str, rules: list[str]) -> None:
    assert [one.rule for one in check(text.encode(), "f").diagnostics] == rules


def test_messages_stand_alone() -> None:
    for one in check(TWELVE.encode(), "f").diagnostics:
        assert "\n" not in str(one)
        assert "Input should" not in str(one)
        assert replace(one, span=None, file=None, path=()).message


def test_a_bad_number_hides_no_other_mistake_of_its_declaration() -> None:
    text = (
        "nnc: 1\ninputs: {age: {type: integer, max: 0o20}, on: bit}\nneurons:\n"
        "  old: {weights: {age: 1}, threshold: +65}\n"
        "  both: {wiring: [old, age], fires: all}\n"
        "outputs: {risk: {level: old, labels: [low]}, both: both}\n"
    )
    rules = [one.rule for one in check(text.encode(), "f").diagnostics]
    assert rules == ["number-in-other-base", "plus-sign", "gate-needs-bits", "label-count"]


def test_cases_are_checked_beside_other_mistakes() -> None:
    text = (
        "nnc: 1\ninputs: [a]\nneurons:\n  x: {weights: {a: 1}, threshold: 0}\n"
        "  y: {weights: {b: 1}, threshold: 0}\noutputs: [x, y]\n"
        "cases:\n  - {given: {a: 1}, expect: {x: 2}}\n"
    )
    rules = [one.rule for one in check(text.encode(), "f").diagnostics]
    assert rules == ["unknown-source", "bad-case"]


@pytest.mark.parametrize(
    ("weights", "rules"),
    [
        ("[[1, x]]", ["not-a-number"]),
        ("[[1], 2]", ["wrong-type"]),
        ("[1, 2]", ["wrong-type"]),
        ("{a: 1, b: 2}", ["wrong-type"]),
        ("{fil: 3}", ["unknown-key"]),
        ("{tensor: x}", ["missing-key"]),
        ("[[1], *x]", ["anchor"]),
        ("", ["empty-value"]),
    ],
)
def test_what_is_wrong_with_a_layer_is_told_once(weights: str, rules: list[str]) -> None:
    text = (
        f"nnc: 1\ninputs: [a]\nlayers: {{l: {{wiring: a, weights: {weights}, thresholds: 0}}}}\n"
        "neurons: {n: {weights: {l(3): 1, l: 2}, threshold: 0}}\n"
        "outputs: {l: l, n: n, largest: {largest: l, labels: [a, b]}, first: l(0)}\n"
    )
    assert [one.rule for one in check(text.encode(), "f").diagnostics] == rules


def test_what_is_wrong_with_a_part_is_told_once() -> None:
    text = (
        "nnc: 1\ninputs: [a]\nparts: {p: {use: p.nn.yaml, wiring: {x: [a, b c]}}}\n"
        "neurons: {n: {weights: {p.y: 1, p(3).y: 2}, threshold: 0}}\noutputs: {p: p.y, n: n}\n"
    )
    assert [one.rule for one in check(text.encode(), "f").diagnostics] == ["bad-source"]


def test_a_key_of_the_file_that_is_called_otherwise_elsewhere() -> None:
    assert told(VALID.replace("inputs:", "sources:")) == ["1:1 missing-key", "2:1 unknown-key"]


def test_two_unknown_keys_may_stand_for_one_that_is_missing() -> None:
    text = b"nnc: 1\nfires: above\ninputs: [a]\noutputts: [a]\n_outputs: [a]\n"
    assert [one.message for one in check(text, "two.nn.yaml").diagnostics] == [
        "the file has no key `outputts`",
        "the file has no key `_outputs`",
    ]


def test_of_many_unknown_keys_the_first_are_compared_with_those_that_are_meant() -> None:
    text = VALID + "".join(f"output{i}: 1\n" for i in range(1010))
    hints = [one.help or "" for one in check(text.encode(), "f").diagnostics]
    assert hints[999] == "did you mean `outputs`?"
    assert hints[1009].startswith("the file takes nnc, name, description, inputs, ")

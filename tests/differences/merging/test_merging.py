"""Merging by neuron and synapse: nothing is lost, and what comes back says what both sides say."""

import random
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from nnc.differences.merging import MarkerLabels, Merged, merge
from nnc.differences.merging.pieces import read_pieces
from nnc.language.document.places import Node, read_nodes
from nnc.language.document.reader import read_document

CONFIGS = sorted((Path(__file__).parents[4] / "configs").rglob("*.nn.yaml"))

BASE = """\
# yaml-language-server: $schema=network.schema.json
nnc: 1
fires: at_least   # McCulloch and Pitts

inputs: [a, b]    # two bits
neurons:
  # 1 when both are
  both: {weights: {a: 1, b: 1}, threshold: 2}   # and
  either:
    weights:
      a: 1        # left
      b: 1
    threshold: 1

  xor: {weights: {either: 1, both: -2}, threshold: 1}

outputs: [xor]
cases:
  - {given: {a: 0, b: 0}, expect: {xor: 0}}
  - given: {a: 0, b: 1}
    expect: {xor: 1}
# the end
"""


def clean(ours: str, theirs: str, base: str = BASE) -> str:
    merged = merge(base, ours, theirs)
    assert merged is not None
    assert merged.conflicts == ()
    return merged.text


def conflict(ours: str, theirs: str, base: str = BASE) -> Merged:
    merged = merge(base, ours, theirs)
    assert merged is not None
    assert merged.conflicts
    return merged


def changed(*edits: tuple[str, str], base: str = BASE) -> str:
    for before, after in edits:
        assert base.count(before) == 1, before
        base = base.replace(before, after)
    return base


# ------------------------------------------------------------------------- clean merges

THRESHOLD = ("b: 1}, threshold: 2", "b: 1}, threshold: 3")
WEIGHT = ("both: {weights: {a: 1", "both: {weights: {a: 5")
EDITS = [
    pytest.param(WEIGHT, THRESHOLD, id="weight and threshold of one line"),
    pytest.param(("a: 1        # left", "a: 2        # left"), ("      b: 1\n", "      b: 3\n"), id="two lines"),  # noqa: E501
    pytest.param(("a: 1        # left", "a: 1        # west"), ("      b: 1\n", "      b: 3\n"), id="comment"),  # noqa: E501
    pytest.param(("# 1 when both are", "# the gate AND"), THRESHOLD, id="comment above"),
    pytest.param(("  # and\n", "  # AND\n"), THRESHOLD, id="comment behind"),
    pytest.param(("[a, b]", "[a, b, c]"), ("# two bits", "# bits"), id="input and comment"),
    pytest.param(("either: 1, both: -2", "either: 1, both: -2, a: 0"), ("{either: 1", "{either: 4"), id="new synapse"),  # noqa: E501
    pytest.param(("a: 1, b: 1}", "a: 1}"), THRESHOLD, id="synapse removed"),
    pytest.param(("threshold: 2}", "threshold: 2, fires: above}"), WEIGHT, id="new key"),
    pytest.param(("fires: at_least", "fires: above"), THRESHOLD, id="rule of the file"),
    pytest.param(("cases:\n", "cases:\n  - {given: {a: 1, b: 1}, expect: {xor: 0}}\n"), ("    expect: {xor: 1}", "    expect: {xor: 0}"), id="cases"),  # noqa: E501
    pytest.param(("nnc: 1\n", "nnc: 1\nname: x\n"), ("nnc: 1\n", "nnc: 1\ndescription: Y.\n"), id="new keys of the file"),  # noqa: E501
    pytest.param(("threshold: 1\n\n", "threshold: 1\n    description: Or.\n\n"), ("    threshold: 1\n", "    threshold: 2\n"), id="last key of a block"),  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), EDITS)
def test_changes_of_different_things_go_together(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    for ours, theirs in ((one, other), (other, one)):
        merged = clean(changed(ours), changed(theirs))
        if ours[0] != theirs[0]:
            try:
                both = changed(ours, theirs)
            except AssertionError:
                both = changed(theirs, ours)
            assert merged == both
        else:
            assert all(edit[1].removeprefix(edit[0]) in merged for edit in (one, other))


def test_both_add_a_neuron_at_one_place() -> None:
    ours = changed(("  xor:", "  # mine\n  n1: {weights: {a: 1}, threshold: 1}\n  xor:"))
    theirs = changed(("  xor:", "  n2: {weights: {b: 1}, threshold: 1}   # theirs\n  xor:"))
    assert clean(ours, theirs) == changed(
        (
            "  xor:",
            "  # mine\n  n1: {weights: {a: 1}, threshold: 1}\n  n2: {weights: {b: 1}, threshold: 1}   # theirs\n  xor:",  # noqa: E501
        )
    )


def test_both_add_at_the_end_and_at_the_start() -> None:
    new = "{weights: {}, threshold: 0}\n"
    ours = changed(("  # 1 when", f"  s1: {new}  # 1 when"), ("\noutputs", f"  e1: {new}\noutputs"))
    theirs = changed(
        ("  # 1 when", f"  s2: {new}  # 1 when"), ("\noutputs", f"  e2: {new}\noutputs")
    )
    neurons = list(names(clean(ours, theirs), "neurons"))
    assert neurons == ["s1", "s2", "both", "either", "xor", "e1", "e2"]


def test_what_both_changed_alike_stays() -> None:
    assert clean(changed(WEIGHT), changed(WEIGHT, THRESHOLD)) == changed(WEIGHT, THRESHOLD)
    assert clean(changed(WEIGHT, ("# two bits", "# x")), changed(WEIGHT)) == changed(
        WEIGHT, ("# two bits", "# x")
    )


def test_a_neuron_that_one_deletes() -> None:
    line = "  # 1 when both are\n  both: {weights: {a: 1, b: 1}, threshold: 2}   # and\n"
    ours = changed((line, ""), ("either: 1, both: -2", "either: 1"))
    assert clean(ours, changed(("# two bits", "# bits"))) == changed(
        (line, ""), ("either: 1, both: -2", "either: 1"), ("# two bits", "# bits")
    )


def test_one_reformats_and_the_other_changes() -> None:
    flow = changed(
        ("either:\n    weights:\n      a: 1        # left\n      b: 1\n    threshold: 1\n",
         "either: {weights: {a: 1, b: 1}, threshold: 1}\n"),
        ("both: {weights: {a: 1, b: 1}, threshold: 2}   # and",
         "both:   {weights: {a: 1,  b: 1},  threshold: 2}   # and"),
    )  # fmt: skip
    for merged in (clean(changed(THRESHOLD), flow), clean(flow, changed(THRESHOLD))):
        assert values(merged) == values(changed(THRESHOLD))
        assert "either: {weights" in merged


BLOCK = """\
nnc: 1
inputs:
  - a
  - b
neurons:
  n:
    weights:
      a: 1
      b: 1
    threshold: 1
    description: Or
outputs: [n]
"""
FLOW = BLOCK.replace(
    "  n:\n    weights:\n      a: 1\n      b: 1\n    threshold: 1\n    description: Or\n",
    "  n: {weights: {a: 1, b: 1}, threshold: 1, description: Or}   # one line\n",
)


def test_one_writes_in_brackets_what_the_other_changes_in_lines() -> None:
    ours = FLOW.replace("   # one line", "").replace("  - a\n  - b\n", "  [a, b]\n")
    theirs = BLOCK.replace("b: 1\n", "b: 5\n").replace("  - b\n", "  - b\n  - c\n")
    for one, other in ((ours, theirs), (theirs, ours)):
        assert clean(one, other, BLOCK) == theirs
    ours = ours.replace("threshold: 1", "threshold: 2")
    assert conflict(ours, theirs, BLOCK).conflicts == ("neurons.n",)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    threshold: 1\n", "    threshold: 1   # of one\n"),
        ("    weights:\n", "    weights:   # of all\n"),
        ("  n:\n", "  n:   # Or\n"),
        ("    threshold: 1\n", "    # of one\n    threshold: 1\n"),
        ("description: Or", "description: One, or more"),
    ],
)
def test_what_would_be_lost_in_brackets_is_a_conflict(before: str, after: str) -> None:
    theirs = changed((before, after), base=BLOCK)
    told = conflict(FLOW.replace("b: 1", "b: 5"), theirs, BLOCK)
    assert told.conflicts == ("neurons.n",)
    assert after in told.text


def test_comments_in_brackets_are_a_conflict_where_the_other_writes_in_lines() -> None:
    theirs = FLOW.replace(", threshold: 1", ",   # the sum\n      threshold: 1")
    assert conflict(BLOCK.replace("b: 1", "b: 5"), theirs, FLOW).conflicts == ("neurons.n",)


def test_one_moves_and_the_other_changes() -> None:
    line = "  xor: {weights: {either: 1, both: -2}, threshold: 1}\n"
    moved = changed((line, "")).replace("  # 1 when", line + "  # 1 when")
    merged = clean(moved, changed(THRESHOLD))
    assert list(names(merged, "neurons")) == ["xor", "both", "either"]
    assert clean(changed(THRESHOLD), moved) == merged


def test_new_lines_are_indented_as_their_place_is() -> None:
    ours = BASE.replace("\n  ", "\n    ").replace("# two bits", "# two")
    theirs = changed(("  xor:", "  new:\n    weights: {a: 1}\n    threshold: 1\n  xor:"))
    merged = clean(ours, theirs)
    assert "\n    new:\n      weights: {a: 1}\n      threshold: 1\n" in merged


WIDE = """\
nnc: 1
inputs: [a, b]
neurons:
    first:
        weights: {a: 1, b: 1}
        threshold: 1
    # about it
    second: {weights: {a: 1, b: 1}, threshold: 2}
outputs: [first, second]
"""
NARROW = WIDE.replace("    ", "  ")


@pytest.mark.parametrize("turned", [False, True])
def test_one_indents_anew_and_both_change_one_neuron(turned: bool) -> None:
    """Only that neuron is the conflict, and either side of it stands where the rest does."""
    ours = WIDE.replace("threshold: 2", "threshold: 5")
    theirs = NARROW.replace("threshold: 2", "threshold: 7")
    told = conflict(theirs, ours, WIDE) if turned else conflict(ours, theirs, WIDE)
    assert told.conflicts == ("neurons.second",)
    assert "\n    # about it\n<<<<<<< ours\n    second: {" in told.text or turned
    for side, limit in enumerate((7, 5) if turned else (5, 7)):
        wanted = NARROW.replace("threshold: 2", f"threshold: {limit}")
        assert values(chosen(told.text, side)) == values(wanted)
    other = WIDE.replace("threshold: 1", "threshold: 5")
    merged = clean(theirs, other, WIDE) if turned else clean(other, theirs, WIDE)
    assert values(merged) == values(theirs.replace("threshold: 1", "threshold: 5"))


def test_an_item_in_quotes_is_the_item_without() -> None:
    base = changed(("weights: {a: 1, b: 1}, threshold: 2", "wiring: [a, b], threshold: 2"))
    quoted = base.replace("wiring: [a, b]", 'wiring: ["a", b]')
    told = conflict(base.replace("wiring: [a, b]", "wiring: [b]"), quoted, base)
    assert told.conflicts == ("neurons.both",)
    both = clean(base.replace("wiring: [a, b]", "wiring: [a, c]"), quoted, base)
    assert both == base.replace("wiring: [a, b]", 'wiring: ["a", c]')


def test_a_file_without_a_last_line_end() -> None:
    base = (
        BASE.partition("cases:")[0].rstrip("\n").replace("outputs: [xor]", "outputs:\n  xor: xor")
    )
    merged = clean(base + "\n  o1: a", base + "\n  o2: b", base)
    assert merged.endswith("outputs:\n  xor: xor\n  o1: a\n  o2: b")


def test_line_ends_of_dos() -> None:
    base, ours, theirs = (
        one.replace("\n", "\r\n") for one in (BASE, changed(WEIGHT), changed(THRESHOLD))
    )
    assert clean(ours, theirs, base) == changed(WEIGHT, THRESHOLD).replace("\n", "\r\n")


def test_a_mark_of_byte_order_and_characters_of_any_size() -> None:
    base = BASE.replace("# two bits", "# 두 \N{MATHEMATICAL BOLD CAPITAL A} é")
    ours, theirs = changed(WEIGHT, base=base), changed(THRESHOLD, base=base)
    both = changed(WEIGHT, THRESHOLD, base=base)
    assert clean(ours, theirs, base) == both
    assert clean(f"\ufeff{ours}", theirs, base) == f"\ufeff{both}"
    assert clean(ours, f"\ufeff{theirs}", f"\ufeff{base}") == both


def test_sections_that_both_add() -> None:
    base = "nnc: 1\ninputs: [a]\noutputs: [a]\n"
    ours = base + "neurons:\n  n: {weights: {a: 1}, threshold: 0}\n"
    theirs = base + "neurons:\n  m: {weights: {a: 1}, threshold: 0}\n"
    assert clean(ours, theirs, base) == ours + "  m: {weights: {a: 1}, threshold: 0}\n"


LAYER = """\
nnc: 1
inputs: {x: bit(2)}
layers:
  hidden: {wiring: x, weights: [[1, 2], [3, 4]], thresholds: [0, 1], fires: above}
neurons:
  n: {wiring: [hidden(0), hidden(1)], weights: [1, 2], threshold: 0}
outputs: [n]
"""


def test_weights_by_place_go_together_while_the_wiring_stays() -> None:
    ours = changed(("[1, 2], threshold", "[9, 2], threshold"), ("[[1, 2]", "[[8, 2]"), base=LAYER)
    theirs = changed(("[1, 2], threshold", "[1, 7], threshold"), ("[3, 4]", "[3, 6]"), base=LAYER)
    assert clean(ours, theirs, LAYER) == changed(
        ("[1, 2], threshold", "[9, 7], threshold"), ("[[1, 2], [3, 4]]", "[[8, 2], [3, 6]]"),
        base=LAYER,
    )  # fmt: skip


def test_weights_by_place_are_a_conflict_where_the_wiring_changes() -> None:
    ours = changed(("hidden(1)], weights: [1, 2]", "1], weights: [1, 2]"), base=LAYER)
    theirs = changed(("[1, 2], threshold", "[1, 7], threshold"), base=LAYER)
    assert conflict(ours, theirs, LAYER).conflicts == ("neurons.n",)


# ---------------------------------------------------------------------------- conflicts


def test_both_change_one_weight() -> None:
    theirs = changed(("both: {weights: {a: 1", "both: {weights: {a: 6"))
    merged = merge(BASE, changed(WEIGHT), theirs, MarkerLabels("HEAD", "old", "side"))
    assert merged is not None
    assert merged.conflicts == ("neurons.both",)
    assert merged.text == BASE.replace(
        "  both: {weights: {a: 1, b: 1}, threshold: 2}   # and\n",
        "<<<<<<< HEAD\n  both: {weights: {a: 5, b: 1}, threshold: 2}   # and\n"
        "=======\n  both: {weights: {a: 6, b: 1}, threshold: 2}   # and\n>>>>>>> side\n",
    )


def test_the_markers_stand_around_the_whole_neuron_and_what_else_merges_is_merged() -> None:
    ours = changed(("      b: 1\n", "      b: 2\n"), ("# two bits", "# bits"))
    theirs = changed(("      b: 1\n", "      b: 3\n"), THRESHOLD)
    text = conflict(ours, theirs).text
    assert "threshold: 3}   # and" in text
    assert "# bits" in text
    start, end = text.index("<<<<<<<"), text.index(">>>>>>>")
    assert text[start:end].count("either:\n    weights:\n      a: 1        # left\n") == 2


def test_markers_of_another_size_with_the_base_between() -> None:
    theirs = changed(("both: {weights: {a: 1", "both: {weights: {a: 6"))
    merged = merge(BASE, changed(WEIGHT), theirs, MarkerLabels(size=9, shows_base=True))
    assert merged is not None
    for mark in (
        "<<<<<<<<< ours\n",
        "||||||||| base\n  both: {weights: {a: 1",
        "=========\n",
        ">>>>>>>>> theirs\n",
    ):
        assert mark in merged.text


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        ("either: 1, both: -2", ("either: 4, both: -2", "either: 5, both: -2"), ("neurons.xor",)),
        ("# 1 when both are", ("# AND", "# gate"), ("neurons.both",)),
        ("   # and\n", ("   # AND\n", "   # gate\n"), ("neurons.both",)),
        ("[xor]", ("{out: xor}", "[xor, both]"), ("outputs",)),
        ("fires: at_least", ("fires: above", "fires: below"), ("fires",)),
        ("    expect: {xor: 1}", ("    expect: {xor: 0}", "    expect: {xor: 7}"), ("cases.{a: 0, b: 1}",)),  # noqa: E501
    ],
)  # fmt: skip
def test_both_change_one_thing(one: str, other: tuple[str, str], names: tuple[str, ...]) -> None:
    ours, theirs = (changed((one, text)) for text in other)
    told = conflict(ours, theirs)
    assert told.conflicts == names
    assert told.text.count("<<<<<<<") == told.text.count(">>>>>>>") == 1


def test_one_deletes_what_the_other_changes() -> None:
    line = "  both: {weights: {a: 1, b: 1}, threshold: 2}   # and\n"
    for ours, theirs in (
        (changed((line, "")), changed(THRESHOLD)),
        (changed(THRESHOLD), changed((line, ""))),
    ):
        told = conflict(ours, theirs)
        assert told.conflicts == ("neurons.both",)
        assert "threshold: 3}   # and\n" in told.text


def test_both_add_one_name() -> None:
    ours = changed(("  xor:", "  n: {weights: {a: 1}, threshold: 1}\n  xor:"))
    theirs = changed(("  xor:", "  n: {weights: {a: 2}, threshold: 1}\n  xor:"))
    assert conflict(ours, theirs).conflicts == ("neurons.n",)


def test_both_order_the_inputs_anew() -> None:
    base = BASE.replace("[a, b]", "[a, b, c]")
    told = conflict(
        base.replace("[a, b, c]", "[b, a, c]"), base.replace("[a, b, c]", "[a, c, b]"), base
    )
    assert told.conflicts == ("inputs",)


@pytest.mark.parametrize("text", ["", "no network", "a: [", "- a\n- b\n", BASE + "nnc: 1\n"])
def test_what_cannot_be_read_is_left_to_git(text: str) -> None:
    assert merge(BASE, changed(WEIGHT), text) is None
    assert merge(text, changed(WEIGHT), BASE) is None
    assert merge(BASE, BASE, text) == Merged(text)
    assert merge(text, changed(WEIGHT), text) == Merged(changed(WEIGHT))


def test_a_section_of_which_each_deletes_a_half_is_a_conflict() -> None:
    base = "nnc: 1\ninputs: [a]\nneurons:\n  n: {weights: {}, threshold: 0}\n"
    base += "  m: {weights: {}, threshold: 1}\noutputs: [a]\n"
    ours, theirs = (
        "".join(line for line in base.splitlines(keepends=True) if not line.startswith(name))
        for name in ("  n:", "  m:")
    )
    assert conflict(ours, theirs, base).conflicts == ("neurons",)


def test_both_change_the_comments_at_the_top_or_at_the_end() -> None:
    theirs = changed(("# the end", "# over"), THRESHOLD)
    told = conflict(changed(("# the end", "# fin")), theirs)
    assert told.conflicts == ("the comments at the end",)
    assert told.text == changed(THRESHOLD).replace(
        "# the end\n", "<<<<<<< ours\n# fin\n=======\n# over\n>>>>>>> theirs\n"
    )
    told = conflict(changed(("=network", "=x")), changed(("=network", "=y"), THRESHOLD))
    assert told.conflicts == ("the comments at the top",)
    assert told.text.startswith("<<<<<<< ours\n# yaml-language-server: $schema=x.schema.json\n")


def test_a_file_in_one_line_merges_or_is_one_conflict() -> None:
    base = "{nnc: 1, inputs: [a], outputs: {o: a}, name: x}"
    ours = base.replace("x", "y")
    merged = clean(ours, base.replace("a}", "a, p: a}"), base)
    assert merged == "{nnc: 1, inputs: [a], outputs: {o: a, p: a}, name: y}"
    told = conflict(ours, base.replace("x", "z"), base)
    assert told.conflicts == ("the whole file",)
    assert told.text.splitlines()[0::2] == ["<<<<<<< ours", "=======", ">>>>>>> theirs"]


def test_a_comment_in_brackets_is_never_moved() -> None:
    base = changed(
        ("{either: 1, both: -2}", "{either: 1, # first\n        both: -2}"),
    )
    ours = base.replace("{either: 1, #", "{a: 1, either: 1, #")
    theirs = base.replace("both: -2}", "both: -2, b: 1}")
    assert conflict(ours, theirs, base).conflicts == ("neurons.xor",)


# ----------------------------------------------------------------------------- volume


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.name)
def test_any_numbers_of_networks_in_use_merge_to_the_byte(file: Path) -> None:
    """But what is given in a case, which tells it from others."""
    text = file.read_text("utf-8")
    numbers = [
        (one.start, one.end)
        for one in scalars(read_nodes(text))
        if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text[one.start : one.end])
    ][1:]  # without the version
    for number in range(3):
        draw = random.Random(f"{file.name}{number}")
        places = draw.sample(numbers, min(len(numbers), draw.randint(2, 6)))
        edits = [(place, str(draw.randint(1000, 9999))) for place in places]
        half = len(edits) // 2
        sides = [with_numbers(text, some) for some in (edits[:half], edits[half:])]
        assert clean(*sides, text) == with_numbers(text, edits)


def scalars(node: Node) -> Iterator[Node]:
    if node.text is not None:
        yield node
    for key, one in zip(node.keys or [None] * len(node.values), node.values, strict=True):
        if key is None or key.text != "given":
            yield from scalars(one)


def with_numbers(text: str, edits: list[tuple[tuple[int, int], str]]) -> str:
    for (start, end), number in sorted(edits, reverse=True):
        text = text[:start] + number + text[end:]
    return text


def values(text: str) -> object:
    document = read_document(text.encode(), "merged")
    assert document.diagnostics == [], document.diagnostics
    return document.value


def names(text: str, section: str) -> dict[str, object]:
    value = values(text)
    assert isinstance(value, dict)
    return value[section]  # type: ignore[no-any-return]


class Drawn:
    """A random network, kept as values, and written in a random layout that has its comments."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.inputs = [f"i{k}" for k in range(draw.randint(1, 4))]
        self.neurons: dict[str, dict[str, object]] = {}
        for k in range(draw.randint(1, 6)):
            known = [*self.inputs, *self.neurons]
            chosen = draw.sample(known, draw.randint(1, min(4, len(known))))
            self.neurons[f"n{k}"] = {
                "weights": {one: draw.randint(-9, 9) for one in chosen},
                "threshold": draw.randint(-9, 9),
            }
        self.layout = {name: draw.randrange(4) for name in self.neurons}

    def text(self) -> str:
        """Write the network."""
        lines = ["# head", "nnc: 1", f"inputs: [{', '.join(self.inputs)}]   # in", "", "neurons:"]
        for name, one in self.neurons.items():
            style = self.layout.get(name, 0)
            lines += [f"  # about {name}"] if style % 2 else []
            weights = one["weights"]
            assert isinstance(weights, dict)
            if style < 2:
                pairs = ", ".join(f"{k}: {v}" for k, v in weights.items())
                rest = "".join(f", {k}: {v}" for k, v in one.items() if k != "weights")
                lines.append(f"  {name}: {{weights: {{{pairs}}}{rest}}}   # {name}")
            else:
                lines += [f"  {name}:", "    weights:   # of it"]
                lines += [f"      {k}: {v}   # from {k}" for k, v in weights.items()]
                lines += [f"    {k}: {v}" for k, v in one.items() if k != "weights"]
        return "\n".join([*lines, "outputs:", f"  out: {[*self.neurons][-1]}", "# end", ""])


Edit = Callable[[Drawn], None]


def edits(network: Drawn, draw: random.Random, count: int, mark: str) -> dict[str, Edit]:
    """Draw changes of different things: each by the name of what it changes."""

    def weight(name: str, source: str, value: int) -> Edit:
        return lambda one: one.neurons[name]["weights"].__setitem__(source, value)  # type: ignore[attr-defined]

    def key(name: str, what: str, value: object) -> Edit:
        return lambda one: one.neurons[name].__setitem__(what, value)

    def add(name: str, source: str) -> Edit:
        body: dict[str, object] = {"weights": {source: 1}, "threshold": 0}
        return lambda one: one.neurons.__setitem__(name, body)

    found: dict[str, Edit] = {}
    for place in range(count):
        name = draw.choice([*network.neurons])
        weights = network.neurons[name]["weights"]
        assert isinstance(weights, dict)
        source, value = draw.choice([*weights]), draw.randint(10, 99)
        kind = draw.randrange(5)
        if kind == 0:
            found[f"{name}.{source}"] = weight(name, source, value)
        elif kind == 1:
            found[f"{name}.threshold"] = key(name, "threshold", value)
        elif kind == 2:
            found[f"{name}.new.{mark}{place}"] = weight(name, f"{mark}{place}", value)
        elif kind == 3:
            found[f"{name}.fires"] = key(name, "fires", "above")
        else:
            found[f"new.{mark}{place}"] = add(f"{mark}{place}", source)
    return found


def as_meaning(text: str) -> object:
    """Give what a text says, the order of neurons and synapses apart."""
    value = values(text)
    assert isinstance(value, dict)
    neurons = {
        name: {
            **one,
            "weights": {k: Fraction(v) for k, v in one["weights"].items()},
        }
        for name, one in value["neurons"].items()
    }
    return {**value, "neurons": neurons}


def chosen(text: str, side: int) -> str:
    """Resolve all conflicts by one of the sides, as a person would."""
    lines, at = [], None
    for line in text.splitlines(keepends=True):
        if line[:7] in ("<<<<<<<", "=======", ">>>>>>>"):
            at = {"<": 0, "=": 1, ">": None}[line[0]]
        elif at in (None, side):
            lines.append(line)
    return "".join(lines)


def comments(text: str) -> list[str]:
    return sorted(line.partition("#")[2] for line in text.splitlines() if "#" in line)


@pytest.mark.seconds(200)
def test_random_edits_of_different_things_all_arrive(chunk: int) -> None:
    import copy

    for number in range(40):
        draw = random.Random(f"{chunk}/{number}")
        network = Drawn(draw)
        base = network.text()
        first = edits(network, draw, draw.randint(1, 4), "x")
        second = {
            k: v for k, v in edits(network, draw, draw.randint(1, 4), "y").items() if k not in first
        }
        texts = []
        for some in (first, second, first | second):
            side = copy.deepcopy(network)
            for edit in some.values():
                edit(side)
            side.layout |= dict.fromkeys(side.neurons.keys() - network.neurons.keys(), 1)
            texts.append(side.text())
        ours, theirs, both = texts
        if len(network.neurons) != len(side.neurons):  # the last neuron, which is the output
            base, ours, theirs, both = (
                one[: one.rindex("  out:")] + "  out: n0\n# end\n"
                for one in (base, ours, theirs, both)
            )
        merged = clean(ours, theirs, base)
        assert as_meaning(merged) == as_meaning(both)
        assert as_meaning(clean(theirs, ours, base)) == as_meaning(both)
        assert comments(merged) == comments(both)


@pytest.mark.seconds(200)
def test_random_pairs_of_anything_lose_nothing(chunk: int) -> None:
    """Changes that may clash: one side alone is that side to the byte; each line lives on."""
    import copy

    for number in range(40):
        draw = random.Random(f"{chunk}:{number}")
        network = Drawn(draw)
        base = network.text()
        texts = []
        for mark in "xy":
            side = copy.deepcopy(network)
            for edit in edits(network, draw, draw.randint(1, 5), mark).values():
                edit(side)
            if draw.random() < 0.3 and len(side.neurons) > 1:
                side.neurons.pop(draw.choice([*side.neurons][:-1]))
            if draw.random() < 0.3:
                side.layout = {name: draw.randrange(4) for name in side.layout}
            if draw.random() < 0.3:
                order = [*side.neurons.items()]
                draw.shuffle(order)
                side.neurons = dict(order)
            texts.append(side.text())
        ours, theirs = texts
        for one in texts:
            assert read_pieces(one).text == one
            assert merge(base, one, base) == merge(base, base, one) == merge(base, one, one)
            assert merge(base, one, base) == Merged(one)
        merged, other = merge(base, ours, theirs), merge(base, theirs, ours)
        assert merged is not None
        assert other is not None
        assert sorted(merged.conflicts) == sorted(other.conflicts)
        assert "the whole file" not in merged.conflicts
        for side in (0, 1):
            values(chosen(merged.text, side))
        if not merged.conflicts:
            assert as_meaning(merged.text) == as_meaning(other.text)
        told = {line.strip() for line in merged.text.splitlines()}
        for line in (line.strip() for line in ours.splitlines()):
            if line.startswith("#") and line in base and line in theirs:
                assert line in told


CLAIM = "  - {never: {xor: 1, a: 0, b: 0}}\n"
CLAIMED = BASE.replace("cases:\n", f"properties:\n{CLAIM}  - {{always: {{xor: 0|1}}}}\ncases:\n")


def test_a_claim_that_one_side_changed_and_the_other_put_in_quotes() -> None:
    """It is one claim: it does not stand there twice, as it was and as it is."""
    ours = changed(("xor: 1, a: 0, b: 0}}", 'xor: "1", a: 0, b: 0}}'), base=CLAIMED)
    theirs = changed(("xor: 1, a: 0, b: 0}}", "xor: 1, a: 1, b: 1}}"), base=CLAIMED)
    assert conflict(ours, theirs, CLAIMED).text.count("never") == 2
    assert conflict(theirs, ours, CLAIMED).text.count("never") == 2
    other = changed(("0|1}", '"0|1"}'), base=CLAIMED)
    assert clean(other, theirs, CLAIMED) == theirs.replace("0|1", '"0|1"')


def test_a_case_that_one_side_changed_and_the_other_put_in_quotes() -> None:
    ours = changed(("{a: 0, b: 0}", '{a: "0", b: 0}'))
    theirs = changed(("expect: {xor: 0}", "expect: {xor: 1}"))
    assert clean(ours, theirs) == changed(("{a: 0, b: 0}", '{a: "0", b: 0}'), base=theirs)


def test_a_section_that_a_choice_would_empty_is_the_conflict() -> None:
    """One changes a neuron and deletes the other, which is the one that the other side keeps."""
    base = "nnc: 1\nneurons:\n  a: {threshold: 1}\n  b: {threshold: 1}\n"
    ours = base.replace("  b: {threshold: 1}\n", "").replace("a: {threshold: 1", "a: {threshold: 2")
    theirs = base.replace("  a: {threshold: 1}\n", "")
    merged = conflict(ours, theirs, base)
    assert merged.conflicts == ("neurons",)

"""Probabilities of fault trees as expressions: exact values, and none that is lost silently."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

import nnc
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import read_bytes_as
from tests.support.refusals import refusal


def imported(events: str, parameters: str = "", more: str = "") -> Imported:
    """Import a tree that reads the events `a` and `b`."""
    gates = '<define-gate name="g"><or><event name="a"/><event name="b"/></or></define-gate>'
    inside = f'<define-fault-tree name="t">{gates}{events}{parameters}</define-fault-tree>'
    text = f"<opsa-mef>{inside}{more}</opsa-mef>"
    return read_bytes_as(text.encode(), "x.xml", "open-psa", Settings())


def event(name: str, body: str) -> str:
    return f'<define-basic-event name="{name}">{body}</define-basic-event>'


def parameter(name: str, body: str, role: str = "") -> str:
    more = f' role="{role}"' if role else ""
    return f'<define-parameter name="{name}"{more}>{body}</define-parameter>'


def number(value: object, kind: str = "float") -> str:
    return f'<{kind} value="{value}"/>'


def table(found: Imported) -> dict[str, Fraction]:
    lines = found.files.get("probabilities.csv", "name,probability\n").splitlines()[1:]
    return {name: Fraction(text) for name, text in (line.split(",") for line in lines)}


SWITCH = (
    f"<switch><case>{number('false', 'bool')}{number(1)}</case>"
    f"<case>{number('true', 'bool')}{number(0.25)}</case>{number(0)}</switch>"
)
B = event("b", number("0.5"))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (number("1e-006"), "0.000001"),
        (number(1, "int"), "1"),
        (number("True", "bool"), "1"),
        (number("false", "bool"), "0"),
        ('<parameter name="r"/>', "0.002"),
        ('<mul><parameter name="r"/><int value="3"/></mul>', "0.006"),
        ('<add><float value="0.1"/><float value="0.2"/></add>', "0.3"),
        ("<sub><int value='1'/><float value='0.2'/><float value='0.3'/></sub>", "0.5"),
        ("<div><int value='1'/><int value='3'/></div>", "1/3"),
        ("<div><int value='1'/><int value='3'/><int value='2'/></div>", "1/6"),
        ("<neg><float value='-0.25'/></neg>", "0.25"),
        ("<sub><int value='1'/><div><int value='2'/><int value='3'/></div></sub>", "1/3"),
        ("<div><mod><float value='17.9'/><float value='5.9'/></mod><int value='10'/></div>", "0.2"),
        (
            "<neg><div><mod><int value='-7'/><int value='4'/></mod><int value='10'/></div></neg>",
            "0.3",
        ),
        (SWITCH, "0.25"),
        ("<switch><mul><float value='0.5'/><float value='0.1'/></mul></switch>", "0.05"),
        ("<label>why</label><attributes/><float value='0.1'/>", "0.1"),
    ],
)
def test_constant_expressions(body: str, value: str) -> None:
    rate = parameter("r", '<parameter name="s"/>') + parameter("s", number("0.002"))
    found = imported(event("a", body) + B, rate)
    assert table(found) == {"a": Fraction(value), "b": Fraction(1, 2)}
    assert not found.notes


def drawn(random: Random, values: dict[str, Fraction], depth: int) -> tuple[str, Fraction]:
    """Draw an expression, and evaluate it by fractions."""
    if depth == 0 or random.random() < 0.3:
        if values and random.random() < 0.5:
            name = random.choice(sorted(values))
            return f'<parameter name="{name}"/>', values[name]
        value = Fraction(random.randint(-20, 20), 10)
        return number(float(value)), value
    form = random.choice(["add", "sub", "mul", "div", "neg"])
    parts = [drawn(random, values, depth - 1) for _ in range(1 if form == "neg" else 3)]
    first, rest = parts[0][1], [value for _, value in parts[1:]]
    if form == "div" and 0 in rest:
        return drawn(random, values, depth - 1)
    for value in rest:
        first = {"add": first + value, "sub": first - value, "mul": first * value,
                 "div": first / value if value else first}[form]  # fmt: skip
    text = "".join(text for text, _ in parts)
    return f"<{form}>{text}</{form}>", -first if form == "neg" else first


def test_drawn_expressions(chunk: int) -> None:
    random = Random(f"expressions{chunk}")
    for _ in range(20):
        values: dict[str, Fraction] = {}
        texts = []
        for place in range(random.randint(0, 4)):
            text, value = drawn(random, values, 2)
            texts.append(parameter(f"p{place}", text))
            values[f"p{place}"] = value
        random.shuffle(texts)
        text, value = drawn(random, values, 3)
        if value.denominator > 10**17 or abs(value.numerator) > 10**17:  # of which no table can
            continue
        if not 0 <= value <= 1:  # brought between 0 and 1
            text = f"<div>{text}{number(value.numerator)}</div>" if value else text
            value = Fraction(1, value.denominator)
        found = imported(event("a", text) + B, "".join(texts))
        assert table(found)["a"] == value


def test_parameters_are_found_in_their_containers() -> None:
    inner = event("b", '<parameter name="p"/>') + parameter("p", number("0.2"), "private")
    parts = f'<define-component name="c">{inner}</define-component>'
    found = imported(event("a", '<parameter name="p"/>') + parts, parameter("p", number("0.1")))
    assert table(found) == {"a": Fraction(1, 10), "b": Fraction(1, 5)}
    found = imported(event("a", '<parameter name="c.p"/>') + parts, parameter("p", number("0.1")))
    assert table(found)["a"] == Fraction(1, 5)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ("<cos><float value='1'/></cos>", "<cos>"),
        ("<mul><float value='0.5'/><sin><float value='1'/></sin></mul>", "<sin>"),
        ('<parameter name="r"/>', "<lognormal-deviate> has 1 arguments, not 2 or 3"),
        ("<log><float value='-1'/></log>", "<log> has no value for its arguments"),
        ('<parameter name="none"/>', "parameter `none`, which is not defined"),
        ('<parameter name="empty"/>', "a parameter without a value"),
        ("<GLM/>", "<GLM> has 0 arguments, not 4"),
        (
            f"<periodic-test>{number(1) * 5}</periodic-test>",
            "<periodic-test> has 5 arguments, not 4",
        ),
    ],
)
def test_every_other_expression_is_told(body: str, part: str) -> None:
    rate = parameter("r", "<lognormal-deviate><float value='1'/></lognormal-deviate>")
    found = imported(event("a", body) + B, rate + parameter("empty", ""))
    assert table(found) == {"b": Fraction(1, 2)}
    [note] = found.notes
    assert (note.rule, note.about.severity) == ("probability-not-read", "warning")
    assert note.message == f"1 probability is not read, given by {part}"
    assert note.details == (f"{part}: a",)


def test_all_events_are_named_where_no_probability_is_read() -> None:
    found = imported(event("a", "<cos/>") + event("b", "<sin/>"))
    assert found.files == {}
    [note] = found.notes
    assert note.message == "2 probabilities are not read, given by <cos>, <sin>"
    assert note.details == ("<cos>: a", "<sin>: b")
    found = imported(event("a", "") + event("b", ""))
    assert [note.message for note in found.notes] == [
        "2 events without a probability in this file: a, b"
    ]


def test_numbers_without_end_are_not_computed() -> None:
    """Each parameter is the square of the one before, or is read twice."""
    square = '<mul><parameter name="p{0}"/><parameter name="p{0}"/></mul>'
    texts = [parameter("p0", number("0.123"))]
    texts += [parameter(f"p{n}", square.format(n - 1)) for n in range(1, 80)]
    found = imported(event("a", '<parameter name="p79"/>') + B, "".join(texts))
    assert "a number of too many digits: a" in found.notes[0].details
    twice = '<sub><parameter name="p{0}"/><parameter name="p{0}"/></sub>'
    texts = [parameter("p0", number("0.1"))]
    texts += [parameter(f"p{n}", twice.format(n - 1)) for n in range(1, 80)]
    assert table(imported(event("a", '<parameter name="p79"/>') + B, "".join(texts)))["a"] == 0


def test_whatever_is_in_the_table_can_be_read(tmp_path: Path) -> None:
    third = f"<div>{number(1)}{number(3)}</div>"
    deep = third
    for _ in range(60):
        deep = f"<div>{deep}{number(7919)}</div>"
    found = imported(event("a", deep) + event("b", third))
    found.save(str(tmp_path / "t.nn.yaml"))
    assert table(found) == {"b": Fraction(1, 3)}
    assert found.notes[0].details == ("a number of too many digits: a",)
    text = (tmp_path / "t.probabilities.csv").read_text().splitlines()[1]
    network = nnc.load(tmp_path / "t.nn.yaml")
    cuts = nnc.cuts(network, "g", probabilities={"a": 0, "b": text.removeprefix("b,")})
    assert cuts.probability == Fraction(1, 3)


def test_a_long_chain_of_parameters() -> None:
    texts = [parameter(f"p{n}", f'<parameter name="p{n + 1}"/>') for n in range(5_000)]
    texts.append(parameter("p5000", number("0.25")))
    assert table(imported(event("a", '<parameter name="p0"/>') + B, "".join(texts)))["a"] == 0.25


@pytest.mark.parametrize(
    ("events", "parameters", "message"),
    [
        (event("a", number("0.1") * 2), "", "NNC941 `a` has 2 expressions, not one"),
        (event("a", "<add/>"), "", "NNC941 <add> has 0 arguments, not at least one"),
        (event("a", f"<neg>{number(1) * 2}</neg>"), "", "<neg> has 2 arguments, not one"),
        (event("a", f"<div>{number(1)}{number(0)}</div>"), "", "NNC941 <div> divides by 0"),
        (event("a", "<float/>"), "", "NNC941 <float> has no `value`"),
        (event("a", number("x")), "", "NNC941 expected a number, found `x`"),
        (event("a", number("1", "bool")), "", "NNC941 <bool> is `1`, not true or false"),
        (event("a", number("-1")), "", "NNC941 the probability of `a` is -1, not from 0 to 1"),
        (event("a", ""),
         parameter("p", '<parameter name="q"/>') + parameter("q", '<parameter name="p"/>'),
         "NNC941 parameter `q` reads `p`, which reads it"),
        (event("a", ""), parameter("p", number(1)) * 2, "`p` is defined for the second time"),
    ],
)  # fmt: skip
def test_damaged_expressions(events: str, parameters: str, message: str) -> None:
    told = refusal(lambda: imported(events + B, parameters))
    assert message in told
    assert told[0].isdigit()  # the place


# what SCRAM 0.16.2 prints, with six digits
LAWS = [
    ("exponential", "1e-5 8760", 0.0838727),
    ("GLM", "0.02 1e-5 0.01 8760", 0.000999001),
    ("GLM", "0 1e-6 0.1 8760", 0.00000999990),
    ("Weibull", "9000 1.7 100 8760", 0.608054),
    ("periodic-test", "1e-5 720 100 8760", 0.00019998),
    ("pow", "0.3 1.5", 0.164317),
    ("log10", "3", 0.477121),
    ("lognormal-deviate", "-5 0.5", 0.00763509),
    ("lognormal-deviate", "0.02 3 0.95", 0.02),
    ("normal-deviate", "0.2 0.01", 0.2),
    ("uniform-deviate", "0.1 0.4", 0.25),
    ("gamma-deviate", "2 0.01", 0.02),
    ("beta-deviate", "2 6", 0.25),
    ("mean", "0.2 0.3", 0.25),
]


@pytest.mark.parametrize(("name", "arguments", "probability"), LAWS)
def test_laws_of_failure(name: str, arguments: str, probability: float) -> None:
    body = "".join(map(number, arguments.split()))
    value = table(imported(event("a", f"<{name}>{body}</{name}>") + B))["a"]
    assert float(value) == pytest.approx(probability, rel=6e-6)
    assert len(str(value.denominator)) <= 30


def test_the_mission_time_and_means_are_told() -> None:
    law = "<exponential><parameter name='r'/><system-mission-time/></exponential>"
    rate = parameter("r", f"<normal-deviate>{number('1e-5')}{number(1)}</normal-deviate>")
    found = imported(event("a", law) + B, rate)
    assert [note.message for note in found.notes] == [
        "random numbers count with their mean: <normal-deviate>",
        "the mission time is 8760 hours",
    ]
    text = tree_of(event("a", law) + B + rate)
    shorter = read_bytes_as(text.encode(), "x.xml", "open-psa", Settings(mission_time=1000))
    assert float(table(shorter)["a"]) == pytest.approx(0.00995017, rel=1e-6)


def tree_of(definitions: str, gates: str = '<event name="a"/><event name="b"/>') -> str:
    top = f'<define-gate name="g"><or>{gates}</or></define-gate>'
    return (
        f'<opsa-mef><define-fault-tree name="t">{top}{definitions}</define-fault-tree></opsa-mef>'
    )


def group(model: str, factors: str, count: int = 3) -> str:
    """Return a tree of which two of some members fail, and the group of these."""
    members = "".join(f'<basic-event name="m{k}"/>' for k in range(count))
    levels = [each.split(":") for each in factors.split()]
    listed = "".join(f'<factor level="{k}">{number(value)}</factor>' for k, value in levels)
    return (
        '<opsa-mef><define-fault-tree name="t"><define-gate name="g">'
        f'<atleast min="2">{members}</atleast></define-gate></define-fault-tree>'
        f'<define-CCF-group name="pumps" model="{model}"><members>{members}</members>'
        f"<distribution>{number('0.1')}</distribution><factors>{listed}</factors>"
        "</define-CCF-group></opsa-mef>"
    )


@pytest.mark.parametrize(
    ("model", "factors", "count", "probability"),
    [
        ("beta-factor", "3:0.2", 3, 0.0378125),
        ("MGL", "2:0.3 3:0.4", 3, 0.051912),
        ("MGL", "2:0.3 3:0.4", 4, 0.0761746),
        ("alpha-factor", "1:0.7 2:0.2 3:0.15", 3, 0.0716771),
        ("alpha-factor", "1:0.7 2:0.2 3:0.15", 4, 0.097254),
        ("phi-factor", "1:0.7 2:0.2 3:0.1", 3, 0.0812779),
    ],
)
def test_groups_of_common_causes(model: str, factors: str, count: int, probability: float) -> None:
    text = group(model, factors, count)
    found = read_bytes_as(text.encode(), "x.xml", "open-psa", Settings())
    cuts = nnc.cuts(found.network, "g", probabilities=table(found))
    assert float(cuts.probability or 0) == pytest.approx(probability, rel=6e-6)
    assert [*found.network.outputs] == ["g"]
    assert "m0" in found.network.neurons
    assert "m0_alone" in found.network.inputs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (group("beta", "3:0.2"), "NNC941 `beta` is no model of a group"),
        (group("beta-factor", "2:0.2"), "NNC941 a factor has the level 2, not 3"),
        (group("MGL", "2:0.2 3:0.2 4:0.1"), "NNC941 a level is above the 3 members"),
        (group("phi-factor", ""), "NNC941 the group has no factors, or too many"),
        (group("MGL", "2:0.3", 1), "NNC941 a group needs two members or more, each once"),
        (group("phi-factor", " ".join(f"{k}:0.1" for k in range(1, 21)), 20),
         "NNC940 the group has more than 10,000 sets of members"),
    ],
)  # fmt: skip
def test_damaged_groups(text: str, message: str) -> None:
    told = refusal(lambda: read_bytes_as(text.encode(), "x.xml", "open-psa", Settings()))
    assert message in told


def test_several_files_and_included_ones(tmp_path: Path) -> None:
    gates = tree_of("<include href='{0}'/>")
    data = f"<opsa-mef><model-data>{event('a', number('0.5'))}{B}</model-data></opsa-mef>"
    (tmp_path / "inner").mkdir()
    for name, text in {
        "main.xml": gates.format("inner/data.xml"), "inner/data.xml": data,
        "apart.xml": tree_of(""), "out.xml": gates.format("../main.xml"),
        "self.xml": gates.format("self.xml"), "none.xml": gates.format("no.xml"),
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text)
    both = {"a": Fraction(1, 2), "b": Fraction(1, 2)}
    assert table(nnc.import_file(tmp_path / "main.xml")) == both
    more = [tmp_path / "inner/data.xml"]
    assert table(nnc.import_file(tmp_path / "apart.xml", more=more)) == both
    for name, message in {
        "out.xml": "NNC940 `../main.xml` is not in the folder",
        "self.xml": "NNC941 `self.xml` includes itself",
        "none.xml": "NNC941 `no.xml` cannot be included: cannot open the file",
    }.items():
        assert message in refusal(lambda name=name: nnc.import_file(tmp_path / name))  # type: ignore[misc]


def test_definitions_in_other_files() -> None:
    gates = '<define-gate name="g"><event name="x"/></define-gate>'
    text = f'<opsa-mef><define-fault-tree name="t">{gates}</define-fault-tree></opsa-mef>'
    with pytest.raises(nnc.InvalidNetworkError) as caught:
        read_bytes_as(text.encode(), "x.xml", "open-psa", Settings())
    hint = caught.value.diagnostics[0].help
    assert hint == "name the file that defines it after this one: plant.xml data.xml"

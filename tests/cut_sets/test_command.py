"""`nnc cuts`: what it prints, every option, and every message."""

import json
from pathlib import Path

import pytest

from nnc.cli.schema import SCHEMAS
from tests.support.running import MAIL, XOR, Nnc

PLANT = """\
nnc: 1
inputs: [pump_a, pump_b, grid, diesel, valve]
neurons:
  pumps: {wiring: [pump_a, pump_b], fires: all}
  power: {wiring: [grid, diesel], fires: all}
  lost: {wiring: [pumps, power, valve], fires: any}
outputs: [lost, power]
"""
TABLE = """\
name,probability
pump_a,0.01
pump_b,0.01
grid,0.002
diesel,1/50
valve,0.00001
"""
TEXT = """\
lost = 1: 3 minimal cut sets of 5 inputs

order  sets
    1     1
    2     2

valve
pump_a, pump_b
grid, diesel
"""
MEASURED = """\
lost = 1: 3 minimal cut sets of 5 inputs
probability of lost = 1: 0.000149995

order  sets
    1     1
    2     2

probability  cut set
0.0001       pump_a, pump_b
0.00004      grid, diesel
0.00001      valve

input   Birnbaum    Fussell-Vesely
pump_a  0.0099995   0.666691
pump_b  0.0099995   0.666691
grid    0.0199978   0.266676
diesel  0.00199978  0.266676
valve   0.99986     0.0666691
"""


@pytest.fixture
def files(nnc: Nnc) -> Nnc:
    Path("plant.nn.yaml").write_text(PLANT)
    Path("parts.csv").write_text(TABLE)
    return nnc


def test_cut_sets(files: Nnc) -> None:
    assert files("cuts", "plant.nn.yaml", "lost") == (0, TEXT, "")


def test_probabilities(files: Nnc) -> None:
    words = ("cuts", "plant.nn.yaml", "lost", "--probability", "parts.csv")
    assert files(*words) == (0, MEASURED, "")


def test_probabilities_on_the_command_line(files: Nnc) -> None:
    words = [word for line in TABLE.splitlines()[1:]
             for word in ("--probability", line.replace(",", "="))]  # fmt: skip
    assert files("cuts", "plant.nn.yaml", "lost", *words).out == MEASURED


def test_many_probabilities_in_one_option_are_no_file(files: Nnc) -> None:
    names = [f"pump_{i}" for i in range(60)]
    joined = ", ".join(names)
    wide = f"{{nnc: 1, inputs: [{joined}], neurons: {{n: {{wiring: [{joined}], fires: all}}}}, "
    Path("wide.nn.yaml").write_text(wide + "outputs: [n]}\n")
    run = files("cuts", "wide.nn.yaml", "--probability", ",".join(f"{name}=1" for name in names))
    assert "probability of n = 1: 1\n" in run.out


def test_several_probabilities_in_one_option(files: Nnc) -> None:
    stated = ",".join(line.replace(",", "=") for line in TABLE.splitlines()[1:])
    words = ("cuts", "plant.nn.yaml", "lost", "--probability")
    assert files(*words, stated) == (0, MEASURED, "")
    code, _, err = files(*words, "valve=0.1,grid=0.2=0.3")
    assert code == 2
    assert "--probability valve=0.1,grid=0.2=0.3: write one --probability for each input" in err


def test_a_table_of_another_program(files: Nnc) -> None:
    lines = [line.replace(",", ";") + f";part {n}, spare" for n, line in enumerate(TABLE.split())]
    lines[0] = "name;probability;note"
    Path("parts.csv").write_bytes("\r\n".join(lines).encode())
    words = ("cuts", "plant.nn.yaml", "lost", "--probability", "parts.csv")
    code, out, err = files(*words)
    assert (code, out) == (0, MEASURED)
    assert "warning[NNC521] delimiter-recognised: the columns are separated by `;`" in err
    assert "warning[NNC502] unknown-column: column `note` is left out\n  --> parts.csv:1:1" in err
    assert "help: only `name` and `probability` are read" in err
    found = json.loads(files(*words, "--report", "json").out)
    assert [each["code"] for each in found["diagnostics"]] == ["NNC521", "NNC502"]
    Path("parts.csv").write_text("name,probability,note\nvalve,1\n")
    assert "the line has 2 cells; expected 3 cells" in files(*words).err


def test_path_sets(files: Nnc) -> None:
    out = files("cuts", "plant.nn.yaml", "lost", "--paths", "--max-count", "3").out
    assert out == (
        "lost = 0: 4 minimal path sets of 5 inputs\n\norder  sets\n    3     4\n\n"
        "pump_a, grid, valve\npump_a, diesel, valve\npump_b, grid, valve\n"
        "and 1 more: --max-count 0 lists all\n"
    )


def test_prime_implicants(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    out = nnc("cuts", "xor.nn.yaml").out
    assert out.splitlines()[0] == "xor = 1: 2 prime implicants of 2 inputs"
    assert out.splitlines()[-2:] == ["a, not b", "not a, b"]


def test_minimal_cut_sets_in_place_of_prime_implicants(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    out = nnc("cuts", "xor.nn.yaml", "--hide", "not").out
    head = "xor = 1: 2 minimal cut sets of 2 inputs, while all other inputs are 0"
    assert out == f"{head}\n\norder  sets\n    1     2\n\na\nb\n"
    out = nnc("cuts", "xor.nn.yaml", "--hide", "not", "--paths").out
    head = "xor = 0: 1 minimal path set of 2 inputs, while all other inputs are 1\n"
    assert out.startswith(head)
    assert out.endswith("\n(nothing: while all other inputs are 1)\n")
    words = ("--probability", "a=0.1,b=0.2", "--hide", "not")
    assert nnc("cuts", "xor.nn.yaml", *words).out.endswith("""
input  Birnbaum  Fussell-Vesely
b      0.8       0.692308
a      0.6       0.307692
""")
    assert nnc("cuts", "xor.nn.yaml", *words, "--hide", "importance").out.endswith(
        "\n0.1          a\n"
    )


def test_a_probability_where_the_sets_are_too_many(files: Nnc) -> None:
    words = ("cuts", "plant.nn.yaml", "lost", "--probability", "parts.csv", "--budget", "0.00015")
    ran = files(*words)
    assert ran.code == 1
    assert ran.out.startswith("lost = 1: too many minimal cut sets of 5 inputs\n"
                              "probability of lost = 1: 0.000149995\n\ninput")  # fmt: skip
    assert "error[NNC972] cuts-too-large: the sets of `lost` need more than 30 entries" in ran.err
    found = json.loads(files(*words, "--report", "json").out)
    assert (found["total"], found["probability"]) == (None, "0.00014999460004")
    assert [each["code"] for each in found["diagnostics"]] == ["NNC972"]


def test_an_order(files: Nnc) -> None:
    out = files("cuts", "plant.nn.yaml", "lost", "--order", "1").out
    assert out.endswith("    2     2\n\nvalve\n")


def test_outputs_that_are_always_the_same(nnc: Nnc) -> None:
    net = b"nnc: 1\ninputs: [a]\nneurons: {n: {weights: {a: 1}, threshold: -1}}\noutputs: [n]\n"
    out = nnc("cuts", "-", stdin=net).out
    assert out.endswith("n = 1: 1 minimal cut set of 0 inputs\n\norder  sets\n    0     1\n\n"
                        "(nothing: it is always so)\n")  # fmt: skip
    assert nnc("cuts", "-", "--paths", stdin=net).out == "n = 0: 0 minimal path sets of 0 inputs\n"


def test_assumptions_leave_rows_out(files: Nnc) -> None:
    text = f"{PLANT}assume:\n  - {{at_most_one: [pump_a, pump_b]}}\n"
    Path("plant.nn.yaml").write_text(text)
    out = files("cuts", "plant.nn.yaml", "lost").out
    assert out == TEXT.replace("3 min", "2 min").replace("2     2", "2     1").replace(
        "pump_a, pump_b\n", ""
    )
    text += "  - {always: {pump_a: 1, pump_b: 1}}\n"
    Path("plant.nn.yaml").write_text(text)
    code, _, err = files("cuts", "plant.nn.yaml", "lost")
    assert code == 1
    assert "error[NNC612] nothing-allowed: no row satisfies the assumptions" in err
    assert "help: correct `assume`" in err


def test_json(files: Nnc) -> None:
    words = ("cuts", "plant.nn.yaml", "lost", "--probability", "parts.csv", "--report", "json")
    code, out, err = files(*words)
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert found.keys() == SCHEMAS["cuts"]()["properties"].keys()
    assert found["sets"][0] == {"on": ["pump_a", "pump_b"], "off": [], "probability": "0.0001"}
    assert found["probability"] == "0.00014999460004"
    assert found["orders"] == [{"order": 1, "sets": 1}, {"order": 2, "sets": 2}]
    assert found["importance"][4]["birnbaum"] == "0.999860004"
    lines = files(*words[:-1], "json-lines").out.splitlines()
    assert [json.loads(line) for line in lines] == [*found["sets"], *found["importance"]]
    assert files(*words[:-1], "junit").out.startswith("<?xml")


def test_a_report_beside(files: Nnc) -> None:
    words = ("cuts", "plant.nn.yaml", "lost", "--report", "json", "--report-file", "r.json")
    assert files(*words) == (0, TEXT, "")
    assert json.loads(Path("r.json").read_text())["total"] == 3


@pytest.mark.parametrize(
    ("words", "code", "message", "hint"),
    [
        (("lst",), "NNC301", "there is no output `lst`", "did you mean `lost`?"),
        (("valves",), "NNC301", "there is no output `valves`",
         "the outputs are lost, power; add a gate to `outputs` for its cut sets"),
        ((), "NNC971", "cut sets are of one bit, and the network has 2 outputs",
         "name one: lost, power"),
        (("lost(0)",), "NNC971", "cut sets are of one bit: `lost` is a bit, which has no elements",
         "write `lost`"),
        (("lost", "--budget", "0.00015"), "NNC972", "the sets of `lost` need more than 30 entries",
         "allow more with --budget, or bound the sets: --order 3"),
        (("lost", "--budget", "0.000045"), "NNC972",
         "the diagram of `lost` needs more than 9 entries", "allow more with --budget"),
        (("lost", "--budget", "0.000045", "--order", "1"), "NNC972",
         "the diagram of `lost` needs more than 9 entries", "allow more with --budget"),
        (("lost", "--probability", "valv=1"), "NNC301",
         "a probability is for `valv`, which is not an input", "did you mean `valve`?"),
        (("lost", "--probability", "valve=1.5"), "NNC504",
         "the probability of `valve` is 1.5, not between 0 and 1", "write a number from 0 to 1"),
        (("lost", "--probability", "valve=x"), "NNC201", "the probability of `valve`: ", ""),
        (("lost", "--probability", "valve=1", "--probability", "valve=1"), "NNC503",
         "`valve` has a probability twice", "remove one of them"),
        (("power", "--probability", "valve=1"), "NNC505",
         "no probability is there for `grid`, `diesel`", "--probability grid=0.01"),
    ],
)  # fmt: skip
def test_refusals(files: Nnc, words: tuple[str, ...], code: str, message: str, hint: str) -> None:
    ran = files("cuts", "plant.nn.yaml", *words)
    assert ran.code == 1
    assert f"error[{code}]" in ran.err
    assert message in ran.err
    assert hint in ran.err
    shaped = json.loads(files("cuts", "plant.nn.yaml", *words, "--report", "json").out)
    assert shaped["diagnostics"][0]["code"] == code
    assert shaped.keys() == SCHEMAS["cuts"]()["properties"].keys()
    assert files("cuts", "plant.nn.yaml", *words, "--exit-zero").code == 0


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 0, "NNC511"),
        ("part,p\nvalve,1\n", 1, "NNC511"),
        ("name,probability\nvalve\n", 2, "NNC506"),
        ("name,probability\n\nvalve,1\n", 2, "NNC507"),
        ('name,probability\n"valve,1\n', 2, "NNC508"),
        ("name,probability\nvalve,1\nvalv,1\n", 3, "NNC301"),
        ("name,probability\nvalve,-1\n", 2, "NNC504"),
    ],
)
def test_tables_with_mistakes(files: Nnc, text: str, line: int, code: str) -> None:
    Path("parts.csv").write_text(text)
    ran = files("cuts", "plant.nn.yaml", "lost", "--probability", "parts.csv")
    assert ran.code == 1
    assert f"error[{code}]" in ran.err
    assert (f"--> parts.csv:{line}:1" if line else "--> parts.csv\n") in ran.err


def test_a_single_probability_goes_before_the_table(files: Nnc) -> None:
    words = ("cuts", "plant.nn.yaml", "lost", "--probability", "pump_a=0", "--report", "json")
    told = json.loads(files(*words, "--probability", "parts.csv").out)
    Path("parts.csv").write_text(
        "".join(
            "pump_a,0\n" if line.startswith("pump_a,") else line
            for line in Path("parts.csv").read_text().splitlines(keepends=True)
        )
    )
    words = ("cuts", "plant.nn.yaml", "lost", "--report", "json", "--probability", "parts.csv")
    assert told == json.loads(files(*words).out)


def test_a_table_that_is_not_text(files: Nnc) -> None:
    Path("parts.csv").write_bytes(b"name,probability\n\xff,1\n")
    ran = files("cuts", "plant.nn.yaml", "lost", "--probability", "parts.csv")
    assert (ran.code, "byte 18 is not UTF-8" in ran.err) == (1, True)
    assert files("cuts", "plant.nn.yaml", "lost", "--probability", "no.csv").code == 2


def test_numbers_are_refused(nnc: Nnc) -> None:
    Path("mail.nn.yaml").write_text(MAIL)
    ran = nnc("cuts", "mail.nn.yaml", "flags(0)")
    assert ran.code == 1
    assert "`flags(0)` depends on `links`, which is an integer" in ran.err
    for output, words in (("flags", "is a bus of 2"), ("points", "is a sum"),
                          ("verdict", "is a level")):  # fmt: skip
        assert words in nnc("cuts", "mail.nn.yaml", output).err


def test_numbers_that_do_not_matter(nnc: Nnc) -> None:
    inputs = "{a: bit, b: bit(2), n: {type: integer, min: 3}, c: {type: choice, of: [x, y]}}"
    net = f"""\
nnc: 1
inputs: {inputs}
neurons:
  s: {{weights: {{a: 1, b: [2, 1]}}, threshold: 3, fires: at_least}}
  m: {{weights: {{n: 1, c.x: 1}}, threshold: 3}}
outputs: {{o: [s, m]}}
"""
    ran = nnc("cuts", "-", "o(0)", "--probability", "a=.5", "--probability", "b=.5",
              stdin=net.encode())  # fmt: skip
    assert ran.code == 0
    assert "0.25         a, b(0)" in ran.out
    assert nnc("cuts", "-", "o(1)", stdin=net.encode()).code == 1


def test_bits_with_other_states(nnc: Nnc) -> None:
    net = (b"nnc: 1\nstates: [-1, 1]\nfires: at_least\ninputs: [a, b]\n"
           b"neurons: {n: {weights: {a: 1, b: 1}, threshold: 2}}\noutputs: [n]\n"
           b"assume: [{always: {b: 1}, when: {a: -1}}]\n")  # fmt: skip
    assert nnc("cuts", "-", stdin=net).out.endswith("\na, b\n")
    assert nnc("cuts", "-", "--paths", stdin=net).out.count("\n") > 4


def test_the_event_is_the_value_1_and_not_that_the_neuron_fires(nnc: Nnc) -> None:
    net = (b"nnc: 1\nfires: at_least\ninputs: {a: bit, b: {type: bit, states: [1, 0]}}\n"
           b"neurons: {n: {weights: {a: 1, b: 1}, threshold: 2, states: [1, 0]}}\n"
           b"outputs: [n]\n")  # fmt: skip
    ran = nnc("cuts", "-", "--probability", "a=0.1,b=0.2", stdin=net)
    assert ran.out.startswith("n = 1: 2 prime implicants of 2 inputs\n")
    assert "\nprobability of n = 1: 0.98\n" in ran.out
    assert "not a\n" in ran.out
    assert nnc("cuts", "-", "--paths", stdin=net).out.endswith("\na, b\n")
    never = net.replace(b"[1, 0]}}", b"[2, 0]}}")
    assert "`n` is 2 or 0, never 1" in nnc("cuts", "-", stdin=never).err


def test_a_bus_in_an_assumption(nnc: Nnc) -> None:
    net = (b"nnc: 1\nfires: at_least\ninputs: {a: bit(3)}\n"
           b"neurons: {n: {wiring: a, threshold: 2}}\noutputs: [n]\n"
           b"assume: [{always: {a: 0..4|6}}]\n")  # fmt: skip
    out = nnc("cuts", "-", stdin=net).out
    assert out.endswith("\na(0), a(1)\na(1), a(2)\n")


def test_usage(files: Nnc) -> None:
    ran = files("cuts", "plant.nn.yaml", "lost", "--probability", "=0.5")
    assert (ran.code, "write NAME=P, such as pump_a=0.001" in ran.err) == (2, True)
    ran = files("cuts", "plant.nn.yaml", "lost", "--probability", "0.01")
    assert (ran.code, "0.01: write NAME=P, such as pump_a=0.001, or a CSV" in ran.err) == (2, True)
    ran = files("cuts", "plant.nn.yaml", "lost", "--probability", "a.csv", "--probability", "b.csv")
    assert (ran.code, "there is one file, a.csv" in ran.err) == (2, True)
    assert files("cuts", "-", "lost", "--probability", "-").code == 2
    assert files("cuts", "no.nn.yaml", "lost").code == 2


def test_every_line_that_is_wrong_is_told(files: Nnc) -> None:
    lines = [
        "name,probability",
        "pump_a,1.5",
        "pumpb,0.1",
        "grid",
        "diesel,x",
        '"valve,1',
        "",
        "a,1",
        ",1",
    ]
    Path("wrong.csv").write_text("\n".join(lines))
    words = ("cuts", "plant.nn.yaml", "lost", "--probability", "wrong.csv", "--report", "json")
    told = json.loads(files(*words).out)["diagnostics"]
    assert [(each["line"], each["name"]) for each in told] == [
        (2, "bad-value"), (3, "unknown-source"), (4, "row-length"), (5, "not-a-number"),
        (6, "bad-quoting"), (7, "blank-line"), (8, "unknown-source"),
        (9, "unknown-source"),
    ]  # fmt: skip


def test_empty_rows_of_a_spreadsheet_at_the_end_of_a_table_are_blank(files: Nnc) -> None:
    table = "name,probability\npump_a,0.1\npump_b,0.1\ngrid,0.1\ndiesel,0.1\nvalve,0.1\n"
    words = ("cuts", "plant.nn.yaml", "lost", "--probability", "sheet.csv")
    Path("sheet.csv").write_text(table)
    plain = files(*words)
    Path("sheet.csv").write_text(f"{table},\n,\n")
    assert files(*words) == plain
    Path("sheet.csv").write_text(f"{table},\ngrid,0.2\n")
    assert "sheet.csv:7:1" in files(*words).err
    assert "there is a blank line" in files(*words).err

"""`nnc eval --expected`: how many rows are as a column says."""

from pathlib import Path

import pytest

from tests.support.running import Nnc, rules

NETWORK = """\
nnc: 1
fires: at_least
inputs: {a: {type: integer, min: 0, max: 9}, v: bit(4)}
neurons:
  n: {weights: {a: 1}, thresholds: {some: 2, many: 5}}
  halved: {weights: {a: 0.5}, threshold: 1}
outputs: {size: {level: n, labels: [few, some, many]}, half: {sum: halved}, some: n.some, v: v,
          halves: [n.some, n.many]}
"""
ROWS = "a,v,is,half,v1,b\n0,1,few,0,0,False\n2,2,many,1.00,1,True\n7,3,tiny,7/2,1,1\n9,0,,3,0,0\n"


@pytest.fixture(autouse=True)
def _files(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    Path("n.nn.yaml").write_text(NETWORK)
    Path("rows.csv").write_text(ROWS)


def expected(nnc: Nnc, *columns: str, more: tuple[str, ...] = ()) -> tuple[int, str]:
    options = [option for column in columns for option in ("--expected", column)]
    ran = nnc("eval", "n.nn.yaml", "rows.csv", *options, *more)
    return ran.code, ran.out


def test_labels_are_compared_as_texts(nnc: Nnc) -> None:
    assert expected(nnc, "is=size") == (0, """\
is = size: 1 of 3 rows right (33.3 %)
1 row without an expected value
never an output of the network, yet expected: `tiny`

expected \\ got   few   some   many   tiny
─────────────────────────────────────────
few                1      ·      ·      ·
some               ·      ·      ·      ·
many               ·      1      ·      ·
tiny               ·      ·      1      ·

row   expected   got
─────────────────────
  2   many       some
  3   tiny       many
""")  # fmt: skip


def test_numbers_are_compared_exactly(nnc: Nnc) -> None:
    code, out = expected(nnc, "half")
    assert code == 0
    assert out.startswith("half: 3 of 4 rows right (75.0 %)\n")
    assert out.endswith("  4   3          4.5\n")


def test_bits_and_elements_of_buses(nnc: Nnc) -> None:
    _, out = expected(nnc, "v1=v(1)", "b=some", "v=v", "a=halves")
    # the column v1 is bit 1 of v in every row; row 4 has a = 9, which fires, where False stands
    firsts = [line for line in out.splitlines() if " right " in line]
    assert firsts == [
        "v1 = v(1): 4 of 4 rows right (100.0 %)",
        "b = some: 3 of 4 rows right (75.0 %)",
        "v: 4 of 4 rows right (100.0 %)",
        "a = halves: 1 of 4 rows right (25.0 %)",
    ]


def test_the_exit_code_is_1_only_if_asked(nnc: Nnc) -> None:
    assert expected(nnc, "half", more=("--exit-code",))[0] == 1
    assert expected(nnc, "v", more=("--exit-code",))[0] == 0


@pytest.mark.parametrize("rows", ["a,v,is\n", "a,v\n", "a,v,is\n0,1,\n"])
def test_nothing_compared_is_not_all_right(nnc: Nnc, rows: str) -> None:
    Path("rows.csv").write_text(rows)
    ran = nnc("eval", "n.nn.yaml", "rows.csv", "--expected", "is=size", "--exit-code")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("is = size: 0 of 0 rows right\n")


def test_cells_are_written_as_those_of_inputs(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a;v;half;is\n7;1;3,5;many\n0;1;NA;few\n0;1;0,50;NA\n")
    run = ("eval", "n.nn.yaml", "rows.csv", "--decimal", ",", "--na", "NA")
    ran = nnc(*run, "--expected", "half", "--expected", "is=size")
    without = "1 row without an expected value"
    assert [line for line in ran.out.splitlines() if " row" in line] == [
        "half: 1 of 2 rows right (50.0 %)",
        without,
        "is = size: 2 of 2 rows right (100.0 %)",
        without,
    ]
    Path("rows.csv").write_text("a;v;half\n7;1;3.5\n")
    ran = nnc(*run, "--expected", "half")
    assert (ran.code, rules(ran.err)) == (1, ["not-a-number"])
    assert "column `half`: `3.5` has a point; the decimal point is a comma here" in ran.err


def test_a_word_for_a_bit_says_how_outputs_have_words(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,v,some\n1,1,yes\n")
    ran = nnc("eval", "n.nn.yaml", "rows.csv", "--expected", "some")
    assert (ran.code, rules(ran.err)) == (1, ["boolean-as-number"])
    assert (
        "= help: write 0 or 1, or give output `some` labels: {level: …, labels: [no, yes]}"
        in ran.err
    )


@pytest.mark.parametrize(
    ("column", "code", "message"),
    [
        ("iss=size", 1, "there is no column `iss` to compare"),
        ("iss=size", 1, "did you mean `is`?"),
        ("is=siz", 2, "`siz` is not an output; did you mean `size`?"),
        ("is=v(9)", 2, "there is no element `v(9)`; `v` has the elements v(0) to v(3)"),
        ("is=half(0)", 2, "there is no element `half(0)`; write `half`"),
        ("is=half", 1, "column `is`: expected a number, found `few`"),
        ("is=half", 1, "--> rows.csv:2:5"),
    ],
)
def test_what_cannot_be_compared(nnc: Nnc, column: str, code: int, message: str) -> None:
    ran = nnc("eval", "n.nn.yaml", "rows.csv", "--expected", column)
    assert (ran.code, ran.out) == (code, "")
    assert message in " ".join(ran.err.split())


def test_a_bus_of_numbers_is_compared_by_element(nnc: Nnc) -> None:
    Path("b.nn.yaml").write_text("nnc: 1\ninputs: {w: integer(2), x: bit}\noutputs: {w: w}\n")
    Path("b.csv").write_text("w(0),w(1),x,y\n1,2,0,2\n")
    ran = nnc("eval", "b.nn.yaml", "b.csv", "--expected", "y=w")
    assert ran.code == 2
    assert "`w` is a bus, not one value; name one of the elements w(0) to w(1)" in " ".join(
        ran.err.split()
    )
    ran = nnc("eval", "b.nn.yaml", "b.csv", "--expected", "y=w(1)")
    assert ran.out.startswith("y = w(1): 1 of 1 row right (100.0 %)\n")


@pytest.mark.parametrize("form", ["json", "jsonl", "parquet"])
def test_rows_of_any_format(nnc: Nnc, form: str) -> None:
    run = ["eval", "n.nn.yaml", "rows.csv", "--with-inputs", "-o", f"all.{form}"]
    assert nnc(*run).code == 0
    Path("same.nn.yaml").write_text(NETWORK.replace("size:", "kind:"))
    ran = nnc("eval", "same.nn.yaml", f"all.{form}", "--expected", "size=kind")
    assert ran.out.startswith("size = kind: 4 of 4 rows right (100.0 %)\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--expected", "a"], "--expected compares a column of a file; name ROWS"),
        (["rows.csv", "--exit-code"], "--exit-code is about rows as expected: add --expected"),
        (["rows.csv", "--expected", "v", "--expected", "v"], "--expected v appears twice"),
        (["rows.csv", "--expected", "half", "-o", "x.txt", "--to", "csv"], "use table or json"),
        (["rows.csv", "--expected", "half", "--trace"], "--trace shows rows, --expected counts"),
        (["rows.csv", "--expected", "half", "--count"], "--count and --expected each count rows"),
        (["rows.csv", "--expected", "half", "--row", "1"], "compares all rows; remove --row"),
        (["rows.csv", "--expected", "half", "--on-error", "skip"], "so none can be skipped"),
        (["rows.csv", "--expected", "half", "--extra", "keep"], "remove --extra keep"),
        (["rows.csv", "--expected", "half", "--bits"], "remove --bits, --with-inputs and --flush"),
        (["rows.csv", "--expected", "half", "--to", "csv"], "cannot be written as csv; use table"),
        (["rows.csv", "--expected", "half", "--numbers", "float"], "--numbers goes with rows"),
    ],
)
def test_wrong_use(nnc: Nnc, arguments: list[str], message: str) -> None:
    ran = nnc("eval", "n.nn.yaml", *arguments)
    assert (ran.code, ran.out, rules(ran.err)) == (2, "", [])
    assert message in " ".join(ran.err.split())


def test_names_and_values_are_printable(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,v,\x1b[2J\n0,1,\x1b[1mbad\n")
    _, out = expected(nnc, "\x1b[2J=size")
    assert "\x1b" not in out
    assert r"\x1b[1mbad" in out

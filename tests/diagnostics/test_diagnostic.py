"""What can be wrong: the table of rules, the texts of a diagnostic, near misses."""

import pickle

import pytest

import nnc
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    NncError,
    Span,
    closest,
    did_you_mean,
    format_path,
    in_file,
    in_file_order,
)

HERE = Span(3, 5, 3, 8)


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (Diagnostic("tab", "a tab"), "error[NNC005] tab: a tab"),
        (Diagnostic("tab", "a tab", file="x"), "x: error[NNC005] tab: a tab"),
        (Diagnostic("tab", "a", file="x", span=HERE), "x:3:5: error[NNC005] tab: a"),
        (Diagnostic("never-fires", "n", ("neurons", "a")),
         "neurons.a: warning[NNC701] never-fires: n"),
        (Diagnostic("sum-can-equal-threshold", "n", ("cases", 2, "given")),
         "cases[2].given: note[NNC707] sum-can-equal-threshold: n"),
    ],
)  # fmt: skip
def test_one_line(one: Diagnostic, text: str) -> None:
    assert str(one) == text


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        ("hold it constant: --set age=…", 'hold it constant: fixed={"age": …}'),
        ("hold some constant with --set, or give rows", "hold some constant with `fixed`, or"),
        ("give --positive q, or the other", 'give positive="q", or the other'),
        ("weigh it with --cost miss=9, or", 'weigh it with cost={"miss": 9}, or'),
        ("allow more --terms or --cutoffs", "allow more `terms` or `cutoffs`"),
        ("`--rejects FILE` keeps it", 'rejects="FILE" keeps it'),
        ("allow more work with --budget 40", "allow more work with budget=40"),
        ("`git fetch --unshallow` gets them", "`git fetch --unshallow` gets them"),
    ],
)
def test_hints_name_arguments_in_errors_of_python(hint: str, text: str) -> None:
    one = Diagnostic("bad-value", "a", help=hint)
    assert f"= help: {text}" in str(NncError([one]))
    assert f"= help: {hint}" in one.in_full()


def test_severity() -> None:
    assert Diagnostic("cycle", "").is_error
    assert not Diagnostic("zero-weight", "").is_error
    assert Diagnostic("cycle", "").about.code == "NNC306"


def test_paths_are_written_as_people_do() -> None:
    assert format_path(("neurons", "sum", "weights", "a")) == "neurons.sum.weights.a"
    assert format_path(("cases", 2, "given")) == "cases[2].given"
    assert format_path(()) == ""


def test_order() -> None:
    later = Diagnostic("tab", "2", file="a", span=Span(10, 1, 10, 2))
    sooner = Diagnostic("cycle", "1", file="a", span=Span(9, 40, 9, 41))
    other = Diagnostic("tab", "3", file="b", span=Span(1, 1, 1, 2))
    nowhere = Diagnostic("tab", "0", file="a")
    assert in_file_order([other, later, nowhere, sooner]) == [nowhere, sooner, later, other]


def test_the_file_is_named_once() -> None:
    named = in_file("b", [Diagnostic("tab", "", file="a"), Diagnostic("tab", "")])
    assert [one.file for one in named] == ["a", "b"]


def test_errors_carry_every_diagnostic() -> None:
    error = InvalidNetworkError([Diagnostic("tab", "x", help="z"), Diagnostic("cycle", "y")])
    assert str(error) == (
        "error[NNC005] tab: x\n   = help: z   (nnc explain NNC005)\n\n"
        "error[NNC306] cycle: y\n   = see: nnc explain NNC306"
    )
    assert len(error.diagnostics) == 2
    for kind in (nnc.InvalidNetworkError, nnc.InvalidRowsError, nnc.FileError):
        assert issubclass(kind, NncError)


def test_an_error_prints_as_the_commands_do() -> None:
    with pytest.raises(nnc.InvalidNetworkError) as caught:
        nnc.loads(
            "nnc: 1\ninputs: [a]\nneurons: {n: {weights: {x: 1}, threshold: 0}}\noutputs: [n]"
        )
    assert str(caught.value) == (
        "error[NNC301] unknown-source: neuron `n` reads `x`, which is neither an input nor a "
        "neuron\n"
        "  --> <text>:3:25\n"
        "   |\n"
        " 3 | neurons: {n: {weights: {x: 1}, threshold: 0}}\n"
        "   |                         ^ not declared\n"
        "   = help: declare it under `inputs` or `neurons`   (nnc explain NNC301)"
    )
    assert caught.type.__module__ == "nnc"


def test_of_many_diagnostics_an_error_prints_twenty() -> None:
    error = InvalidNetworkError([Diagnostic("tab", f"x{i}") for i in range(2000)])
    assert str(error).count("error[NNC005]") == 20
    assert str(error).endswith("\n\nand 1,980 more, in `diagnostics`")
    assert len(error.diagnostics) == 2000


def test_an_error_can_be_sent_to_another_process() -> None:
    error = InvalidNetworkError([Diagnostic("tab", "x", ("a", 1))])
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.diagnostics) == (InvalidNetworkError, error.diagnostics)


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("threshhold", ["threshold", "thresholds"], "threshold"),
        ("wieghts", ["weights", "wiring"], "weights"),
        ("A", ["a", "b"], "a"),
        ("x3", ["x1", "x2"], "x1"),
        ("x", ["y"], None),
        ("completely", ["different"], None),
        ("SUM", ["sums", "sum"], "sum"),
        ("Straße", ["strasse"], "strasse"),
        ("", ["a"], None),
        ("a" * 300, ["a" * 300], None),
        ("hidden_layer", [], None),
    ],
)
def test_closest(name: str, known: list[str], found: str | None) -> None:
    assert closest(name, known) == found


def test_did_you_mean() -> None:
    assert did_you_mean("al", ["all", "any"]) == "did you mean `all`?"
    assert did_you_mean("zzz", ["all"], "write `all`") == "write `all`"
    assert did_you_mean("zzz", ["all"]) == ""


def test_a_typo_among_100_000_names_is_found_soon() -> None:
    known = [f"neuron_{i}" for i in range(100_000)]
    assert closest("neurom_99", known) == "neuron_99"
    assert closest("nueron_31415", known) is not None

"""What a message advises: followed as it stands, it fixes the mistake and changes nothing else."""

from pathlib import Path

import pytest

import nnc
from nnc.cli.main import run
from nnc.opening.checking import check
from nnc.rows.formats import format_of


def helps(text: str) -> list[str | None]:
    return [one.help for one in check(text.encode(), "f").diagnostics if one.is_error]


def _network(neuron: str, place: str = "neurons", inputs: str = "[a, b]") -> str:
    return f"nnc: 1\nfires: above\ninputs: {inputs}\n{place}: {{n: {{{neuron}}}}}\noutputs: [n]\n"


IS_NEGATIVE = "a bias is the negative threshold: write "


@pytest.mark.parametrize(
    ("neuron", "help_"),
    [
        ("weights: {a: 1, b: 1}, bias: -1.5", IS_NEGATIVE + "`threshold: 1.5`"),
        ("weights: {a: 1, b: 1}, bias: 1e-3", IS_NEGATIVE + "`threshold: -1e-3`"),
        ("weights: {a: 1, b: 1}, bias: -1/3", IS_NEGATIVE + "`threshold: 1/3`"),
        ("weights: {a: 1, b: 1}, bias: -1.50", IS_NEGATIVE + "`threshold: 1.50`"),
        ("weights: {a: 1, b: 1}, bias: 0", IS_NEGATIVE + "`threshold: 0`"),
        ("weights: {a: 1, b: 1}, biases: 2", IS_NEGATIVE + "`threshold: -2`"),
        ("weights: {a: 1, b: 1}, bias: x", IS_NEGATIVE + "`threshold` with the opposite sign"),
        ("weights: {a: 1, b: 1}, bias: [1]", IS_NEGATIVE + "`threshold` with the opposite sign"),
        (
            "weights: {a: 1, b: 1}, threshold: 2, bias: -1/2",
            "a bias is subtracted from the threshold: write `threshold: 2.5` without it",
        ),
        (
            "weights: {a: 1, b: 1}, thresholds: {p: 1}, bias: 2",
            "a bias is subtracted from each threshold: do so, and remove it",
        ),
        ("wiring: [a, b], fires: all, bias: 2", "`all` and `any` look at bits alone: remove it"),
    ],
)
def test_a_bias_is_the_negative_threshold(neuron: str, help_: str) -> None:
    assert helps(_network(neuron)) == [help_]


@pytest.mark.parametrize(
    ("layer", "help_"),
    [
        ("weights: [[1, 1]], bias: [-1.5]", IS_NEGATIVE + "`thresholds: [1.5]`"),
        ("weights: [[1, 1], [0, 1]], biases: [-1, 2]", IS_NEGATIVE + "`thresholds: [1, -2]`"),
        ("size: 2, bias: 3", IS_NEGATIVE + "`thresholds: -3`"),
        ("size: 2, bias: {file: x.npy}", IS_NEGATIVE + "`thresholds` with the opposite sign"),
        (
            "size: 2, thresholds: 3, bias: 1",
            "a bias is subtracted from the threshold: write `thresholds: 2` without it",
        ),
    ],
)
def test_the_bias_of_a_layer(layer: str, help_: str) -> None:
    assert helps(_network(f"wiring: [a, b], {layer}", "layers")) == [help_]


@pytest.mark.parametrize(
    ("threshold", "help_"),
    [
        ("threshold: '>= 2'", "write `threshold: 2` and `fires: at_least`"),
        ("threshold: '<-0.5'", "write `threshold: -0.5` and `fires: below`"),
        ("threshold: ≥ 2", "write `threshold: 2` and `fires: at_least`"),
        ("threshold: '=> 2'", "write `threshold: 2` and `fires: at_least`"),
        ("threshold: above 2", "write `threshold: 2` and `fires: above`"),
    ],
)  # fmt: skip
def test_a_threshold_in_another_form(threshold: str, help_: str) -> None:
    assert helps(_network(f"weights: {{a: 1, b: 1}}, {threshold}")) == [help_]


@pytest.mark.parametrize(
    ("span", "start"), [("0-8", "0"), ("92..93", "92"), ("35.1 – 36.0", "35.1"), ("-3--1", "-3")]
)
def test_a_step_is_not_a_range(span: str, start: str) -> None:
    inputs = "{a: real}"
    network = _network(f"weights: {{a: {{{span}: 3, 99: 1}}}}, threshold: 1", inputs=inputs)
    (mistake,) = check(network.encode(), "f").errors
    assert mistake.message == (
        f"`neurons.n.weights.a.{span}`: expected the number at which a step begins, found `{span}`"
    )
    assert mistake.help == (
        f"write `{start}: 3`: a step begins at its lower end and lasts until the next"
    )


def test_the_values_of_a_choice_are_not_steps() -> None:
    network = _network("weights: {a: {web: 1, shop: 2}, b: 1}, threshold: 1")
    (mistake,) = check(network.encode(), "f").errors
    assert mistake.message == (
        "`neurons.n.weights.a`: expected numbers, at which steps begin, found `web`"
    )
    assert mistake.help == (
        "a value of a choice is a source itself: write `a.web: …` among the weights"
    )


SCORE = """\
nnc: 1
fires: above
inputs: [a, b]
neurons: {score: {weights: {a: 1, b: 2}, thresholds: {maybe: 0, spam: 2}}}
outputs: {%s}
"""


@pytest.mark.parametrize(
    ("outputs", "unread"),
    [
        ("spam: score.spam", ["maybe"]),
        ("spam: score.spam, sum: {sum: score}", ["maybe"]),
        ("first: 'score(0)'", ["spam"]),
        ("sum: {sum: score}", ["maybe", "spam"]),
        ("largest: {largest: [score]}", ["maybe", "spam"]),
        ("both: score", []),
        ("level: {level: score}", []),
        ("slice: 'score(0:2)'", []),
        ("spam: score.spam, maybe: score.maybe", []),
        ("a: a, b: b", None),
    ],
)
def test_a_threshold_that_nothing_reads(outputs: str, unread: list[str] | None) -> None:
    found = check((SCORE % outputs).encode(), "f").diagnostics
    if unread is None:
        assert [one.rule for one in found] == ["unused-neuron"]
        return
    assert [one.message for one in found] == [
        f"nothing reads the threshold `score.{port}`" for port in unread
    ]
    assert [one.help for one in found] == [
        f"read it as `score.{port}`, or remove it" for port in unread
    ]


def test_a_threshold_is_read_by_neurons_layers_and_parts(tmp_path: Path) -> None:
    used = "nnc: 1\ninputs: [x]\noutputs: [x]\n"
    (tmp_path / "u.nn.yaml").write_text(used)
    for reader in (
        "neurons: {%s, n: {wiring: [score.maybe], fires: any}}\noutputs: {n: n",
        "neurons: {%s}\nlayers: {n: {wiring: score.maybe, size: 1, thresholds: 0}}\noutputs: {n: n",
        "parts: {p: {use: u.nn.yaml, wiring: {x: score.maybe}}}\nneurons: {%s}\noutputs: {n: p.x",
    ):
        score = "score: {weights: {a: 1, b: 2}, thresholds: {maybe: 0, spam: 2}}"
        text = "nnc: 1\nfires: above\ninputs: [a, b]\n" + reader % score + ", spam: score.spam}\n"
        path = tmp_path / "net.nn.yaml"
        path.write_text(text)
        assert nnc.check_file(str(path)).diagnostics == []


def test_an_unread_threshold_is_ignored_where_that_is_written() -> None:
    ignored = (
        "neurons:\n  score:\n    weights: {a: 1, b: 2}\n    thresholds:\n"
        "      maybe: 0  # nnc: ignore[unused-threshold] as published\n      spam: 2\n"
    )
    text = f"nnc: 1\nfires: above\ninputs: [a, b]\n{ignored}outputs: {{spam: score.spam}}\n"
    assert check(text.encode(), "f").diagnostics == []


XOR = "nnc: 1\ninputs: [a]\noutputs: [a]\n"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("xr.nn.yaml", "xor.nn.yaml"),
        ("xor.nn.yml", "xor.nn.yaml"),
        ("xor.nn.yam", "xor.nn.yaml"),
        ("xor.nnyaml", "xor.nn.yaml"),
        ("xor.ymal", "xor.yaml"),
        ("xor", "xor.yaml"),
        ("XOR.NN.YAML", "xor.nn.yaml"),
        ("fa.nn.yam", "fa.nn.yaml"),
        ("full_ader.nn.yaml", "full_adder.nn.yaml"),
        ("rows.cvs", "rows.csv"),
        ("row.csv", "rows.csv"),
        ("hiden.npy", "hidden.npy"),
        ("quite_other.nn.yaml", None),
        ("rows.parquet", None),
    ],
)
def test_the_file_that_was_meant(
    written: str, meant: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For every path that a user gives: to commands, and in `use`, `extends`, weights and cases."""
    monkeypatch.chdir(tmp_path)
    for name in ("xor.nn.yaml", "xor.yaml", "fa.nn.yaml", "full_adder.nn.yaml"):
        (tmp_path / name).write_text(XOR)
    for name in ("rows.csv", "rows.json", "hidden.npy"):
        (tmp_path / name).write_text("a\n1\n")
    (tmp_path / "xr").mkdir()
    expected = [f"did you mean `{meant}`?" if meant else None]
    with pytest.raises(nnc.FileError) as error:
        nnc.check_file(written)
    assert [one.help for one in error.value.diagnostics] == expected
    wrote = {
        "use": "nnc: 1\ninputs: [a]\nparts: {p: {use: %s, wiring: {a: a}}}\noutputs: [a]\n",
        "extends": "nnc: 1\nextends: %s\n",
        "case": "nnc: 1\ninputs: [a]\noutputs: [a]\ncases: [{file: %s}]\n",
        "weights": "nnc: 1\ninputs: [a]\nlayers: {h: {wiring: a, thresholds: 0, weights: "
        "{file: %s}}}\noutputs: [a]\n",
    }
    for reader, text in wrote.items():
        if reader == "weights" and not written.endswith(".npy"):
            continue
        found = check((text % written).encode(), "net.nn.yaml", path=tmp_path / "net.nn.yaml")
        (help_,) = [one.help for one in found.diagnostics if one.rule == "cannot-open"]
        if meant:
            assert help_ == expected[0]
        else:
            assert "did you mean" not in (help_ or "")


def test_a_file_that_was_meant_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "rows.csv").write_text("a\n1\n")
    text = "nnc: 1\ninputs: [a]\noutputs: [a]\ncases: [{file: sub/row.csv}]\n"
    found = check(text.encode(), "net.nn.yaml", path=tmp_path / "net.nn.yaml").diagnostics
    assert [one.help for one in found] == ["did you mean `sub/rows.csv`?"]


def _many(count: int) -> nnc.Network:
    return nnc.Network(inputs=[f"i{k}" for k in range(count)], outputs={"o": "i0"})


def test_all_missing_inputs_are_one_mistake() -> None:
    with pytest.raises(nnc.InvalidRowsError) as error:
        nnc.evaluate(_many(9), {"i0": 1})
    (told,) = error.value.diagnostics
    assert told.message == (
        "8 inputs have no value and no default: `i1`, `i2`, `i3`, `i4`, `i5`, `i6`, `i7`, `i8`"
    )
    assert told.help == "add a value for each"
    with pytest.raises(nnc.InvalidRowsError) as error:
        nnc.evaluate(_many(900), {"i0": 1})
    (told,) = error.value.diagnostics
    assert told.message.startswith("899 inputs have no value and no default: `i1`, ")
    assert told.message.endswith("`i8` and 891 more")


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("r.csv", "i0\n1\n", "2 inputs have no column and no default: `i1`, `i2`"),
        ("r.json", '[{"i0": 1}]', "2 inputs have no key and no default: `i1`, `i2`"),
        ("r.jsonl", '{"i0": 1}\n', "2 inputs have no key and no default: `i1`, `i2`"),
    ],
)
def test_missing_columns_and_keys_are_one_mistake(
    name: str, rows: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = tmp_path / "net.nn.yaml"
    net.write_text("nnc: 1\ninputs: [i0, i1, i2]\noutputs: [i0]\n")
    (tmp_path / name).write_text(rows)
    assert run(["eval", str(net), str(tmp_path / name), "--report", "concise"]) == 1
    told = capsys.readouterr()
    assert f": {message} (" in told.out + told.err
    assert "1 error in 1 file" in told.out + told.err


def told(text: str) -> list[str]:
    """Give each message with its help."""
    return [f"{one.message} | {one.help}" for one in check(text.encode(), "f").diagnostics]


DIMENSION = "a bus has one dimension"


def test_what_beginners_write_in_a_neuron() -> None:
    for neuron, mistake in (
        ("inputs: {a: 1, b: 1}, threshold: 1",
         "a neuron has no key `inputs` | did you mean `weights`?"),
        ("inputs: [a, b], threshold: 1", "a neuron has no key `inputs` | did you mean `wiring`?"),
        ("weights: {a: 1, b: 1}, threshold: 1, activation: step",
         "a neuron has no key `activation` | did you mean `fires`?"),
        ("weights: [1, 1], threshold: 1",
         ("weights by position need `wiring` | "
         "add `wiring: [a, b]`, or write weights: {a: 1, b: 1}")),
    ):  # fmt: skip
        assert told(_network(neuron)) == [mistake]


@pytest.mark.parametrize("place", ["neurons", "layers", "parts"])
def test_declarations_go_by_name(place: str) -> None:
    for listed, name in (("{name: out, weights: {a: 1}}", "out"), ("{weights: {a: 1}}", "name")):
        assert told(f"nnc: 1\ninputs: [a]\n{place}: [{listed}]\noutputs: [a]\n") == [
            (
                f"`{place}`: expected a mapping, found a list | "
                f"{place} go by name: write `{place}: {{{name}: {{…}}}}`"
            )
        ]


def test_the_largest_is_called_so() -> None:
    text = _network("weights: {a: 1, b: 1}, threshold: 1").replace("[n]", "{n: {argmax: [n]}}")
    assert told(text) == ["an output has no key `argmax` | did you mean `largest`?"]


@pytest.mark.parametrize(
    ("output", "mistake"),
    [
        (
            "{largest: [n]}",
            (
                "output `o`: expected the place of the largest, which is 0 to 0, found `L` | "
                "write a number, or give `o` the `labels` you mean"
            ),
        ),
        (
            "{level: n}",
            (
                "output `o`: expected a level 0 to 1, found `L` | write a number, or give `o` the "
                "`labels` you mean"
            ),
        ),
    ],
)
def test_a_label_that_no_output_has(output: str, mistake: str) -> None:
    text = _network("weights: {a: 1, b: 1}, threshold: 1").replace("[n]", f"{{o: {output}}}")
    case = "cases: [{given: {a: 1, b: 1}, expect: {o: L}}]\n"
    assert told(text + case) == [mistake]


def test_a_threshold_that_the_sum_only_reaches_is_told_once() -> None:
    """The trap of every beginner: AND with the threshold 2, and no rule written."""
    inputs = "nnc: 1\ninputs: [a, b]\nneurons: {n: {weights: {a: 1, b: 1}, "
    assert told(inputs + "threshold: 2}}\noutputs: [n]\n") == [
        (
            "`n` can never fire: its greatest sum is 2, its threshold 2 | write `fires: at_least` "
            "if it should fire when they are equal"
        )
    ]
    assert told(inputs + "threshold: 0, fires: below}}\noutputs: [n]\n") == [
        (
            "`n` can never fire: its least sum is 0, its threshold 0 | write `fires: at_most` if "
            "it should fire when they are equal"
        )
    ]
    assert told(inputs + "threshold: 3}}\noutputs: [n]\n") == [
        (
            "`n` can never fire: its greatest sum is 2, its threshold 3 | "
            "check the weights and the threshold"
        )
    ]


def test_rows_that_are_no_rows_yet() -> None:
    network = nnc.Network(
        inputs={"ward": {"type": "choice", "of": ["icu", "er"]}, "b": "bit(9)"},
        outputs={"b": "b", "ward": "ward"},
    )
    with pytest.raises(nnc.InvalidRowsError) as error:
        nnc.evaluate(network, {"ward.icu": 1, "b": "0b111010010"})
    assert [one.help for one in error.value.diagnostics] == [
        "`ward` is a choice: give `ward` the value `icu`",
        "write 466, of which element 0 is the last digit; if it is the first, write 151",
    ]
    for name in ("ward.ic", "ward(0)"):
        with pytest.raises(nnc.InvalidRowsError) as error:
            nnc.evaluate(network, {name: 1, "b": 5})
        assert [one.help for one in error.value.diagnostics] == [
            "`ward` is a choice: give `ward` the value `icu` or `er`"
        ]
    with pytest.raises(nnc.InvalidRowsError) as error:
        nnc.evaluate(network, {"ward": "er", "b": "0b101"})
    assert [one.help for one in error.value.diagnostics] == ["write 5"]


def test_a_directory_holds_no_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = tmp_path / "net.nn.yaml"
    net.write_text(XOR)
    assert run(["eval", str(net), str(tmp_path)]) == 2
    told = "Error: name the folder of the results with -o out/, or give --count\n"
    assert capsys.readouterr().err.endswith(told)


@pytest.mark.parametrize("name", ["rows.xlsx", "rows.XLS", "rows.ods"])
def test_a_spreadsheet(name: str) -> None:
    with pytest.raises(nnc.InvalidRowsError) as error:
        format_of(name)
    (one,) = error.value.diagnostics
    assert (one.message, one.help) == (
        "a spreadsheet is not a format of rows",
        "save the sheet as CSV, with commas between the cells",
    )
    with pytest.raises(nnc.InvalidRowsError) as error:
        format_of(name, option="--to")
    assert error.value.diagnostics[0].help == "name it .csv, which spreadsheets open"


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        ("rows.csv more.csv", "give one ROWS file: remove more.csv"),
        ("--set a=1=0", "--set a=1=0: write one --set for each input"),
    ],
)
def test_values_on_the_command_line(
    words: str, fix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = tmp_path / "net.nn.yaml"
    net.write_text("nnc: 1\ninputs: {a: bit, b: bit, v: bit(2)}\noutputs: [a]\n")
    assert run(["eval", str(net), *words.split()]) == 2
    assert capsys.readouterr().err.endswith(f"\nError: {fix}\n")

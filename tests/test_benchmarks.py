"""The generators of `benchmarks/`, and that its ways give equal results, at a tiny size."""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import nnc
from nnc.differences.history import History
from nnc.opening.checking import check
from nnc.opening.revisions import open_revisions

sys.path.append(str(Path(__file__).parents[1]))

from benchmarks import __main__ as command
from benchmarks import (
    cases,
    large_networks,
    measuring,
    models,
    networks,
    packed,
    peers,
    pictures,
    proving,
    scorecards,
    sources,
    streaming,
    texts,
    training,
    usual,
    versions,
)

FILES = Path(__file__).parent / "interchange" / "importing" / "files"
SCORE = Path(__file__).parents[1] / "configs" / "medicine" / "cha2ds2_vasc.nn.yaml"


@pytest.mark.parametrize("fan_in", [(3, 3), (2, 4)])
def test_layered_networks_are_valid_and_without_warnings(
    tmp_path: Path, fan_in: tuple[int, int]
) -> None:
    file = tmp_path / "large.nn.yaml"
    gates = list(networks.layered(300, 50, fan_in, 0.5))
    networks.write_network(file, gates, 50)
    assert check(file.read_bytes(), "large").diagnostics == []
    network = nnc.load(file)
    assert {name: one.weights for name, one in network.neurons.items()} == {
        gate.name: gate.weights for gate in gates
    }
    assert gates == list(networks.layered(300, 50, fan_in, 0.5))
    assert nnc.compile(network).levels == 6


def test_the_usual_ways_read_the_same_network(tmp_path: Path) -> None:
    file = tmp_path / "large.nn.yaml"
    networks.write_network(file, networks.layered(100, 20, (3, 3)), 20)
    theirs, ours = usual.usual_network(file), nnc.load(file)
    assert {name: (one.weights, one.threshold) for name, one in theirs.neurons.items()} == {
        name: (one.weights, one.threshold) for name, one in ours.neurons.items()
    }
    assert usual.validate(str(file)) == 100
    assert set(usual.read(str(file), "1")) == {"nnc", "CSafeLoader"}


@pytest.mark.parametrize("rows", ["1", "3", "1030"])
def test_all_ways_to_evaluate_a_chain_give_the_same_bits(tmp_path: Path, rows: str) -> None:
    file, ways = tmp_path / "small.nn.yaml", ["Python loop"]
    if rows == "3":
        ways.append("loop over Fractions")
    networks.write_network(file, networks.chain(200), 1)
    took = usual.evaluate(str(file), "200", rows, "1", *ways)
    assert isinstance(took, dict)
    assert list(took) == ["nnc", *ways]


def test_each_commit_of_the_history_changes_one_neuron(tmp_path: Path) -> None:
    file = versions.write_history(tmp_path / "repository", 4)
    with open_revisions(file) as revisions:
        changes = list(History(revisions, file.name).changes())
    assert [change.kind for change in changes] == ["changed"] * 3 + ["added"]
    for change in changes[:-1]:
        assert change.comparison is not None
        assert len(change.comparison.structure.changes) == 1


# ------------------------------------------------------------------------------- peers


def bits(rows: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(rows).integers(0, 2, (rows, width), np.uint8)


SPARSE = {
    "numpy_gathers": (),
    "numpy_loop": (),
    "torch_gathers": ("torch",),
    "scipy_levels": ("scipy",),
    "onnx_levels": ("onnx", "onnxruntime"),
    "neat_network": ("neat-python",),
}


def needs(*names: str) -> None:
    if not peers.has(*names):
        pytest.skip(f"not installed: {', '.join(names)}")


@pytest.mark.parametrize("rows", [1, 1030])
@pytest.mark.parametrize("build", SPARSE)
def test_peers_give_the_bits_of_a_sparse_network(tmp_path: Path, build: str, rows: int) -> None:
    needs(*SPARSE[build])
    gates = list(networks.scattered(200, 10, 4))
    outputs = [gate.name for gate in gates[-20:]]
    file = tmp_path / "sparse.nn.yaml"
    networks.write_bus_network(file, gates, outputs)
    assert check(file.read_bytes(), "sparse").diagnostics == []
    plan = nnc.compile(nnc.load(file))
    assert plan.levels == 10
    given = bits(rows, 64)
    right = nnc.evaluate(plan, {"x": given})["y"]
    run = getattr(peers, build)(gates, networks.BUS, outputs)
    if build == "neat_network":
        found = run(given)
    else:
        turned = np.ascontiguousarray(given.T)
        found = run(turned if build == "onnx_levels" else turned.view(np.int8)).T
    assert found.dtype == np.uint8
    assert np.array_equal(found, right)


def test_peers_give_the_bits_of_a_dense_network(tmp_path: Path) -> None:
    sizes = (70, 90, 30)
    plan = nnc.compile(nnc.load(large_networks.write_dense(tmp_path, sizes)))
    arrays = large_networks.dense_arrays(sizes)
    layers = [(arrays[f"l{i}.weight"], arrays[f"l{i}.threshold"]) for i in (1, 2)]
    rows = bits(37, 70)
    built = [peers.numpy_dense(layers)]
    if peers.has("torch"):
        built.append(peers.torch_dense(layers))
    if peers.has("onnx", "onnxruntime"):
        built += [peers.onnx_dense(layers, kind) for kind in ("float32", "int8")]
        saved = tmp_path / "dense.onnx"
        peers.onnx_dense(layers, "float32", saved)
        built.append(peers.onnx_session(str(saved)))
    right = nnc.evaluate(plan, {"x": rows})["y"]
    for run in built:
        assert np.array_equal(run(rows), right)


@pytest.mark.parametrize("pools", [True, False])
def test_peers_give_what_pictures_are(tmp_path: Path, pools: bool) -> None:
    needs("onnx", "onnxruntime")
    layers = pictures.fashion_weights() if pools else pictures.layer_weights(8, 3)
    shape = pictures.FASHION if pools else (6, 5, 8)
    plan = pictures.plan_of(tmp_path, layers, shape, pools=pools)
    rows = np.random.default_rng(1).integers(0, 256 if pools else 2, (9, *shape), np.uint8)
    found = peers.onnx_pictures(shape, layers, pools=pools)(
        np.ascontiguousarray(rows.transpose(0, 3, 1, 2).reshape(9, -1))
    )
    right = nnc.evaluate(plan, {"x": rows.reshape(9, -1)})["y"]
    if not pools:
        found = pictures.by_pixel(found, shape)
    assert np.array_equal(found.reshape(right.shape), right)


def test_peers_give_the_bits_of_sparse_layers_and_scores(tmp_path: Path) -> None:
    needs("scipy")
    file = large_networks.write_sparse(tmp_path, 400)
    assert set(usual.sparse(str(file), "70")) == {"compile", "first", "again", "scipy CSR"}
    weights, rows = np.array([1500, -250, 4000, 1], np.int32), bits(64, 4)
    networks.write_score(tmp_path / "score.nn.yaml", weights.tolist(), 1_501)
    score = nnc.load(tmp_path / "score.nn.yaml")
    right = nnc.evaluate(score, {"x": rows})["y"][:, 0]
    assert np.array_equal(peers.csr_rows(rows) @ weights >= 1_501, right)
    if peers.has("onnx", "onnxruntime"):
        assert np.array_equal(peers.onnx_neuron(weights, 1_501)(rows)[:, 0], right)


def test_the_adder_adds_in_every_way_of_nnc(tmp_path: Path) -> None:
    outputs = ["s0", "s1", "s2", "c2"]
    networks.write_bus_network(tmp_path / "adder.nn.yaml", networks.adder(3), outputs, 6)
    plan = nnc.compile(nnc.load(tmp_path / "adder.nn.yaml"))
    every = np.arange(64)
    rows = (every[:, None] >> np.arange(6) & 1).astype(np.uint8)
    right = ((every & 7) + (every >> 3))[:, None] >> np.arange(4) & 1
    for name in (cases.NNC, cases.NUMPY, cases.TWO):
        assert np.array_equal(cases.evaluate(plan, {"x": rows}, name)["y"], right)
    for is_native in {False, packed.native.KIND is not None}:
        way = packed.Bank(plan, packed.pack_turned(rows), is_native=is_native).way("packed")
        assert np.array_equal(way.array(way.run()), right)


def test_real_layers_are_valid(tmp_path: Path) -> None:
    np.save(tmp_path / "real.weights.npy", np.eye(3) / 3)
    np.save(tmp_path / "real.thresholds.npy", np.zeros(3))
    networks.write_real_layer(tmp_path / "real.nn.yaml", 3)
    found = nnc.evaluate(nnc.load(tmp_path / "real.nn.yaml"), {"x": [[0.5, -0.5, 0.0]]})
    assert found["y"].tolist() == [[1, 0, 0]]


# -------------------------------------------------------------------------- scorecards


def test_made_sets_have_their_shapes() -> None:
    widths = {}
    for name, shape in scorecards.SHAPES.items():
        rows = scorecards.made(shape._replace(rows=300))
        widths[name.split()[-1]] = rows.shape[1] - 1
        assert set(np.unique(rows)) == {0, 1}
        assert (rows == scorecards.made(shape._replace(rows=300))).all()
    assert widths == {
        "mammo": 13, "compas": 14, "adult": 36, "spambase": 63, "breastcancer": 80, "bcw": 90,
        "mushroom": 108,
    }  # fmt: skip


def test_scores_are_fitted_in_turn_and_missing_peers_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorecards, "PEERS", ("no-such-library",))
    rows = scorecards.made(scorecards.Shape(80, 2, 2, (), 0.5))
    lines = list(scorecards.scores(tmp_path, {"tiny": rows}, [2]))
    score = nnc.fit(
        None, {**{f"x{n}": rows[:, n] for n in range(4)}, "label": rows[:, 4]}, "label", terms=2
    )
    assert lines[0] == "| set | terms | nnc: loss | CPU time |"
    assert lines[2].startswith(f"| tiny, 80 x 4 | 2 | {score.card.train.loss:.5f} | ")
    assert lines[-1] == "Not installed: no-such-library."


# --------------------------------------------------------------------------- measuring


def test_ways_are_measured_in_turn_and_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    """By clocks of its own, which go on as rows are made: that of a machine may stand still."""
    calls: list[str] = []
    made = 0

    def way(name: str, rows: int, share: float = 1) -> measuring.Way:
        def run() -> NDArray[Any]:
            nonlocal made
            calls.append(name)
            made += rows
            return np.arange(rows)

        return measuring.Way(name, run, share=share)

    clocks = {"process_time": lambda: made / 2**17, "perf_counter": lambda: made / 2**16}
    monkeypatch.setattr(measuring, "time", SimpleNamespace(**clocks))
    took = measuring.interleaved([way("one", 128), way("half", 32, 0.5)], 3)
    assert [(name, one.cpu, one.wall) for name, one in took.items()] == [
        ("one", 128 / 2**17, 128 / 2**16),
        ("half", 64 / 2**17, 64 / 2**16),
    ]
    turns = [name for i, name in enumerate(calls) if not i or calls[i - 1] != name]
    assert turns == ["one", "half"] * 4
    lengths = [len(list(run)) for _, run in groupby(calls)]
    assert lengths[2:] == [8, 32] * 3  # each longer than 10 ms
    with pytest.raises(AssertionError, match="the results differ: one, other"):
        measuring.interleaved([way("one", 100), way("other", 99)], 1)


@pytest.mark.skipif(sys.platform != "linux", reason="no /proc")
def test_memory_is_what_a_call_needs_at_its_peak() -> None:
    def run() -> float:
        return float(np.ones(1 << 23).sum())

    result, mib = measuring.grown(run)
    assert result == 1 << 23
    assert mib is not None
    assert 60 < mib < 80
    result, again = measuring.grown(lambda: None)
    assert result is None
    assert again is not None
    assert again < 10


def test_tables_tell_ratios_and_bars() -> None:
    took = {"nnc": (0.5, 0.6, 2.5), "plain": (1.0, 1.0, 30.4), "peer": (4.0, 5.0, None)}
    shares = {"nnc": 1.0, "plain": 1.0, "peer": 0.25}
    bars = [("nnc", "peer", 1000.0), ("plain", "peer", 3.5)]
    assert measuring.table("W0", took, shares, bars, on_wall=False, most=0.07) == [
        "| W0 | CPU time | on the clock | memory | times nnc's | bar |",
        "|---|---|---|---|---|---|",
        "| nnc | 500 ms | 600 ms | 2.5 MiB |  | under 70.0 ms: **missed** |",
        "| plain | 1.00 s | 1.00 s | 30 MiB | 2.00x | 4.00x faster than peer, 3.5x: met |",
        "| peer, on 25.00% of the rows, scaled | 4.00 s | 5.00 s |  | 8.00x | 1,000x: **missed** |",
        "",
    ]
    assert "| 8.33x | 8x: met |" in "".join(
        measuring.table("", took, shares, [("nnc", "peer", 8.0)], on_wall=True)
    )


def test_the_machine_is_told_and_what_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "PEERS", ("numpy", "no-such-library"))
    told = measuring.machine()
    assert f"numpy {np.__version__}" in told
    assert told.endswith(" Not installed: no-such-library.")


def test_parts_are_chosen_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- one: begin -->\nold\n<!-- one: end -->\nb\n")

    def one(_: Path) -> Iterator[str]:
        yield "| new |"

    monkeypatch.setattr(command, "PARTS", {"one": one, "two": None})
    monkeypatch.setattr(command, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "one", "--write"])
    monkeypatch.setattr(command.os, "environ", {})
    command.main()
    text = page.read_text()
    assert text.startswith("a\n<!-- one: begin -->\n| new |\n\n20")
    assert text.endswith(".\n<!-- one: end -->\nb\n")
    assert "| new |" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["benchmarks", "three"])
    with pytest.raises(SystemExit):
        command.main()
    assert "no part is called three: choose from one, two" in capsys.readouterr().err


def test_networks_of_models_give_their_classes(full: bool) -> None:
    pytest.importorskip("sklearn")
    if not full:
        pytest.skip("most of it is the import of scikit-learn")
    for case in models.models(60, 3):
        *ours, theirs = case.ways
        for way in ours:
            assert np.array_equal(way.array(way.run()), theirs.run()), case.title


def test_training_reads_the_digits_and_tells_the_mean_of_seeds() -> None:
    pictures, digits = training.idx(training.DIGITS, "held")
    assert (pictures.shape, sorted(set(digits.tolist()))) == ((445, 64), [*range(10)])
    told = training.line("a", "b", [(0.9, 1.0), (1.0, 2.0)])
    assert told == "| a | b | 2 | 95.0 % (90.0 to 100.0) | 1.50 s |"


def test_the_page_has_a_place_for_every_part() -> None:
    page = command.PAGE.read_text(encoding="utf-8")
    for part in command.PARTS:
        assert command.written(page, part, "x\n") != page
    with pytest.raises(ValueError, match="no comments for `none`"):
        command.written(page, "none", "")


def test_results_that_differ_stop_the_run() -> None:
    with pytest.raises(AssertionError, match="the results differ: one, other"):
        measuring.functions({"one": lambda: 1, "other": lambda: 2}, 1)


def test_the_score_script_gives_what_nnc_gives(tmp_path: Path) -> None:
    from tests.support.running import started

    patients, ours, theirs = (tmp_path / f"{name}.csv" for name in ("patients", "ours", "theirs"))
    networks.write_patients(patients, 500)
    assert started("eval", SCORE, patients, "-o", ours).returncode == 0
    usual.score(str(patients), str(theirs))
    assert ours.read_text().splitlines() == theirs.read_text().splitlines()


@pytest.mark.seconds(60)
def test_floats_get_decimal_ties_wrong_and_nnc_none() -> None:
    assert usual.ties() == [("above", 4950, 0, 564), ("at_least", 4950, 0, 489)]


def test_processes_are_measured() -> None:
    cost = measuring.processes({"bare": [sys.executable, "-c", "pass"]}, 1)["bare"]
    assert cost.seconds > 0
    assert cost.mib > 1
    written = measuring.line("start", 0.5, {"other": 1.0}, {"under 1 s": True})
    assert written == "| start | 500 ms | other 1.00 s | 2.0x | under 1 s: met |"


def test_the_script_beside_a_stream_gives_what_nnc_gives(tmp_path: Path) -> None:
    needs("onnx", "onnxruntime", "pandas", "pyarrow", "duckdb")
    lines = list(streaming.streaming(tmp_path, 700, 1))
    more = ["… on the clock", "… on the clock, two threads", "… peak memory"]
    assert [line.split("|")[1].strip() for line in lines[2:]] == [
        "CSV to CSV, 700 rows: CPU time", *more, "Parquet to Parquet, 700 rows: CPU time", *more
    ]  # fmt: skip
    assert " pandas + onnxruntime " in lines[2]
    assert ", DuckDB " in lines[2]
    (tmp_path / "theirs.csv").write_text("points,risk,anticoagulation\n1,low,none\n")
    with pytest.raises(AssertionError):
        streaming.compare(str(tmp_path / "ours.csv"), str(tmp_path / "theirs.csv"))


def test_columns_of_texts_have_the_numbers_of_those_of_integers(tmp_path: Path) -> None:
    for case in texts.texts(tmp_path, 50):
        first, *others = (way.array(way.run()) for way in case.ways)
        assert len(first) == 50
        assert all(np.array_equal(first, other) for other in others), case.title


@pytest.mark.skipif(proving.blif.ABC is None, reason="yosys-abc is not installed")
def test_restructured_circuits_are_proved_by_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    if not full:  # all scripts are in tests/proofs/test_restructured.py
        monkeypatch.setattr(proving.blif, "SCRIPTS", {"dc2": proving.blif.SCRIPTS["dc2"]})
    _, _, *lines = proving.proving(tmp_path, scale=40, rounds=1)
    assert len(lines) == len(proving.blif.CIRCUITS) * len(proving.blif.SCRIPTS)
    assert all(" | equal | " in line for line in lines)
    _, _, *lines = proving.multiplying(tmp_path, sizes=(4,))
    assert all(" | equal | " in line for line in lines)


def test_a_folder_of_sources_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime")
    for name in ("plant.xml", "onnx/tree.onnx", "adder.blif", "local.cf"):
        (tmp_path / Path(name).name).write_bytes((FILES / name).read_bytes())
    (tmp_path / "cut.onnx").write_bytes((FILES / "onnx" / "tree.onnx").read_bytes()[:100])
    (tmp_path / "sub").mkdir()
    card = (FILES / "card.pmml").read_text()
    (tmp_path / "sub" / "wrong.pmml").write_text(card.replace("partialScore", "partialscore"))
    monkeypatch.setattr(sys, "argv", ["benchmarks.sources", str(tmp_path)])
    sources.main()
    table, refused = capsys.readouterr().out.split("\n\nRefused:\n\n")
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    assert {name: (read, wrong) for name, _, read, _, _, wrong, *_ in rows} == {
        "a BLIF file": ("1", "0"),
        "a file of rules of SpamAssassin": ("1", "0"),
        "a fault tree of Open-PSA": ("1", "0"),
        "a model of ONNX": ("1", "0"),
        "onnx": ("0", "0"),
        "pmml": ("0", "0"),
    }
    assert rows[3][:6] == ["a model of ONNX", "1", "1", "0", "100", "0"]
    first, second = refused.splitlines()
    assert first == "- cut.onnx: the file is no model of ONNX"
    assert second.startswith("- sub/wrong.pmml: ")
    assert "did you mean `partialScore`?" in second


def test_another_answer_is_a_difference_or_a_near_tie() -> None:
    sample = sources.Sample(nnc.import_file(FILES / "card.pmml"))
    assert sample.compared(sample.answers) == (100, 0, 0)
    others = [float(answer) + 1 for answer in sample.answers]
    assert sample.compared(others) == (100, 100, 0)


def test_texts_of_pmml_are_given_as_they_are_written(tmp_path: Path) -> None:
    file = tmp_path / "x.pmml"
    file.write_text('<Value value="very high &amp; rising"/><a>low</a>')
    texts = sources.original_texts(file)
    assert (texts["very_high_rising"], texts["low"]) == ("very high & rising", "low")


def test_a_folder_of_sources_must_be_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks.sources", "no_such_folder"])
    with pytest.raises(SystemExit):
        sources.main()
    assert "no_such_folder is not a folder" in capsys.readouterr().err

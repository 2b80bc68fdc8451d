"""Compiled networks: the same plan, the same bytes everywhere; whatever is damaged is refused."""

import hashlib
import io
import json
import mmap
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given

import nnc
from nnc.compiler.artifact import Provenance, load, load_compiled, write_compiled, writing
from nnc.compiler.artifact.texts import Damaged, number_in, text_of
from nnc.compiler.plan import Plan, build_plan
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.files.opening import is_compiled
from nnc.numbers.exact import simplest
from nnc.opening.checking import check_file, sources_of
from nnc.opening.loading import load_plan
from nnc.rows.inputs.row import row_from_values
from nnc.run.evaluation import evaluate_batch
from tests.fuzz.compiled import Forgery, sealed
from tests.support.running import MAIL, XOR
from tests.support.strategies import EVERY, Example, example, examples

MUCH = f"""\
nnc: 1
name: "much: of, everything"
fires: at_least
states: [-1, 1]
inputs:
  a: bit
  plain: {{type: bit, states: [0, 1], default: 1}}
  odd: {{type: bit(3), states: [1/3, 2.5], default: [1/3, 2.5, 2.5], description: "three, of them"}}
  bus: {{type: bit(70), states: [0, 1], default: 1180591620717411303423}}
  whole: {{type: integer, min: -{"9" * 400}, max: 100, default: 7}}
  some: {{type: integer(2), default: [1, 2]}}
  real: {{type: real, min: -1/3, max: 1e-3, default: 0.0005}}
  mood: {{type: choice, of: [good, bad, 비], default: bad}}
neurons:
  huge: {{weights: {{a: {"8" * 400}, plain: 1/7}}, threshold: 1}}
  tiny: {{weights: {{whole: 1/3, real: -2.5, mood.good: 3}}, thresholds: {{low: 0.1, high: 2}}}}
  odd_one: {{weights: {{odd: [1, -1, 0.5], huge: 1}}, threshold: 0.25, states: [0, 1]}}
  five: {{weights: {{odd_one: 1, huge: 1}}, threshold: 0.25, states: [0, 5]}}
  steps: {{weights: {{whole: {{0: 1, 50: 2}}, a: 1}}, threshold: 2, fires: above}}
  any_of: {{wiring: [plain, odd_one, mood.bad], fires: any}}
layers:
  same: {{wiring: bus, weights: 1/3, thresholds: 7.5, size: 4}}
  each: {{wiring: same, weights: [[1, 2, 3, 0.5], [1, 1, 1, 1]], thresholds: [0.1, 1/3]}}
  mixed: {{wiring: [a, odd, plain], weights: [[1, 1, 1, 1, {"7" * 60}]], thresholds: [2]}}
  free: {{wiring: [some, real], weights: [[1, 2, 0.1], [0, 0, 1]], thresholds: 1/7}}
outputs:
  a: a
  bits: [huge, tiny.high, each(1), 1]
  bus: bus
  numbers: [whole, real]
  real: real
  points: {{sum: tiny}}
  sums: {{sum: free}}
  verdict: {{level: tiny, labels: [none, "some, of it", "'all'"]}}
  largest: {{largest: [each, huge], labels: [x, y, z]}}
  mood: mood
"""
GOLDEN = {
    "xor": "c71a7243ae3c5c245534731bbfc00666485dd6bc24fbbe1b5c3c959e78a43c39",
    "mail": "071b41cec486bc25af8ae65398e5864e120639de700d9220b0ae570ee6137ff7",
}


def compiled(plan: Plan, sources: Provenance | None = None) -> bytes:
    stream = io.BytesIO()
    size = write_compiled(plan, sources or Provenance(), stream)
    assert size == len(stream.getvalue())
    return stream.getvalue()


def put(plan: Plan, file: Path) -> Path:
    file.write_bytes(compiled(plan))
    return file


def refused(file: Path, *, verify: bool = False) -> Diagnostic:
    """Load a file that is refused; give the one reason."""
    with pytest.raises(nnc.InvalidNetworkError) as error:
        load_compiled(str(file), verify=verify)
    (one,) = error.value.diagnostics
    assert (one.rule, one.file) == ("bad-compiled", str(file))
    assert one.help
    return one


def plan_of(text: str, tmp_path: Path) -> Plan:
    (tmp_path / "network.nn.yaml").write_text(text, "utf-8")
    return nnc.compile(nnc.load(tmp_path / "network.nn.yaml"))


@pytest.fixture
def much(tmp_path: Path) -> Plan:
    return plan_of(MUCH, tmp_path)


# ------------------------------------------------------------------------------- the same


def check_same(plan: Plan, file: Path) -> Plan:
    """Compile a plan and load it: everything is the same; gives what was loaded."""
    data = compiled(plan)
    file.write_bytes(data)
    loaded = load_compiled(str(file), verify=True).plan
    assert loaded == plan
    assert plan == loaded
    assert str(loaded) == str(plan)
    assert compiled(loaded) == data
    assert is_compiled(str(file))
    return loaded


def test_everything_is_stored(much: Plan, tmp_path: Path) -> None:
    assert {one.arithmetic for one in much.layers} >= {"object", "numbers"}
    loaded = check_same(much, tmp_path / "much.nnc")
    for signal in range(much.signals):
        assert loaded.name_of(signal) == much.name_of(signal)
        assert loaded.neuron_of(signal) == much.neuron_of(signal)
        assert loaded.states_of(signal) == much.states_of(signal)
    assert [one.row(0) for one in loaded.layers] == [one.row(0) for one in much.layers]
    rows: list[dict[str, Any]] = [
        {"a": a, "whole": whole, "real": real, "mood": mood}
        for a in (-1, 1) for whole in (-(10**399), 0, 60) for real in ("-1/3", "1/1000")
        for mood in ("good", "비")
    ]  # fmt: skip
    for row in rows:
        batch = row_from_values(row, much.inputs, where=())
        assert values(loaded, batch) == values(much, batch)


def values(plan: Plan, batch: Any) -> dict[str, Any]:
    return {alias: one.values() for alias, one in evaluate_batch(plan, batch, bits=True).items()}


@pytest.mark.parametrize("dtype", ["?", "<i1", "<u8", ">i4", "<f2", ">f4", "<f8"])
@pytest.mark.parametrize("form", ["dense", "fortran", "sparse"])
def test_weights_of_every_type(dtype: str, form: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    weights = rng.integers(0, 2, (5, 7)).astype(dtype)
    if form == "sparse":
        places = [np.flatnonzero(row) for row in weights]
        np.save(tmp_path / "p.npy", np.cumsum([0, *map(len, places)]))
        np.save(tmp_path / "i.npy", np.concatenate(places).astype(">u2"))
        np.save(tmp_path / "v.npy", weights[weights != 0])
        written = "{sparse: {indptr: {file: p.npy}, indices: {file: i.npy}, values: {file: v.npy}}}"
    else:
        np.save(tmp_path / "w.npy", np.asfortranarray(weights) if form == "fortran" else weights)
        written = "{file: w.npy}"
    np.save(tmp_path / "t.npy", np.array([0, 1, 2, 3, 1]).astype(dtype))
    layer = f"l: {{wiring: x, weights: {written}, thresholds: {{file: t.npy}}}}"
    size = "size: 5, " if form == "sparse" else ""
    text = f"nnc: 1\ninputs: {{x: bit(7)}}\nlayers: {{{layer[:-1]}{', ' if size else ''}{size[:-2]}}}}}\noutputs: {{y: l, s: {{sum: l}}}}\n"  # noqa: E501
    plan = plan_of(text, tmp_path)
    loaded = check_same(plan, tmp_path / "x.nnc")
    for x in (0, 5, 127):
        batch = row_from_values({"x": x}, plan.inputs, where=())
        assert values(loaded, batch) == values(plan, batch)


def check_example(one: Example, folder: Path) -> None:
    plan = nnc.compile(nnc.load(one.put(folder)))
    loaded = check_same(plan, folder / "main.nnc")
    for row in one.rows:
        batch = row_from_values(row, plan.inputs, where=())
        assert values(loaded, batch) == values(plan, batch)


@given(one=examples(EVERY))
def test_the_same_plan_comes_back(one: Example, tmp_path_factory: pytest.TempPathFactory) -> None:
    check_example(one, tmp_path_factory.mktemp("example"))


@pytest.mark.seconds(120)
def test_the_same_plan_comes_back_in_volume(chunk: int, tmp_path: Path) -> None:
    for i in range(20):
        folder = tmp_path / str(i)
        folder.mkdir()
        check_example(example(Random(f"compiled {chunk} {i}"), features=EVERY), folder)


def test_a_network_without_neurons(tmp_path: Path) -> None:
    check_same(plan_of("nnc: 1\ninputs: []\noutputs: {y: 1}\n", tmp_path), tmp_path / "x.nnc")


def test_equal_arrays_are_stored_once(tmp_path: Path) -> None:
    (tmp_path / "part.nn.yaml").write_text(
        "nnc: 1\ninputs: {x: bit(40)}\nlayers: {l: {wiring: x, weights: {file: w.npy},"
        " thresholds: 3}}\noutputs: {y: l}\n"
    )
    np.save(tmp_path / "w.npy", np.arange(1600, dtype=np.int32).reshape(40, 40))
    text = ("nnc: 1\ninputs: {x: bit(40)}\nparts: {p: {use: part.nn.yaml, repeat: 30,"
            " wiring: {x: p(i-1).y}, first: {x: x}}}\noutputs: {y: p(29).y}\n")  # fmt: skip
    plan = plan_of(text, tmp_path)
    assert len(plan.layers) == 30
    assert len(compiled(plan)) < 2 * 6400 + 10_000
    check_same(plan, tmp_path / "x.nnc")


def test_bytes_that_mean_two_things_are_stored_twice(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.frombuffer(b"1/3", np.uint8).reshape(1, 3))
    text = ("nnc: 1\ninputs: {x: bit(3)}\nlayers: {l: {wiring: x, weights: {file: w.npy},"
            " thresholds: 1/3}}\noutputs: {y: l}\n")  # fmt: skip
    check_same(plan_of(text, tmp_path), tmp_path / "x.nnc")


# ------------------------------------------------------------------------------- the bytes


def test_the_bytes_of_small_networks(tmp_path: Path) -> None:
    """A change of these is a change of the format: then `writing.FORMAT` has to grow."""
    for name, text in (("xor", XOR), ("mail", MAIL)):
        file = tmp_path / f"{name}.nn.yaml"
        file.write_text(text, "utf-8", newline="\n")
        checked = check_file(str(file))
        assert checked.graph is not None
        data = compiled(build_plan(checked.graph, name), sources_of(checked))
        assert hashlib.sha256(data).hexdigest() == GOLDEN[name], name


def test_the_bytes_are_the_same_in_every_folder_and_process(tmp_path: Path) -> None:
    rng = Random("bytes")
    drawn = [example(rng, features=dict.fromkeys(EVERY, 1.0)) for _ in range(4)]
    code = (
        "import os, sys\nfrom nnc.cli.main import run\n"
        "for place in sys.argv[1:]:\n"
        "    os.chdir(place)\n"
        "    if run(['compile', 'main.nn.yaml', '-o', 'main.nnc']): sys.exit(place)\n"
    )
    found = []
    for seed in ("0", "1234"):
        places = [tmp_path / f"seed{seed}" / ("deep" if seed == "0" else "") / i for i in "0123"]
        for place, one in zip(places, drawn, strict=True):
            place.mkdir(parents=True)
            one.put(place)
        env = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code, *places]
        subprocess.run(command, env=env, check=True, capture_output=True)
        found += [(place / "main.nnc").read_bytes() for place in places]
    assert found[:4] == found[4:]
    assert str(tmp_path).encode() not in b"".join(found)


def test_other_readers(much: Plan, tmp_path: Path) -> None:
    file = put(much, tmp_path / "much.nnc")
    data = file.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert list(header.pop("__metadata__")) == ["nnc"]
    begin = 8 + int.from_bytes(data[:8], "little")
    places = {(begin + one["data_offsets"][0]) % 64 for name, one in header.items()
              if not name.startswith("pad.")}  # fmt: skip
    assert places == {0}
    tensors = safetensors.numpy.load_file(file)
    assert tensors["neurons.levels"].tolist() == much.neurons.levels.tolist()
    assert json.loads(tensors["plan"].tobytes())["name"] == "much: of, everything"


def test_arrays_are_mapped_read_only_and_aligned(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.ones((50, 70), np.float32))
    text = ("nnc: 1\ninputs: {x: bit(70)}\nlayers: {l: {wiring: x, weights: {file: w.npy},"
            " thresholds: 3}}\noutputs: {y: l}\n")  # fmt: skip
    loaded = load_compiled(str(put(plan_of(text, tmp_path), tmp_path / "x.nnc"))).plan
    weights = loaded.layers[0].weights
    assert isinstance(weights, np.ndarray)
    assert isinstance(weights.base, mmap.mmap)
    assert not weights.flags.writeable
    assert weights.ctypes.data % 64 == 0


def test_numbers_as_text() -> None:
    for value in (0, -1, 2**53, 10**3900, 10**4500, -(16**9000)):
        for below in (1, 3, 7**2000):
            assert number_in(text_of(simplest(Fraction(value, below)))) == Fraction(value, below)


@pytest.mark.parametrize("text", ["", "01", "1/0", "1/-2", "1/1", "0b1", "1_0", " 1", "+1", "1.5",
                                  "٣", "0x", "0x01", "0XA", "1/2/3", "9" * 4001, "1e3", "--1",
                                  f"1/0x{'f' * 20_000}",
                                  f"0x{'f' * 20_000}"], ids=lambda text: text[:9])  # fmt: skip
def test_texts_that_are_no_numbers(text: str) -> None:
    with pytest.raises(Damaged):
        number_in(text)


def test_a_network_of_too_many_parts(much: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("MAX_PLAN", 100), ("MAX_HEADER", 100), ("MAX_PARTS", 10)):
        with monkeypatch.context() as patch:
            patch.setattr(writing, name, most)
            with pytest.raises(nnc.InvalidNetworkError, match="network-too-large"):
                compiled(much)


# --------------------------------------------------------------------------------- damaged


def test_every_changed_byte_of_a_small_file_is_told(tmp_path: Path, full: bool) -> None:
    file = put(plan_of(MAIL, tmp_path), tmp_path / "x.nnc")
    data = file.read_bytes()
    for i in range(0, len(data), 1 if full else 7):
        for change in (0x01, 0x80):
            file.write_bytes(data[:i] + bytes([data[i] ^ change]) + data[i + 1 :])
            if is_compiled(str(file)):
                refused(file)
            else:
                assert i < 9


def test_a_file_that_is_cut_short_or_goes_on(tmp_path: Path, full: bool) -> None:
    file = put(plan_of(MAIL, tmp_path), tmp_path / "x.nnc")
    data = file.read_bytes()
    for length in range(8, len(data), 1 if full else 7):
        file.write_bytes(data[:length])
        assert is_compiled(str(file))
        assert "early" in (one := refused(file)).message or "ends inside" in one.message
    file.write_bytes(data + b"\0")
    assert "1 byte after its last tensor" in refused(file).message


def test_large_files_are_read_when_asked(
    much: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "_SMALL", 0)
    file = put(much, tmp_path / "x.nnc")
    data = bytearray(file.read_bytes())
    place = data.index(b"tiny", data.index(b"huge\n"))
    data[place] ^= 1
    file.write_bytes(data)
    plan = load_compiled(str(file)).plan
    assert "uiny" in str(plan)
    message = refused(file, verify=True).message
    assert message == ("the compiled network is damaged: its tensor `neurons.names` is not the one "
                       "that was written")  # fmt: skip


def test_names_that_are_no_text(
    much: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "_SMALL", 0)
    file = put(much, tmp_path / "x.nnc")
    data = file.read_bytes()
    place = data.index(b"tiny", data.index(b"huge\n"))
    for wrong in (b"tin\xff", b"ti\ny"):
        file.write_bytes(data[:place] + wrong + data[place + 4 :])
        with pytest.raises(nnc.InvalidNetworkError, match="bad-compiled"):
            load_compiled(str(file))


# ---------------------------------------------------------------------------------- forged


def test_the_forger_writes_what_nnc_reads(much: Plan, tmp_path: Path) -> None:
    file = tmp_path / "x.nnc"
    file.write_bytes(Forgery.of(compiled(much)).together())
    assert load_compiled(str(file), verify=True).plan == much


Change = Callable[[Forgery], None]


def at(*path: Any, to: Any) -> Change:
    """Change one place of the plan."""

    def change(forged: Forgery) -> None:
        place: Any = forged.plan
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def array(name: str, place: Any, to: Any) -> Change:
    """Change some numbers of an array."""

    def change(forged: Forgery) -> None:
        forged.arrays[name] = forged.arrays[name].astype(np.int64)
        forged.arrays[name][place] = to

    return change


def cut(name: str) -> Change:
    def change(forged: Forgery) -> None:
        forged.arrays[name] = forged.arrays[name][:-1]

    return change


def typed(name: str, dtype: str) -> Change:
    def change(forged: Forgery) -> None:
        forged.arrays[name] = forged.arrays[name].astype(dtype)

    return change


def text(name: str, to: str) -> Change:
    def change(forged: Forgery) -> None:
        forged.arrays[name] = np.frombuffer(to.encode(), np.uint8)

    return change


def dropped(name: str) -> Change:
    return lambda forged: forged.arrays.__delitem__(name)


FORGED: dict[str, Change] = {
    "a plan that is a list": lambda forged: setattr(forged, "plan", []),
    "no name": lambda forged: forged.plan.pop("name"),
    "a name of 3": at("name", to=3),
    "more signals": at("signals", to=10_000),
    "signals of a bus too large": at("signals", to=1 << 40),
    "signals that are a float": at("signals", to=50.0),
    "inputs that are none": at("inputs", to=None),
    "two inputs of one name": lambda f: f.plan["inputs"].update(
        names=f.plan["inputs"]["names"].replace("plain", "a")),
    "a name that is none": lambda f: f.plan["inputs"].update(
        names=f.plan["inputs"]["names"].replace("plain", "a b")),
    "an input without a kind": at("inputs", "each", 0, to=99),
    "an input with the kind -1": at("inputs", "each", 0, to=-1),
    "fewer kinds": lambda f: f.plan["inputs"]["each"].pop(),
    "an input of another type": at("inputs", "kinds", 0, "type", to="word"),
    "an input with a size": at("inputs", "kinds", 0, "size", to=2),
    "an input of a size too large": at("inputs", "kinds", 3, "size", to=1 << 40),
    "an input with other states": at("inputs", "kinds", 0, "states", to=[0, 2]),
    "an input with equal states": at("inputs", "kinds", 0, "states", to=[2, 2]),
    "a default out of bounds": at("inputs", "kinds", 4, "default", to=101),
    "a bit whose default is none": at("inputs", "kinds", 1, "default", to=2),
    "a bit that is a number": at("inputs", "kinds", 0, to={"type": "real"}),
    "an unknown key of an input": at("inputs", "kinds", 0, "color", to="red"),
    "no table": at("neurons", to=None),
    "a tensor that is not there": at("neurons", "levels", to="levels"),
    "a tensor of another length": at("neurons", "fires", to="neurons.sources"),
    "unused tensors": lambda f: f.arrays.update(more=np.zeros(3)),
    "a tensor of bools": lambda f: f.arrays.update(more=np.zeros(3, bool)),
    "levels of 0": array("neurons.levels", 0, 0),
    "levels that go down": array("neurons.levels", 0, 9),
    "a rule that is none": array("neurons.fires", 0, 4),
    "a rule from the end": array("neurons.fires", 0, -1),
    "a type that is none": array("neurons.dtypes", 0, 6),
    "a bound that is none": array("neurons.unbounded", 0, 4),
    "synapses that go back": array("neurons.indptr", 1, 5),
    "synapses that begin later": array("neurons.indptr", 0, 1),
    "synapses beyond the end": array("neurons.indptr", -1, 1000),
    "limits that go back": array("neurons.limit_ptr", 1, 5),
    "a neuron without a limit": array("neurons.limit_ptr", 1, 0),
    "a source that is not there": array("neurons.sources", 0, 1 << 40),
    "a source from the end": array("neurons.sources", 0, -1),
    "a source that comes later": array("neurons.sources", 0, 90),
    "a signal of another neuron": array("neurons.first", 0, 3),
    "a scale of 0": array("neurons.scales", 0, 0),
    "a scale below 0": array("neurons.scales", 0, -1),
    "fewer sources": cut("neurons.sources"),
    "fewer limits": cut("neurons.limits"),
    "fewer weights": cut("neurons.weights"),
    "levels of floats": typed("neurons.levels", "f4"),
    "sources of floats": typed("neurons.sources", "f8"),
    "weights that are not numbers": text("neurons.weights", "1\n2\nx"),
    "too few weights": text("neurons.weights", "1\n2"),
    "weights with fractions": lambda f: f.arrays.update({"neurons.weights": np.frombuffer(
        f.arrays["neurons.weights"].tobytes().replace(b"\n2", b"\n2/3", 1), np.uint8)}),
    "one name too many": text("neurons.names", "a\nb\n"),
    "names that are not UTF-8": lambda f: f.arrays["neurons.names"].__setitem__(0, 255),
    "thresholds with too few names": text("neurons.ports", "low"),
    "thresholds without names": lambda f: [f.plan["neurons"].pop("ports"),
                                           f.plan["neurons"].pop("ported"),
                                           f.arrays.pop("neurons.ports"),
                                           f.arrays.pop("neurons.ported")],
    "names for thresholds of no neuron": array("neurons.ported", 0, 99),
    "names for another neuron's thresholds": array("neurons.ported", 0, 0),
    "states that go back": at("states", "firsts", 0, to=20),
    "states of a number": at("states", "stops", -1, to=1 << 20),
    "states that are missing": at(
        "states", to={"firsts": [], "stops": [], "each": [], "kinds": []}),
    "states of three": at("states", "kinds", 0, "states", to=[1, 2, 3]),
    "other states": at("states", "kinds", 0, "states", to=[1, 2]),
    "states of 0 and 1": at("states", "kinds", 0, "states", to=[0, 1]),
    "layers that are none": at("layers", to=[]),
    "a layer less": lambda f: f.plan["layers"]["each"].pop(),
    "layers in another order": lambda f: f.plan["layers"]["each"].reverse(),
    "a layer of another size": at("layers", "each", 0, "size", to=5),
    "a layer of size 0": at("layers", "each", 0, "size", to=0),
    "a layer at another place": at("layers", "each", 0, "first", to=3),
    "a layer that is true": at("layers", "each", 0, "level", to=True),
    "a layer with another rule": at("layers", "each", 0, "fires", to="all"),
    "a layer without weights": at("layers", "each", 0, "weights", to=None),
    "a layer of sparse weights": at("layers", "each", 0, "weights", to=["a", "b", "c"]),
    "a layer of three of its own": at("layers", "each", 0, "weights", to=["layers.0.weights"] * 3),
    "a layer with limits of another": at("layers", "each", 0, "limits", to="layers.1.limits"),
    "a neuron that reads no numbers": array("neurons.dtypes", 1, 0),
    "the level of a layer": at("layers", "each", 3, "level", to=3),
    "a layer with another arithmetic": at("layers", "each", 0, "arithmetic", to="int8"),
    "numbers that are added as bits": lambda f: [
        one.update(arithmetic="float32") for one in f.plan["layers"]["each"]
        if one["arithmetic"] == "numbers"],
    "a factor of 0": at("layers", "each", 0, "factor", to=0),
    "a factor of 0.5": at("layers", "each", 0, "factor", to=0.5),
    "sources beyond": at("layers", "each", 0, "sources", to=[2, 4000]),
    "sources that go back": at("layers", "each", 0, "sources", to=[9, 3]),
    "sources of their own": at("layers", "each", 0, "sources", to=[30, 100]),
    "a list of sources beyond": at("layers", "each", 2, "listed", to=[0, 4000]),
    "listed sources that are not there": array("layers.sources", 0, 10**6),
    "listed sources from the end": array("layers.sources", 0, -1),
    "no outputs": at("outputs", to={}),
    "two outputs of one name": lambda f: f.plan["outputs"].update(
        names=f.plan["outputs"]["names"].replace("bits", "a")),
    "an output of another kind": at("outputs", "kinds", 0, "kind", to="word"),
    "an output that is not a bus": at("outputs", "kinds", 1, "is_bus", to=False),
    "an output that is a bus": at("outputs", "kinds", 0, "is_bus", to=True),
    "an output that is an integer": at("outputs", "kinds", 1, "is_integer", to=True),
    "an output that is 1": at("outputs", "kinds", 0, "is_bus", to=1),
    "an output of nothing": at("outputs", "widths", 0, to=0),
    "an output beyond": at("outputs", "firsts", 0, to=1 << 20),
    "an output of a bit that is a number": at("outputs", "kinds", 3, "kind", to="bit"),
    "outputs that list too few": cut("outputs.signals"),
    "outputs that list more": lambda f: f.arrays.update(
        {"outputs.signals": np.append(f.arrays["outputs.signals"], 2).astype(np.int32)}),
    "an output listed from the end": array("outputs.signals", 0, -1),
    "an output listed beyond": array("outputs.signals", 0, 10**6),
    "a sum of an input": at("outputs", "firsts", 5, to=2),
    "a sum of a second threshold": at("outputs", "firsts", 5, to=-1),
    "a level of a number": at("outputs", "firsts", 7, to=76),
    "labels that are numbers": at("outputs", "kinds", -2, "labels", to=[1, 2, 3]),
    "too few labels": at("outputs", "kinds", -3, "labels", to=["a"]),
    "numbers that are none": at("numbers", to=["plan"]),
    "numbers that are not a list": at("numbers", to=3),
    "no plan": lambda f: f.plan.clear(),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_what_does_not_fit_together(name: str, much: Plan, tmp_path: Path) -> None:
    forged = Forgery.of(compiled(much))
    FORGED[name](forged)
    (tmp_path / "x.nnc").write_bytes(forged.together())
    refused(tmp_path / "x.nnc", verify=True)


def small_and_large(folder: Path, weights: Any, **layer: Any) -> Forgery:
    """Compile a small layer `h` beside one that makes the file larger than 1 MiB."""
    rng = np.random.default_rng(0)
    pad = nnc.Layer(
        wiring="y", weights=rng.integers(-3, 3, (1000, 1200), dtype=np.int8), thresholds=0
    )
    small = nnc.Layer(wiring="x", weights=weights, **layer)
    network = nnc.Network(
        inputs={"x": f"bit({weights.shape[1]})", "y": "bit(1200)"},
        fires="at_least",
        layers={"h": small, "pad": pad},
        outputs={"h": "h", "p": "pad"},
    )
    data = compiled(nnc.compile(network))
    assert len(data) > 1 << 20
    (folder / "x.nnc").write_bytes(data)
    load_compiled(str(folder / "x.nnc"))
    return Forgery.of(data)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("name", ["limits", "thresholds", "weights"])
def test_numbers_that_are_not_finite(name: str, value: float, tmp_path: Path) -> None:
    """An infinite limit was an OverflowError where it was read."""
    forged = small_and_large(tmp_path, np.full((4, 40), 0.5), thresholds=np.full(4, 0.25))
    tensor = forged.plan["layers"]["each"][0][name]
    forged.arrays[tensor] = forged.arrays[tensor].copy()
    forged.arrays[tensor].reshape(-1)[1 if name != "weights" else 0] = value
    (tmp_path / "x.nnc").write_bytes(forged.together())
    refused(tmp_path / "x.nnc", verify=True)


@pytest.mark.seconds(120)
def test_what_is_changed_anywhere(chunk: int, tmp_path: Path) -> None:
    """A forged plan is refused, or it is one that can be printed and evaluated."""
    rng = Random(f"forged {chunk}")
    plans = [nnc.compile(nnc.load(one.put(tmp_path))) for one in _drawn(rng, 4)]
    plans.append(plan_of(MUCH, tmp_path))
    file = tmp_path / "x.nnc"
    taken = 0
    for plan in plans:
        whole = Forgery.of(compiled(plan))
        for _ in range(60):
            forged = deepcopy(whole)
            for _ in range(rng.choice((1, 1, 2))):
                _change(rng, forged)
            file.write_bytes(forged.together())
            try:
                loaded = load_compiled(str(file), verify=True).plan
            except nnc.InvalidNetworkError:
                continue
            taken += 1
            assert str(loaded)
            row = {name: _value(rng, one) for name, one in loaded.inputs.items()}
            assert values(loaded, row_from_values(row, loaded.inputs, where=()))
    assert taken


@pytest.mark.seconds(120)
def test_damage_that_is_not_looked_for(
    chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large file is not read when it is loaded: damage may be met when it is evaluated."""
    monkeypatch.setattr(load, "_SMALL", 0)
    rng = Random(f"damaged {chunk}")
    plan = plan_of(MUCH, tmp_path)
    data = compiled(plan)
    file = tmp_path / "x.nnc"
    row = {name: _value(rng, one) for name, one in plan.inputs.items()}
    batch = row_from_values(row, plan.inputs, where=())
    for _ in range(300):
        changed = bytearray(data)
        for _ in range(rng.choice((1, 3))):
            changed[rng.randrange(9, len(data))] ^= rng.choice((1, 64, 128, 255))
        file.write_bytes(changed)
        told: tuple[Diagnostic, ...] = ()
        try:
            loaded = load_plan(str(file), root=None, max_bytes=1)
            with loaded.blaming_damage():
                values(loaded.plan, batch)
        except nnc.InvalidNetworkError as error:
            told = error.diagnostics
        assert [one.rule for one in told] in ([], ["bad-compiled"])
        with pytest.raises(nnc.InvalidNetworkError):
            load_plan(str(file), root=None, max_bytes=1, verify=True)


def _drawn(rng: Random, count: int) -> Iterator[Example]:
    for _ in range(count):
        yield example(rng, features=dict.fromkeys(EVERY, 0.7))


def _value(rng: Random, one: nnc.Input) -> Any:
    if one.of is not None:
        return rng.choice(one.of)
    least = 3 if one.max is None else one.max
    if one.type == "integer":
        least = ceil(one.min) if one.min is not None else floor(least)
    elif one.min is not None:
        least = one.min
    each = [rng.choice(one.state_values) if one.type == "bit" else least for _ in range(one.width)]
    return each if one.is_bus else each[0]


def _change(rng: Random, forged: Forgery) -> None:
    """Change a number, a word or a size somewhere."""
    if forged.arrays and rng.random() < 0.5:
        name = rng.choice(sorted(forged.arrays))
        array = forged.arrays[name]
        if rng.random() < 0.2 or not array.size:
            forged.arrays[name] = array[: max(0, len(array) - 1)]
        else:
            flat = array.reshape(-1).view(np.uint8)
            flat[rng.randrange(len(flat))] ^= rng.choice((1, 2, 4, 128, 255))
        return
    places: list[tuple[Any, Any]] = []

    def walk(place: Any) -> None:
        keys = place if isinstance(place, dict) else range(len(place))
        for key in keys:
            places.append((place, key))
            if isinstance(place[key], (dict, list)):
                walk(place[key])

    walk(forged.plan)
    place, key = rng.choice(places)
    old = place[key]
    new: list[Any] = [None, True, -1, 0, 1, 2, 10**6, "", "1/2", [], {}, 0.5, rng.choice(places)[1]]
    if isinstance(old, int):
        new += [old + 1, old - 1] * 4
    if isinstance(old, str):
        new += [old[1:], old + "x", old.replace("\n", "", 1), *forged.arrays]
    place[key] = rng.choice(new)


# --------------------------------------------------------------------------------- headers


def test_a_file_of_weights(tmp_path: Path) -> None:
    file = tmp_path / "weights.nnc"
    safetensors.numpy.save_file({"w": np.ones(3)}, file)
    one = refused(file)
    assert one.message == "this file holds weights and is not a compiled network"
    assert one.help == "name the .nn.yaml file that uses them"


@pytest.mark.parametrize(("about", "told"), [
    ({"format": 2}, "has the format `2`; this nnc reads 1"),
    ({"format": "1"}, "has the format `1`"),
    ({"format": True}, "has the format `True`"),
    ({"sources": 3}, "damaged"),
    ({"sources": [["a"]]}, "damaged"),
    ({"sources": [["a", "b", "c"]]}, "damaged"),
])  # fmt: skip
def test_what_the_header_says(about: dict[str, Any], told: str, much: Plan, tmp_path: Path) -> None:
    forged = Forgery.of(compiled(much))
    forged.about |= about
    (tmp_path / "x.nnc").write_bytes(forged.together())
    assert told in refused(tmp_path / "x.nnc").message


def _entry(start: int, stop: int, shape: list[int] | None = None, dtype: str = "U8") -> Any:
    return {"dtype": dtype, "shape": shape or [stop - start], "data_offsets": [start, stop]}


ABOUT = {"digest": "0" * 64, "format": 1, "sources": [], "tensors": {}}
HOSTILE: dict[str, tuple[bytes, str]] = {
    "no tensors": (sealed({}, ABOUT, b""), "no tensor `plan`"),
    "texts that are not JSON": (sealed({}, "x", b""), "header of the compiled network is damaged"),
    "nested": (sealed({}, None, b"").replace(b"null", b"[[[["), "damaged"),
    "no digest": (sealed({}, {"format": 1}, b""), "damaged"),
    "a digest that is none": (sealed({}, {**ABOUT, "digest": "x"}, b""), "damaged"),
    "a wrong digest": (sealed({}, {**ABOUT, "digest": "1" * 64}, b""), "another digest"),
    "a tensor without digest": (
        sealed({"plan": _entry(0, 2)}, ABOUT, b"{}"),
        "lacks the digest of a",
    ),
    "a digest without tensor": (
        sealed({}, {**ABOUT, "tensors": {"a": ""}}, b""),
        "lacks the digest of a",
    ),
    "a tensor astray": (
        sealed({"pad.0": _entry(0, 2), "plan": _entry(2, 4)},
               {**ABOUT, "tensors": {"plan": "0"}}, b"\0\0{}"), "wrong place"),
    "a large pad": (
        sealed({"plan": _entry(0, 64), "pad.1": _entry(64, 128)},
               {**ABOUT, "tensors": {"plan": ""}}, bytes(128)), "wrong place"),
    "a plan that is another": (
        sealed({"plan": _entry(0, 2)}, {**ABOUT, "tensors": {"plan": "0"}}, b"{}"),
        "tensor `plan` is not the one"),
    "bfloat16": (
        sealed({"plan": _entry(0, 64), "w": _entry(64, 66, [1], "BF16")},
               {**ABOUT, "tensors": {"plan": hashlib.sha256(b" " * 64).hexdigest(), "w": ""}},
               b" " * 64 + b"ab"), "type that no plan has"),
    "a header of 3 GB": ((3 << 30).to_bytes(8, "little") + b"{" * 100, "bytes; at most"),
    "a header of braces": ((1 << 20).to_bytes(8, "little") + b"{" * (1 << 20), "parts; at most"),
    "a header of brackets": (
        (1 << 19).to_bytes(8, "little") + b'{"a":' + b"[" * ((1 << 19) - 5), "damaged"),
    "a header of nothing": (bytes(8), "damaged"),
    "a header of one brace": ((1).to_bytes(8, "little") + b"{", "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_headers(name: str, tmp_path: Path) -> None:
    data, told = HOSTILE[name]
    file = tmp_path / "x.nnc"
    file.write_bytes(data)
    assert is_compiled(str(file))
    assert told in refused(file).message


COSTLY = "numbers lists names size digits signals outputs widths states".split()


def costly(name: str, much: bytes) -> bytes:
    """Forge a compiled file that stands for more than it may."""
    forged = Forgery.of(much)
    if name == "numbers":
        forged.plan["inputs"]["each"] = [0] * 15_000_000
    elif name == "lists":
        forged.plan["inputs"]["each"] = [[]] * 2_000_000
    elif name == "names":
        forged.plan["inputs"]["names"] = "\n" * 10_000_000
    elif name == "size":
        forged.plan["name"] = "x" * (33 << 20)
    elif name == "states":  # their common divisor would take seconds
        for i, kind in enumerate(forged.plan["states"]["kinds"]):
            if kind["states"] == [0, 5]:
                rng = Random(i)
                kind["states"] = [f"0x1{rng.getrandbits(1_800_000):x}" for _ in range(2)]
    elif name == "signals":
        forged.plan["signals"] = 1 << 25
        forged.plan["outputs"]["widths"][4] = (1 << 25) - 100
    elif name == "outputs":
        forged.plan["outputs"]["widths"][4] = (1 << 25) - 100
    elif name == "widths":
        forged.plan["outputs"]["widths"] = [1 << 25 for _ in forged.plan["outputs"]["widths"]]
    else:
        forged.plan["layers"]["each"][0]["least"] = "9" * 10_000_000
    return forged.together()


def test_hostile_plans_cost_little(much: Plan, tmp_path: Path) -> None:
    data = compiled(much)
    for name in COSTLY:
        (tmp_path / name).write_bytes(costly(name, data))
    code = (
        "import re, sys\nfrom pathlib import Path\n"
        "from nnc.compiler.artifact import load_compiled\n"
        "for file in sys.argv[1:]:\n"
        "  try: load_compiled(file)\n"
        "  except Exception as error: print(error.diagnostics[0])\n"
        "  print(re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1])"
    )  # of this process alone, not of its parent
    files = [str(tmp_path / name) for name in COSTLY]
    ran = subprocess.run(
        [sys.executable, "-c", code, *files],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    lines = ran.stdout.splitlines()
    for name, told, kilobytes in zip(COSTLY, lines[::2], lines[1::2], strict=True):
        assert "bad-compiled" in told, name
        assert int(kilobytes) < 500 << 10, name


def test_what_is_not_compiled(tmp_path: Path) -> None:
    for i, text in enumerate((XOR, "inputs: {a: bit}", "", "{}", "x", "\ufeffnnc: 1", "\0" * 7)):
        (tmp_path / str(i)).write_text(text)
        assert not is_compiled(str(tmp_path / str(i)))
    assert not is_compiled("-")
    assert not is_compiled(str(tmp_path))
    assert not is_compiled(str(tmp_path / "none.nnc"))
    with pytest.raises(nnc.FileError):
        load_compiled(str(tmp_path / "none.nnc"))
    (tmp_path / "empty.nnc").write_bytes(b"")
    assert "empty" in refused(tmp_path / "empty.nnc").message


# --------------------------------------------------------------------------------- sources


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with a network that uses another, which has weights of its own."""
    (tmp_path / ".git").mkdir()
    for folder in ("nets", "parts", "build/deep"):
        (tmp_path / folder).mkdir(parents=True)
    np.save(tmp_path / "parts/w.npy", np.eye(2, dtype=np.int8))
    (tmp_path / "parts/part.nn.yaml").write_text(
        "nnc: 1\ninputs: {x: bit(2)}\nlayers: {l: {wiring: x, weights: {file: w.npy},"
        " thresholds: 0}}\noutputs: {y: l}\n"
    )
    (tmp_path / "nets/base.nn.yaml").write_text("nnc: 1\ninputs: {x: bit(2)}\noutputs: {x: x}\n")
    (tmp_path / "nets/net.nn.yaml").write_text(
        "nnc: 1\nextends: base.nn.yaml\n"
        "parts: {p: {use: ../parts/part.nn.yaml, wiring: {x: x}}}\noutputs: {y: p.y}\n"
    )
    return tmp_path


def put_project(project: Path, output: str, root: Path | None = None) -> Path:
    checked = check_file(str(project / "nets/net.nn.yaml"), root=root)
    assert checked.graph is not None, checked.diagnostics
    (project / output).write_bytes(compiled(build_plan(checked.graph), sources_of(checked)))
    return project / output


def stale(file: Path, root: Path | None = None) -> list[str]:
    found = load_compiled(str(file)).stale(root)
    assert all(one.rule == "stale-compiled" and not one.is_error for one in found)
    assert all(one.file == str(file) for one in found)
    return [one.message.partition(": ")[2] for one in found]


NAMES = ["nets/net.nn.yaml", "nets/base.nn.yaml", "parts/part.nn.yaml", "parts/w.npy"]


@pytest.mark.parametrize("output", ["nets/net.nnc", "build/deep/x", "net.nnc"])
def test_sources_that_changed(output: str, project: Path) -> None:
    file = put_project(project, output)
    compiled_one = load_compiled(str(file))
    assert [name for name, _ in compiled_one.provenance.files] == NAMES
    assert stale(file) == []
    assert stale(file, project) == []
    for name in NAMES:
        content = (project / name).read_bytes()
        (project / name).write_bytes(content + b" ")
        assert stale(file) == [f"`{name}` has changed"]
        (project / name).unlink()
        if name != NAMES[0]:
            assert stale(file) == [f"`{name}` is missing"]
            (project / name).mkdir()
            assert stale(file) == [f"`{name}` cannot be read"]
            (project / name).rmdir()
        else:
            assert stale(file) == []
        (project / name).write_bytes(content)
    assert stale(file) == []


def test_the_fix_of_a_stale_one(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_project(project, "nets/net.nnc")
    (project / "parts/w.npy").write_bytes(b"")
    monkeypatch.chdir(project / "nets")
    (one,) = load_compiled("net.nnc").stale()
    assert one.help == "compile it again: nnc compile net.nn.yaml -o net.nnc"
    monkeypatch.chdir(project / "build")
    (one,) = load_compiled("../nets/net.nnc").stale()
    assert one.help == "compile it again: nnc compile ../nets/net.nn.yaml -o ../nets/net.nnc"


def test_sources_are_looked_for_within_the_root(project: Path) -> None:
    file = put_project(project, "nets/net.nnc")
    (project / "parts/w.npy").unlink()
    assert stale(file, project) != []
    assert stale(file, project / "nets") == []
    assert stale(file, project / "parts") == []
    (project / ".git").rmdir()
    assert stale(file) == []


def test_many_changes_are_counted(project: Path) -> None:
    data = (project / "nets/net.nn.yaml").read_bytes()
    files = [("nets/net.nn.yaml", hashlib.sha256(data).hexdigest())]
    files += [(f"gone/{i}", "") for i in range(20)]
    plan = plan_of(XOR, project)
    (project / "x.nnc").write_bytes(compiled(plan, Provenance(tuple(files))))
    (told,) = stale(project / "x.nnc")
    assert told.endswith("`gone/7` is missing, and 12 more")


@pytest.mark.parametrize("name", ["/etc/passwd", "../../../../etc/passwd", "\0", "a" * 5000, ""])
def test_sources_that_lead_elsewhere(name: str, project: Path) -> None:
    plan = plan_of(XOR, project)
    (project / "x.nnc").write_bytes(compiled(plan, Provenance(((name, ""),))))
    assert stale(project / "x.nnc") == []
    files = (("network.nn.yaml", sha(project / "network.nn.yaml")), (name, ""))
    (project / "x.nnc").write_bytes(compiled(plan, Provenance(files)))
    assert len(stale(project / "x.nnc")) == 1


def sha(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_port_of_numbers_that_is_wired_to_bits(tmp_path: Path) -> None:
    """What a part passes on is declared as a number, and is a bit all the same."""
    (tmp_path / "part.nn.yaml").write_text(
        "nnc: 1\ninputs: {x: integer, v: integer(2)}\noutputs: {o: x, w: v, one: v(0)}\n"
    )
    text = (
        "nnc: 1\ninputs: {a: bit, b: {type: bit, states: [-1, 1]}}\n"
        "parts: {p: {use: part.nn.yaml, wiring: {x: a, v: [0, b]}}}\n"
        "outputs: {o: p.o, w: p.w, one: p.one, t: p.w(1)}\n"
    )
    plan = plan_of(text, tmp_path)
    loaded = check_same(plan, tmp_path / "x.nnc")
    for rows in (1, 30):
        found = nnc.evaluate(loaded, {"a": [1] * rows, "b": [-1] * rows})
        assert {alias: values.tolist() for alias, values in found.items()} == {
            "o": [1] * rows,
            "w": [[0, -1]] * rows,
            "one": [0] * rows,
            "t": [-1] * rows,
        }


@pytest.mark.parametrize("states", ["1/3, -2/3", "1/7, 15/7", "0.5, 1.5"])
def test_fractions_that_are_a_whole_number_apart(states: str, tmp_path: Path) -> None:
    """What a layer's bits change by is that whole number, in the file as in the plan."""
    text = (
        f"nnc: 1\nfires: above\ninputs: {{a: {{type: bit(2), states: [{states}]}}}}\n"
        "layers: {h: {wiring: a, weights: [[1, 2], [3, -1]], thresholds: [0, 1/2]}}\n"
        "outputs: {h: h, s: {sum: h}}\n"
    )
    plan = plan_of(text, tmp_path)
    assert type(plan.layers[0].factor) is int
    assert check_same(plan, tmp_path / "x.nnc") == plan

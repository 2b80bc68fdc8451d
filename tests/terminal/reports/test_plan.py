"""A plan as data: what is written comes back, it means the same, and stands where it says."""

import json
import operator
from collections.abc import Callable
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft7Validator

import nnc
from nnc.cli.schema import SCHEMAS
from nnc.compiler.artifact import write_compiled
from nnc.compiler.plan import Plan, build_plan
from nnc.language.network import Threshold, ruled
from nnc.opening.checking import check, check_file, sources_of
from nnc.terminal.findings.json import Location
from nnc.terminal.reports.plan import places_of, plan_as_json
from tests.support import oracle
from tests.support.networks import configs
from tests.support.oracle import Oracle
from tests.support.strategies import EVERY, example

ROOT = Path(__file__).parents[3]
CONFIGS = configs()
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}
NETWORKS = 25  # in a chunk


def closed(schema: Any) -> Any:
    """Let a schema take no other keys, so that none is written that it does not describe."""
    if isinstance(schema, dict):
        changed = {key: closed(value) for key, value in schema.items()}
        if "properties" in changed:
            changed["additionalProperties"] = False
        return changed
    return [closed(value) for value in schema] if isinstance(schema, list) else schema


SCHEMA = Draft7Validator(closed(SCHEMAS["plan"]()))


def data_of_file(path: Path, root: Path = ROOT) -> Any:
    checked = check_file(str(path), root=root)
    assert checked.graph is not None
    assert checked.network is not None
    plan = build_plan(checked.graph, checked.network.name or "")
    return json.loads("".join(plan_as_json(plan, places_of(checked))))


def data_of(text: str) -> Any:
    checked = check(text.encode(), "net.nn.yaml")
    assert checked.graph is not None, checked.diagnostics
    return json.loads("".join(plan_as_json(build_plan(checked.graph, "net"), places_of(checked))))


PLACE = {field.name for field in fields(Location)}


def without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_places(item) for key, item in value.items() if key not in PLACE}
    return [without_places(item) for item in value] if isinstance(value, list) else value


# ------------------------------------------------------------------------------- every config


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_it_keeps_to_its_schema(path: Path) -> None:
    data = data_of_file(path)
    SCHEMA.validate(data)
    del data["neurons"]
    assert not SCHEMA.is_valid(data)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_everything_stands_where_it_is_declared(path: Path) -> None:
    data = data_of_file(path)
    lines: dict[str, list[str]] = {}
    entries = [*data["inputs"], *data["neurons"], *data["layers"], *data["outputs"]]
    assert entries
    for entry in entries:
        file = entry["file"]
        if file not in lines:
            lines[file] = Path(file).read_text("utf-8").splitlines()
        assert entry["line"] == entry["end_line"]
        line = lines[file][entry["line"] - 1]
        text = line[entry["column"] - 1 : entry["end_column"] - 1].strip("'\"")
        kind = entry.get("kind")
        if kind == "step":  # at its cut-off
            number, rule = oracle.limit(text)
            (threshold,) = entry["thresholds"]
            assert number == Fraction(threshold["threshold"])
            assert threshold["fires"] == entry["fires"] == (rule or "at_least")
        elif kind == "default":  # at the part
            assert text == entry["name"].rpartition(":")[0].rpartition(".")[2]
        else:
            assert text == entry["name"].removeprefix(f"{entry.get('instance', '')}.")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_weights_and_thresholds_are_those_that_are_written(path: Path) -> None:
    network = nnc.load(path, root=ROOT)
    neurons = {neuron["name"]: neuron for neuron in data_of_file(path)["neurons"]}
    for name, declared in network.neurons.items():
        neuron = neurons[name]
        own = dict(zip(neuron["sources"], map(Fraction, neuron["weights"]), strict=True))
        for source, weight in (
            declared.weights.items() if isinstance(declared.weights, dict) else ()
        ):
            if isinstance(weight, (int, Fraction)) and source in own:
                assert own[source] == weight
        limits = [Fraction(limit["threshold"]) for limit in neuron["thresholds"]]
        if declared.threshold is not None:
            assert limits == [declared.threshold]
        if declared.thresholds is not None:
            rules = [limit["fires"] for limit in neuron["thresholds"]]
            expected = [ruled(limit, neuron["fires"]) for limit in declared.thresholds.values()]
            assert list(map(Threshold, limits, rules)) == expected
            names = [f"{name}.{port}" for port in declared.thresholds]
            assert [limit["name"] for limit in neuron["thresholds"]] == names
        if declared.fires not in ("all", "any"):
            assert neuron["fires"] == network.fires_of(declared)


# --------------------------------------------------------------------- what it means, by itself


class Reader:
    """Evaluates a plan from its data alone, as a program in any language could."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.fired: dict[str, int] = {"0": 0, "1": 1}
        self.values: dict[str, Fraction] = {"0": Fraction(0), "1": Fraction(1)}
        self.sums: dict[str, Fraction] = {}

    def evaluate(self, inputs: dict[str, list[Fraction]]) -> dict[str, Any]:
        """Give every output for one row."""
        for declared in self.data["inputs"]:
            own = dict(zip(declared["signals"], inputs[declared["name"]], strict=True))
            self.values |= own
            on = Fraction(declared["states"][1]) if declared["states"] else 1
            self.fired |= {name: int(value == on) for name, value in own.items()}
        # a neuron of the kind `value`, for an output alone, may come after the last level
        for level in range(1, self.data["levels"] + 2):
            for neuron in self.data["neurons"]:
                if neuron["level"] == level:
                    limits = neuron["thresholds"]
                    self._neuron(neuron, neuron["name"], neuron["weights"], limits)
            for layer in self.data["layers"]:
                if layer["level"] == level:
                    for i, weights in enumerate(self._rows(layer)):
                        self._member(layer, f"{layer['name']}({i})", weights, i)
        return {output["name"]: self._output(output) for output in self.data["outputs"]}

    def _member(self, layer: Any, name: str, weights: Any, i: int) -> None:
        """Evaluate a neuron of a layer: with a list of thresholds it is how many of them fire."""
        fires, own = layer["fires"], layer["thresholds"][i]
        if not isinstance(own, list):
            limit = {"name": name, "threshold": own, "fires": fires}
            self._neuron(layer, name, weights, [limit])
            return
        places = range(1, len(own) + 1)
        names = [
            f"{name}.{k}" for k in (places if fires in ("above", "at_least") else places[::-1])
        ]
        limits = [
            {"name": each, "threshold": threshold, "fires": fires}
            for each, threshold in zip(names, own, strict=True)
        ]
        self._neuron(layer, name, weights, limits)
        self.values[name] = Fraction(sum(map(self.fired.__getitem__, names)))

    def _neuron(self, told: Any, name: str, weights: Any, limits: list[Any]) -> None:
        values = map(self.values.__getitem__, told["sources"])
        total = sum((Fraction(w) * v for w, v in zip(weights, values, strict=True)), Fraction())
        self.sums[name] = total
        for limit in limits:
            signal, fires = limit["name"], COMPARE[limit["fires"]]
            self.fired[signal] = int(fires(total, Fraction(limit["threshold"])))
            self.values[signal] = Fraction(told["states"][self.fired[signal]])

    def _rows(self, layer: Any) -> list[list[Any]]:
        weights, count = layer["weights"], len(layer["sources"])
        if not isinstance(weights, (list, dict)):
            return [[weights] * count] * layer["size"]
        if isinstance(weights, list):
            return weights
        rows = []
        for start, stop in zip(weights["indptr"], weights["indptr"][1:], strict=False):
            row: list[Any] = [0] * count
            for place, value in zip(
                weights["indices"][start:stop], weights["values"][start:stop], strict=True
            ):
                row[place] = value
            rows.append(row)
        return rows

    def _output(self, output: Any) -> Any:
        kind, sources, labels = output["kind"], output["sources"], output["labels"]
        if kind in ("level", "largest"):
            sums = [self.sums.get(name, Fraction()) for name in sources]
            place = sums.index(max(sums)) if kind == "largest" else 0
            place = sum(map(self.fired.__getitem__, sources)) if kind == "level" else place
            return labels[place] if labels else place
        if output["is_integer"]:
            return sum(self.fired[name] << i for i, name in enumerate(sources))
        values = [(self.sums if kind == "sum" else self.values)[name] for name in sources]
        return values if len(values) > 1 else values[0]


def test_its_data_alone_gives_what_the_oracle_gives(chunk: int, tmp_path: Path) -> None:
    rng = Random(f"plans as data {chunk}")
    for i in range(NETWORKS):
        drawn = example(rng, 4, EVERY)
        folder = tmp_path / str(i)
        path = drawn.put(folder)
        data = data_of_file(path, folder)
        SCHEMA.validate(data)
        exact = Oracle(oracle.load(path), folder)
        inputs = exact.file["inputs"]
        for row in drawn.rows:
            values = {
                name: oracle.elements(declared, row.get(name, declared.get("default")))
                for name, declared in inputs.items()
            }
            assert Reader(data).evaluate(values) == exact.evaluate(row), (drawn.text, row)


def test_a_compiled_network_gives_the_same_without_places(chunk: int, tmp_path: Path) -> None:
    rng = Random(f"compiled as data {chunk}")
    for i in range(NETWORKS):
        folder = tmp_path / str(i)
        checked = check_file(str(example(rng, 1, EVERY).put(folder)), root=folder)
        assert checked.graph is not None
        plan = build_plan(checked.graph, "net")
        with (folder / "net.nnc").open("wb") as stream:
            write_compiled(plan, sources_of(checked), stream)
        again = nnc.load_compiled(folder / "net.nnc")
        texts = ["".join(plan_as_json(one, {})) for one in (plan, again)]
        assert texts[0] == texts[1]
        placed = json.loads("".join(plan_as_json(plan, places_of(checked))))
        assert without_places(placed) == without_places(json.loads(texts[1]))


# ------------------------------------------------------------------------------------ the edges


def test_numbers_are_numbers_only_below_2_to_the_53() -> None:
    most = 2**53
    weights = f"{{a: {most - 1}, b: {most}, c: -{most}, d: 0.5, e: 1/3, f: 1.0}}"
    data = data_of(
        "nnc: 1\ninputs: [a, b, c, d, e, f]\nfires: below\n"
        f"neurons: {{n: {{weights: {weights}, thresholds: {{low: -1/7, high: {most}}}}}}}\n"
        "outputs: [n]\n"
    )
    (neuron,) = data["neurons"]
    assert neuron["weights"] == [most - 1, str(most), str(-most), "0.5", "1/3", 1]
    low = {"name": "n.low", "threshold": "-1/7", "fires": "below"}
    high = {"name": "n.high", "threshold": str(most), "fires": "below"}
    assert neuron["thresholds"] == [low, high]
    assert (neuron["fires"], neuron["kind"], neuron["level"]) == ("below", "neuron", 1)


def test_layers_of_every_form() -> None:
    data = data_of(
        "nnc: 1\nfires: at_least\ninputs: {x: bit(3), y: {type: bit, states: [-1, 1]}}\n"
        "layers:\n"
        "  same: {wiring: x, weights: 1/3, thresholds: 0.5, size: 2}\n"
        "  rows: {wiring: same, weights: [[1, 0.5], [2, -3]], thresholds: [1, 2.5], fires: below}\n"
        "  mixed: {wiring: [y, x(0)], weights: [[0.25, 7]], thresholds: [1], states: [-1, 1]}\n"
        "  spins: {wiring: y, weights: [[-5]], thresholds: [-1]}\n"
        "outputs: [rows, mixed, spins]\n"
    )
    layers = {layer["name"]: layer for layer in data["layers"]}
    assert {name: layer["weights"] for name, layer in layers.items()} == {
        "same": "1/3", "rows": [[1, "0.5"], [2, -3]], "mixed": [["0.25", 7]], "spins": [[-5]],
    }  # fmt: skip
    assert {name: layer["thresholds"] for name, layer in layers.items()} == {
        "same": ["0.5", "0.5"], "rows": [1, "2.5"], "mixed": [1], "spins": [-1],
    }  # fmt: skip
    assert layers["rows"]["sources"] == ["same(0)", "same(1)"]
    assert (layers["rows"]["fires"], layers["same"]["fires"]) == ("below", "at_least")
    assert (layers["mixed"]["states"], layers["mixed"]["level"]) == ([-1, 1], 1)
    assert (layers["rows"]["line"], layers["rows"]["column"]) == (6, 3)


def test_parts_are_written_out_with_the_names_of_their_instances(tmp_path: Path) -> None:
    (tmp_path / "cell.nn.yaml").write_text(
        "nnc: 1\ninputs: {a: bit, b: {type: integer, default: 2.0}}\n"
        "neurons: {n: {weights: {a: 1, b: {3: 1}}, threshold: 0}}\noutputs: [n]\n"
    )
    (tmp_path / "net.nn.yaml").write_text(
        "nnc: 1\ninputs: {x: bit(2)}\n"
        "parts: {cell: {use: cell.nn.yaml, repeat: 2, wiring: {a: x(i)}}}\noutputs: {y: cell.n}\n"
    )
    data = data_of_file(tmp_path / "net.nn.yaml", tmp_path)
    told = {n["name"]: (n["instance"], n["kind"], Path(n["file"]).name) for n in data["neurons"]}
    assert told == {
        "cell:2": ("", "default", "net.nn.yaml"),
        "cell(0).b>=3": ("cell(0)", "step", "cell.nn.yaml"),
        "cell(1).b>=3": ("cell(1)", "step", "cell.nn.yaml"),
        "cell(0).n": ("cell(0)", "neuron", "cell.nn.yaml"),
        "cell(1).n": ("cell(1)", "neuron", "cell.nn.yaml"),
    }
    (output,) = data["outputs"]
    assert (output["kind"], output["sources"]) == ("bus", ["cell(0).n", "cell(1).n"])


def test_a_network_of_nothing_keeps_its_shape() -> None:
    data = data_of("nnc: 1\ninputs: []\noutputs: {one: 1}\n")
    SCHEMA.validate(data)
    assert (data["inputs"], data["neurons"], data["layers"]) == ([], [], [])
    assert data["levels"] == 0
    assert data["outputs"][0]["sources"] == ["1"]


def test_a_network_built_in_python_has_no_places() -> None:
    plan: Plan = nnc.compile(nnc.Network(inputs=["a"], outputs=["a"]))
    data = json.loads("".join(plan_as_json(plan, {})))
    SCHEMA.validate(data)
    assert {data["inputs"][0][key] for key in PLACE} == {None}


def test_a_long_chain_takes_time_in_proportion() -> None:
    neurons = ["  n0: {weights: {a: 0.5}, threshold: 0.25}"]
    neurons += [f"  n{i}: {{weights: {{n{i - 1}: 1, a: -1/3}}, threshold: 0}}"
                for i in range(1, 20_000)]  # fmt: skip
    text = "nnc: 1\ninputs: [a]\nneurons:\n" + "\n".join(neurons) + "\noutputs: [n19999]\n"
    checked = check(text.encode(), "net.nn.yaml")
    assert checked.graph is not None
    plan = build_plan(checked.graph, "net")
    pieces = list(plan_as_json(plan, places_of(checked)))
    assert max(map(len, pieces)) < 1000  # so that little is held at a time
    last = json.loads("".join(pieces))["neurons"][-1]
    assert (last["name"], last["level"], last["line"]) == ("n19999", 20_000, 20_003)
    assert (last["sources"], last["weights"]) == (["n19998", "a"], [1, "-1/3"])

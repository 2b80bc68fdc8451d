"""Linked -> Picture: the declarations of a network as boxes and wires, with the values of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isqrt
from pathlib import PurePath
from typing import cast

from nnc.compiler.bounds import sum_bounds
from nnc.compiler.graph import Instance, LayerNode, NeuronNode, PartBody, Template
from nnc.diagnostics.diagnostic import KeyPath
from nnc.drawing.elements.layers import (
    MAX_TITLES,
    Reading,
    convolution_element,
    groups_of,
    matrix_of,
    readers_of,
    readings_of,
    row_titles,
    thresholds_of,
    wired,
)
from nnc.drawing.elements.run import FOLDED, Scene, Unfolding
from nnc.drawing.graphics.model import Element, Limit, Matrix, Picture, Row, Scale
from nnc.drawing.graphics.tables import (
    bus_text,
    cutoff_text,
    heaviest_rows,
    rule_text,
    sources_text,
    type_text,
    value_text,
    wiring_note,
)
from nnc.language.network import (
    COMPARISONS,
    FIRING,
    AnyLayer,
    Convolution,
    Input,
    Network,
    Neuron,
    Open,
    Output,
    Part,
    ruled,
    show_limit,
)
from nnc.language.network import Limit as Cutoff
from nnc.language.references import name_in
from nnc.lazy import np
from nnc.numbers.exact import Number, counted, magnitude, shorten, show_number, simplest
from nnc.terminal.pictures import picture_width

_GRID = 12  # bits with the same readers that are one grid
_MAX_FLOAT = 1e300  # numbers of pixels, which have colours by their floats
_SQUARE, _MOST_CELLS = 65, 4096  # bits of a bus that are a square: up to 64 are an integer


def picture(scene: Scene, name: str, unfolding: Unfolding = FOLDED) -> Picture:
    """Return the picture of a network, with its parts as boxes."""
    return _Drawing(scene, scene.flat.template, 0, name, unfolding).picture()


def picture_of_instance(
    scene: Scene, instance: Instance, name: str, unfolding: Unfolding = FOLDED
) -> Picture:
    """Return the picture of one instance of a used network, or of the network itself."""
    way = (instance.prefix,) if instance.body is not None else ()
    return _Drawing(scene, instance.template, instance.offset, name, unfolding, way).picture()


class _Drawing:
    """Draw one network; its signals are those of an instance, from `offset` on."""

    def __init__(
        self,
        scene: Scene,
        template: Template,
        offset: int,
        name: str,
        unfolding: Unfolding,
        way: tuple[str, ...] = (),
    ) -> None:
        self.scene, self.template, self.offset, self.name = scene, template, offset, name
        self.unfolding, self.way = unfolding, way
        self.network: Network = template.linked.network
        self.inputs: Mapping[str, Input] = template.inputs
        self.elements: list[Element] = []
        self.place_of: dict[str, int] = {}
        """The element that each declared name is drawn as."""
        self.readings: list[tuple[int, Reading]] = []
        self.nodes = {node.name: node for node in template.nodes}
        bounds = sum_bounds(template.nodes, template.types)
        self.bounds = {node.name: each for node, each in zip(template.nodes, bounds, strict=True)}
        self.layers = {node.name: node for node in template.layers}
        blanks = template.linked.blanks
        self.open = {blank.path: str(Open(blank.low, blank.high)) for blank in blanks}
        """The text of each number that is left open; in the graph it is 0."""

    def picture(self) -> Picture:
        """Return the picture."""
        groups = groups_of(self.network, self.nodes)
        self._inputs(readers_of(self.network, groups))
        for name, neuron in self.network.neurons.items():
            group = groups.get(name)
            if group is None:
                self._neuron(name, neuron)
            elif group[0] == name:
                self._group(group)
        for name, layer in self.network.layers.items():
            self._layer(name, layer)
        for body in self.template.parts:
            self._part(body, self.network.parts[body.name])
        for alias, output in self.network.outputs.items():
            self._output(alias, output)
        elements, wires = wired(self.elements, self.place_of, self.readings)
        return Picture(self.name, elements, wires, self.scene.run is not None)

    def _add(
        self, element: Element, names: Sequence[str] = (), readings: Iterable[Reading] = ()
    ) -> None:
        """Add the elements of some names, and their sources."""
        place = len(self.elements)
        self.place_of.update(dict.fromkeys(names, place))
        self.elements.append(replace(element, names=tuple(names) or (element.name,)))
        self.readings += [(place, reading) for reading in readings]

    # ------------------------------------------------------------------------------- values

    def _signals(self, slots: Sequence[int]) -> list[int]:
        source = self.scene.flat.source
        return [source[slot + self.offset] if slot > 1 else slot for slot in slots]

    def _values(self, slots: Sequence[int]) -> tuple[Number, ...] | None:
        run = self.scene.run
        return None if run is None else tuple(map(run.value, self._signals(slots)))

    def _fired(self, slots: Sequence[int]) -> tuple[int, ...] | None:
        run = self.scene.run
        return None if run is None else tuple(map(run.signal, self._signals(slots)))

    # ------------------------------------------------------------------------------- inputs

    def _inputs(self, readers: Mapping[str, frozenset[str]]) -> None:
        """Add the inputs; many bits with the same readers are one grid."""
        grids: dict[frozenset[str], list[str]] = {}
        for name, input_ in self.inputs.items():
            if input_.type == "bit" and not input_.is_bus and input_.default is None:
                grids.setdefault(readers.get(name, frozenset()), []).append(name)
        in_grid = {name: names for names in grids.values() if len(names) >= _GRID for name in names}
        for name, input_ in self.inputs.items():
            if name not in in_grid:
                self._add(self._input(name, input_), [name])
            elif in_grid[name][0] == name:
                names = in_grid[name]
                slots = [self.template.slots_of(each)[0] for each in names]
                name, note = counted(len(names), "input"), f"{names[0]} … {names[-1]}"
                title, cells = f"{len(names)} inputs: {', '.join(names)}", self._fired(slots)
                count = len(names)
                self._add(Element("inputs", name, note, title, cells=cells, count=count), names)

    def _input(self, name: str, input_: Input) -> Element:
        slots = self.template.slots_of(name)
        note = type_text(input_)
        values = self._fired(slots)
        value = fires = label = None
        if values is not None:
            value = None if input_.of is not None else bus_text(self._values(slots) or ())
            if input_.type == "bit" and not input_.is_bus:
                fires = values == (1,)
            if input_.of is not None:
                label = values.index(1) if 1 in values else None
        title = f"input {name}: {note}{value_text(value)}"
        if input_.description:
            title += f". {input_.description}"
        labels = input_.of or ()
        element = Element(
            "input", name, note, title, value=value, fires=fires, labels=labels, label=label
        )
        width = None if self.way or input_.type == "bit" else picture_width(input_)
        numbers = None if width is None else self._values(slots)
        if width is not None and numbers and max(map(magnitude, numbers)) < _MAX_FLOAT:
            pixels = np.array(numbers, np.float64).reshape(-1, width)
            return replace(element, matrix=Matrix(pixels), count=len(slots), columns=width)
        if input_.type != "bit" or not input_.is_bus:
            return element
        return self._as_grid(element, values, len(slots))

    def _as_grid(self, element: Element, cells: tuple[int, ...] | None, count: int) -> Element:
        """Return a bus as a grid of its bits, where it is a square of many or has a shape."""
        columns = 0 if self.way else self.unfolding.shapes.get(element.name, 0)
        if not columns and _SQUARE <= count <= _MOST_CELLS and isqrt(count) ** 2 == count:
            columns = isqrt(count)
        return replace(element, cells=cells, count=count, columns=columns) if columns else element

    # ------------------------------------------------------------------------------ neurons

    def _neuron(self, name: str, neuron: Neuron) -> None:
        node = self.nodes[name]
        rows = self._rows(neuron, node)
        is_gate = self.network.fires_of(neuron) not in COMPARISONS
        note = rule_text(self.network.fires_of(neuron), node, self.open)
        fired = self._fired(range(node.first, node.first + node.outputs))
        fires = None if fired is None else any(fired)
        title = f"neuron {name}: {note}; {sources_text(rows)}"
        if neuron.description:
            title += f". {neuron.description}"
        is_open = any(path[:2] == ("neurons", name) for path in self.open)
        scale = None if is_gate or is_open else self._scale(node, rows, fired)
        drawn = heaviest_rows(rows)
        element = Element("neuron", name, note, title, drawn, (), scale, fires=fires)
        self._add(element, [name], readings_of(rows, drawn))

    def _scale(self, node: NeuronNode, rows: Sequence[Row], fired: tuple[int, ...] | None) -> Scale:
        least, greatest = self.bounds[node.name] or (None, None)
        limits = tuple(
            Limit(
                node.ports[i] if node.ports else "",
                number,
                FIRING[node.rule(i)].sign,
                None if fired is None else fired[i] == 1,
            )
            for i, number in enumerate(node.thresholds)
        )
        total = None
        if fired is not None:
            total = simplest(Fraction(sum(row.amount or 0 for row in rows)))
        return Scale(least, greatest, limits, total, FIRING[node.fires].up)

    def _rows(self, neuron: Neuron, node: NeuronNode) -> list[Row]:
        """Return a row for each source, as written."""
        rows, start = [], 0
        by_name = neuron.weights if isinstance(neuron.weights, dict) else None
        is_gate = self.network.fires_of(neuron) not in COMPARISONS
        for text in neuron.reads():
            weight = by_name[text] if by_name is not None else None
            width = len(weight) if isinstance(weight, dict) else len(self.template.slots_of(text))
            stop = start + width
            slots, weights = node.sources[start:stop], tuple(node.weights[start:stop])
            values = self._values(slots)
            amount = None
            if values is not None:
                products = (w * v for w, v in zip(weights, values, strict=True))
                amount = simplest(Fraction(sum(products)))
            if isinstance(weight, dict):
                row = self._steps(text, cast("dict[Cutoff, Number]", weight), amount)
            else:
                row = Row(text, () if is_gate else weights, values=values, amount=amount)
            if self.open and row.weights:
                blanks = self._blanks(node.name, neuron, text, range(start, stop))
                added = len(row.weights) - len(blanks) if row.cutoffs else 0
                row = row._replace(blanks=("",) * added + blanks)
            width = len(self.template.slots_of(text))
            rows.append(row._replace(width=width, synapses=(start, stop)))
            start = stop
        return rows

    def _blanks(self, name: str, neuron: Neuron, text: str, places: range) -> tuple[str, ...]:
        """Return the blanks in place of the weights of a source that are left open."""
        path: KeyPath = ("neurons", name, "weights")
        keys: list[str | int] = list(places)
        if isinstance(neuron.weights, dict):
            path, weight = (*path, text), neuron.weights[text]
            keys = list(range(len(places)))
            if isinstance(weight, dict):
                keys = [show_limit(cutoff) for cutoff in weight]
        if path in self.open:
            return (self.open[path],) * len(places)
        return tuple(self.open.get((*path, key), "") for key in keys)

    def _steps(self, text: str, steps: Mapping[Cutoff, Number], amount: Number | None) -> Row:
        """Return the row of a number with steps: its points, and the cut-offs between them."""
        points, cutoffs = [0, *steps.values()], [cutoff_text(cutoff) for cutoff in steps]
        slot = self.template.slots_of(text)[0]
        least = self.template.types[slot].least
        first = ruled(next(iter(steps)), "at_least")
        starts_below = least is None or not FIRING[first.rule].compare(least, first.number)
        values = self._values([slot])
        stretch = None
        if values is not None:
            cuts = [ruled(cutoff, "at_least") for cutoff in steps]
            stretch = sum(FIRING[cut.rule].compare(values[0], cut.number) for cut in cuts)
            stretch -= not starts_below
        if not starts_below:
            points = points[1:]
            return Row(text, tuple(points), tuple(cutoffs[1:]), cutoffs[0], values, amount, stretch)
        return Row(text, tuple(points), tuple(cutoffs), "", values, amount, stretch)

    def _group(self, names: list[str]) -> None:
        """Add neurons that read the same kind of sources, as a layer."""
        reads = self._read_by(names)
        column = {text: i for i, text in enumerate(reads)}
        weights = np.zeros((len(names), len(reads)))
        titles = []
        for row, name in enumerate(names):
            neuron, node = self.network.neurons[name], self.nodes[name]
            pairs = list(zip(node.weights, neuron.reads(), strict=True))
            for weight, text in pairs:
                weights[row, column[text]] = float(weight)
            terms = ", ".join(
                f"{self._blanks(name, neuron, text, range(i, i + 1))[0] or show_number(w)} {text}"
                for i, (w, text) in enumerate(pairs)
            )
            titles.append(
                f"{name}: {rule_text(self.network.fires_of(neuron), node, self.open)}; {terms}"
            )
        fired = self._fired([self.nodes[name].first for name in names])
        title = f"{len(names)} neurons that read {len(reads)} sources: {', '.join(names)}"
        rows, readings = self._joined(reads)
        element = Element(
            "neurons",
            f"{names[0]} … {names[-1]}",
            "",
            title,
            rows,
            matrix=Matrix(weights, fired, tuple(titles), self._group_margins(names)),
            count=len(names),
        )
        self._add(element, names, readings)

    def _group_margins(self, names: Sequence[str]) -> tuple[Number, ...] | None:
        """Return a run's distances of sums from thresholds, if all neurons compare sums."""
        run = self.scene.run
        rules = {self.network.fires_of(self.network.neurons[name]) for name in names}
        if run is None or not rules <= set(COMPARISONS):
            return None
        nodes = [self.nodes[name] for name in names]
        sums = map(run.sum, self._signals([node.first for node in nodes]))
        return tuple(
            simplest(Fraction(total - node.thresholds[0]))
            for total, node in zip(sums, nodes, strict=True)
        )

    def _read_by(self, names: Sequence[str]) -> list[str]:
        """Return all that some neurons read, in the order of declaration."""
        used = {text for name in names for text in self.network.neurons[name].reads()}
        declared = [name for name in (*self.inputs, *self.network.neurons) if name in used]
        return declared + sorted(used - set(declared))

    # ------------------------------------------------------------------------------- layers

    def _layer(self, name: str, layer: AnyLayer) -> None:
        node = self.layers[name]
        fired = self._fired(range(node.first, node.first + node.size))
        if isinstance(layer, Convolution):
            rows, readings = self._joined(layer.reads())
            is_open = any(path[:2] == ("layers", name) for path in self.open)
            element = convolution_element(layer, node, fired, is_open=is_open)
            self._add(replace(element, rows=rows), [name], readings)
            return
        weights = matrix_of(node)
        sign = FIRING[node.fires].sign
        threshold = node.thresholds if isinstance(node.thresholds, (int, Fraction)) else None
        blank = self.open.get(("layers", name, "thresholds"))
        note = f"Σ {sign} {'T' if threshold is None else blank or show_number(threshold)}"
        note += f", 0 to {node.counted}" if node.counted else ""
        titles: tuple[str, ...] = ()
        is_open = any(path[:2] == ("layers", name) for path in self.open)
        if node.size * len(node.sources) <= MAX_TITLES and not is_open:
            titles = row_titles(node, weights, fired if node.counted else None)
        title = f"layer {name}: {counted(node.size, 'neuron')}, each reads {len(node.sources):,}"
        if is_open:
            size = self.open.get(("layers", name, "size"))
            title = title.replace(": ", f": {size}, at most ", 1) if size else title
            title += "; numbers are left open"
        if node.counted:
            title += f"; each counts which of its {counted(node.counted, 'threshold')} it passes"
        if layer.description:
            title += f". {layer.description}"
        reads = layer.reads()
        rows, readings = self._joined(reads)
        columns = self.unfolding.shapes.get(reads[0], 0) if len(reads) == 1 and not self.way else 0
        matrix = Matrix(weights, fired, titles, self._margins(node), columns)
        element = Element("layer", name, note, title, rows, (), None, matrix, count=node.size)
        self._add(element, [name], readings)

    def _margins(self, node: LayerNode) -> tuple[Number, ...] | None:
        """Return a run's distances of a layer's sums from their nearest thresholds."""
        run = self.scene.run
        if run is None:
            return None
        signals = self._signals(range(node.first, node.first + node.size))
        return tuple(
            min(
                (simplest(Fraction(run.sum(signal) - limit)) for limit in thresholds_of(node, i)),
                key=magnitude,
            )
            for i, signal in enumerate(signals)
        )

    def _joined(self, reads: Sequence[str]) -> tuple[tuple[Row, ...], list[Reading]]:
        """Return a row for each source of a layer, or one for many in one box; and the wires."""
        rows: dict[object, list[str]] = {}
        readings = []
        for text in reads:
            place = self.place_of.get(text)
            is_many = place is not None and self.elements[place].kind in ("inputs", "neurons")
            rows.setdefault(place if is_many else text, []).append(text)
            is_bus = is_many or len(self.template.slots_of(text)) > 1
            readings.append(Reading(text, len(rows) - 1, is_bus=is_bus))
        texts = (each[0] if len(each) == 1 else f"{each[0]} … {each[-1]}" for each in rows.values())
        return tuple(map(Row, texts)), readings

    # -------------------------------------------------------------------------------- parts

    def _part(self, body: PartBody, part: Part) -> None:
        child = body.child
        name = f"{body.name} ×{body.repeat}" if body.is_repeated else body.name
        rows, readings = [], []
        for place, (port, input_) in enumerate(child.inputs.items()):
            rows.append(Row(port, note=wiring_note(part, port, body.name, input_)))
            for text in part.sources_of(port):
                if name_in(text) != body.name:
                    is_bus = body.is_repeated or len(self.template.slots_of(text)) > 1
                    readings.append(Reading(text, place, is_bus=is_bus))
        title = f"part {body.name}: {body.repeat if body.is_repeated else 'one'} of "
        inner, way = None, (*self.way, body.name)
        if len(way) <= self.unfolding.depth or way in self.unfolding.instances:
            number = self.unfolding.instances.get(way, 0)
            start = self.offset + body.base + number * child.size - 2
            instance = body.prefix(number).removesuffix(".")
            inner = _Drawing(self.scene, child, start, instance, self.unfolding, way).picture()
            if body.is_repeated and (self.scene.run or way in self.unfolding.instances):
                name = f"{instance} of {body.repeat}"
        file = PurePath(child.linked.file or "a network").name  # a picture is the same anywhere
        used = child.linked.network.name or file.removesuffix(".nn.yaml")
        values: tuple[str, ...] = ()
        if self.scene.run is not None:
            values = tuple(self._port_value(body, alias) for alias in child.outputs)
        element = Element(
            "part", name, used, title + used,
            tuple(rows), tuple(child.outputs), count=body.repeat, inner=inner, values=values,
        )  # fmt: skip
        self._add(element, [body.name], readings)

    def _port_value(self, body: PartBody, alias: str) -> str:
        """Return the value of an output of a part, with all instances end to end."""
        if body.child.outputs[alias].bundle is None:
            return ""
        values = self._values(self.template.slots_of(f"{body.name}.{alias}"))
        return "" if values is None else bus_text(values)

    # ------------------------------------------------------------------------------ outputs

    def _output(self, alias: str, output: Output) -> None:
        kind = "sum" if output.sum else "level" if output.level else "largest"
        reads = output.reads()
        if output.sources is not None:
            note = "" if reads == (alias,) else shorten(", ".join(reads))
        else:
            note = f"{kind} of {shorten(', '.join(reads))}"
        labels = output.labels or ()
        value, fires, label = self._result(alias, labels)
        title = f"output {alias}" + (f": {note}" if note else "") + value_text(value)
        element = Element(
            "output", alias, note, title, value=value, fires=fires, labels=labels, label=label
        )
        tap = self.template.outputs[alias].tap
        if tap.kind == "bus" and tap.is_integer:
            cells = self._fired(tap.signals)
            element = self._as_grid(element, cells, len(tap.signals))
        self._add(element, [], map(self._reading, reads))

    def _reading(self, text: str) -> Reading:
        """Return the wire of an output from one of its sources."""
        slots = self.template.slots_of(text)
        fired = self._fired(slots)
        carries = None if fired is None else any(fired)
        return Reading(text, 0, is_bus=len(slots) > 1, carries=carries)

    def _result(
        self, alias: str, labels: Sequence[str]
    ) -> tuple[str | None, bool | None, int | None]:
        """Return an output's value in a run, whether it is 1, and the position of its label."""
        run, tap = self.scene.run, self.template.outputs[alias].tap
        if run is None:
            return None, None, None
        if tap.kind in ("bit", "bus", "number"):
            values = self._values(tap.signals) or ()
            is_one = values == (1,) if tap.kind == "bit" else None
            return bus_text(values), is_one, None
        if tap.kind == "level":
            level = sum(self._fired(tap.signals) or ())
            return (None, None, level) if labels else (str(level), None, None)
        if self.way:
            return None, None, None  # sums are those of the whole network
        result = run.outputs[alias]
        if labels:
            return None, None, list(labels).index(str(result))
        if isinstance(result, np.ndarray):  # the sums of all instances of a part
            return ",".join(map(show_number, result.tolist())), None, None
        return show_number(result.item() if isinstance(result, np.generic) else result), None, None

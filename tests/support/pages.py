"""Pages of networks for tests: written, taken apart, and what they must say."""

import json
import re
import zlib
from base64 import b64decode
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from nnc.compiler.plan import Plan, build_plan
from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.drawing.page import PageRow, PageSettings, network_page, starting_batch
from nnc.language.network import Input
from nnc.numbers.exact import show_number
from nnc.opening.checking import Checked
from nnc.rows.columns import Batch
from nnc.rows.inputs.row import row_from_values
from nnc.run.evaluation import evaluate_arrays

_DISTANCES = tuple(map(Fraction, ("0", "1", "-1", "1/10", "-1/10", "1/3", "-1/3")))


def written(
    folder: Path, checked: Checked, rows: Sequence[Batch | PageRow] = (), **settings: Any
) -> Path:
    """Write the page of a network, and give its file."""
    graph = checked.wiring
    assert graph is not None
    file = folder / "page.html"
    start = settings.pop("start", None) or starting_batch(graph.inputs, {})
    if rows and isinstance(rows[0], Batch):
        start, rows = rows[0], list(map(PageRow, rows))  # type: ignore[arg-type]
    file.write_text(network_page(checked, PageSettings(start, rows, **settings)), "utf-8")
    return file


def data_of(text: str) -> Any:
    """Give the data of a page."""
    found = re.search(r'<script type="([^"]*)" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    if found[1] == "application/json":
        return json.loads(found[2])
    return json.loads(zlib.decompress(b64decode(found[2])))


def expected(plan: Plan, row: Batch) -> dict[str, Any]:
    """Give the outputs of a row as the page writes them."""
    outputs: dict[str, Any] = {}
    arrays = evaluate_arrays(plan, row)
    for tap in plan.outputs:
        value = arrays[tap.alias][0]
        if isinstance(value, np.ndarray):
            texts = [show_number(number) for number in value.tolist()]
            is_integer = tap.kind == "bus" and tap.is_integer
            bits = sum(int(text) << i for i, text in enumerate(texts)) if is_integer else 0
            outputs[tap.alias] = str(bits) if is_integer else texts
        else:
            plain = value.item() if isinstance(value, np.generic) else value
            outputs[tap.alias] = plain if isinstance(plain, str) else show_number(plain)
    return outputs


def rows_at_cutoffs(checked: Checked, count: int, random: Random) -> list[Batch]:
    """Draw rows whose numbers are on cut-offs, or near them."""
    assert checked.graph is not None
    inputs, plan = checked.graph.inputs, build_plan(checked.graph)
    near = {name: _candidates(plan, name, input_) for name, input_ in inputs.items()}
    rows = []
    for _ in range(count):
        values = {name: _drawn(near[name], inputs[name], random) for name in inputs}
        rows.append(row_from_values(values, inputs))
    return rows


def _candidates(plan: Plan, name: str, input_: Input) -> list[object]:
    if input_.of is not None:
        return list(input_.of)
    if input_.type == "bit":
        return list(input_.state_values)
    first = plan.first_of[name]
    signals = range(first, first + input_.width)
    cuts = {
        step.threshold(i)
        for step in plan.steps if len(step.sources) == 1 and step.sources[0] in signals
        for i in range(len(step.thresholds))
    }  # fmt: skip
    cuts |= {end for end in (input_.min, input_.max) if end is not None} or {Fraction(0)}
    numbers = {cut + distance for cut in cuts for distance in _DISTANCES}
    one = {name: input_.model_copy(update={"size": None, "default": None})}
    return [number for number in sorted(numbers) if _is_taken(number, name, one)]


def _is_taken(number: object, name: str, inputs: dict[str, Input]) -> bool:
    try:
        row_from_values({name: number}, inputs)
    except InvalidRowsError:
        return False
    return True


def _drawn(candidates: list[object], input_: Input, random: Random) -> object:
    if input_.size is None:
        return random.choice(candidates)
    if input_.is_integer_bus:
        return random.getrandbits(input_.size)
    return [random.choice(candidates) for _ in range(input_.size)]

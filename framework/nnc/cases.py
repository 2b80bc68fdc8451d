"""Cases: examples in a network file that must hold; checked as text, and run."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from nnc.diagnostics import Diagnostic, InvalidRowsError, Path, did_you_mean, written
from nnc.exact import Number, Refused, exact_number, kind_of, read_number, show_number, shown
from nnc.graph import Graph, Tap
from nnc.network import Case, Network
from nnc.paths import inside

if TYPE_CHECKING:
    from nnc.columns import Batch
    from nnc.plan import Plan


def check_cases(
    network: Network,
    graph: Graph | None,
    file: FilePath | None,
    root: FilePath | None,
    unsure: Collection[str] = (),
) -> list[Diagnostic]:
    """Say what is wrong with the cases of a network, without running them.

    `file` is the network's own file, beside which case files are looked for; within `root`.
    `unsure` are inputs, outputs and cases with mistakes of their own; they are left alone here.
    """
    taps = {tap.alias: tap for tap in graph.outputs} if graph else {}
    found: list[Diagnostic] = []
    for i, case in enumerate(network.cases):
        path: Path = ("cases", i)
        if written(path) in unsure:
            continue
        if case.file is not None:
            found += _check_file(case.file, (*path, "file"), file, root)
            continue
        found += _check_given(network, case.given or {}, (*path, "given"), unsure)
        expect = case.expect or {}
        for alias in expect:
            if alias.partition("(")[0] not in unsure:
                found += _check_expected(network, taps, expect, alias, (*path, "expect", alias))
    return found


def _check_file(
    name: str, path: Path, file: FilePath | None, root: FilePath | None
) -> Iterator[Diagnostic]:
    if file is None:
        return
    target = file.parent / name
    if FilePath(name).is_absolute() or not inside(target, root or file.parent):
        yield Diagnostic(
            "outside-project",
            f"the case file `{name}` lies outside the project root",
            path,
            help="write a relative path to a file inside it, or set --root",
        )
    elif not target.is_file():
        near = did_you_mean(
            target.name, [p.name for p in target.parent.glob("*")] if target.parent.is_dir() else []
        )
        yield Diagnostic(
            "cannot-open",
            f"there is no case file `{name}`",
            path,
            help=near or f"paths count from the folder of {file.name}",
        )


def _check_given(
    network: Network, given: Mapping[str, Any], path: Path, unsure: Collection[str]
) -> Iterator[Diagnostic]:
    missing = [
        name
        for name, one in network.inputs.items()
        if one.default is None and name not in given and name not in unsure
    ]
    for name, value in given.items():
        if name in unsure:
            continue
        one = network.inputs.get(name)
        if one is None:
            near = did_you_mean(name, network.inputs, "the inputs are " + ", ".join(network.inputs))
            missing = [m for m in missing if f"`{m}`" not in near]
            yield Diagnostic(
                "bad-case", f"the network has no input `{name}`", (*path, name), key=True, help=near
            )
            continue
        try:
            wrong = one.refuses(exact_number(value))
        except Refused as error:
            yield Diagnostic(
                error.rule, f"input `{name}`: {error.message}", (*path, name), help=error.help
            )
        else:
            if wrong:
                yield Diagnostic(
                    "bad-value",
                    f"input `{name}`: {wrong}",
                    (*path, name),
                    help="write a value the input allows",
                )
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        yield Diagnostic(
            "bad-case",
            f"the case gives no value for {names}",
            path,
            key=True,
            help="add it; only inputs with a default may be left out",
        )


def _check_expected(
    network: Network, taps: Mapping[str, Tap], expect: Mapping[str, Any], alias: str, path: Path
) -> Iterator[Diagnostic]:
    if alias.partition("(")[0] not in network.outputs:
        near = did_you_mean(alias, network.outputs, "the outputs are " + ", ".join(network.outputs))
        message = f"the network has no output `{shown(alias)}`"
        yield Diagnostic("bad-case", message, path, key=True, help=near)
    elif "(" in alias and alias.partition("(")[0] in expect:
        message = f"the output `{alias.partition('(')[0]}` is expected whole and by element"
        yield Diagnostic("bad-case", message, path, key=True, help="write one or the other")
    elif alias.partition("(")[0] in taps:
        try:
            _expected(taps, alias, expect[alias])
        except Refused as error:
            message = f"output `{alias}`: {error.message}"
            yield Diagnostic(error.rule, message, path, help=error.help or None)


_ELEMENT = re.compile(r"([^\s()]+)\((0|[1-9][0-9]{0,8})\)")


def _expected(taps: Mapping[str, Tap], alias: str, value: object) -> Number | str:
    """Read what is expected of an output, or of one element of a bus: `sum`, `sum(3)`."""
    if alias in taps:
        return expected_value(taps[alias], value)
    match = _ELEMENT.fullmatch(alias)
    tap = taps.get(match[1]) if match else None
    if match is None or tap is None or tap.kind != "bus" or int(match[2]) >= len(tap.signals):
        raise Refused("bad-case", "there is no such element", "only a bus has elements, from 0 on")
    return expected_value(Tap(alias, "bit", ()), value)


def expected_value(tap: Tap, value: object) -> Number | str:
    """Read what a case expects of an output; refuses what it can never give."""
    if tap.labels:
        if value in tap.labels:
            return str(value)
        raise Refused(
            "bad-case",
            f"expected a label, found {kind_of(value)}",
            did_you_mean(str(value), tap.labels, "the labels are " + ", ".join(tap.labels)),
        )
    if tap.kind == "bus":
        return _expected_bus(tap, value)
    number = exact_number(value)
    if tap.kind == "bit" and number not in (0, 1):
        raise Refused("bad-case", f"expected 0 or 1, found {show_number(number)}")
    if tap.kind == "level" and (not isinstance(number, int) or not 0 <= number <= len(tap.signals)):
        raise Refused("bad-case", f"a level is 0 to {len(tap.signals)}, not {show_number(number)}")
    return number


def _expected_bus(tap: Tap, value: object) -> int:
    size = len(tap.signals)
    if isinstance(value, (list, tuple)):
        bits = [exact_number(bit) for bit in value]
        if len(bits) != size or any(bit not in (0, 1) for bit in bits):
            raise Refused("bad-case", f"the bus has {size} bits", f"write {size} bits, each 0 or 1")
        return sum(int(bit) << i for i, bit in enumerate(bits))
    number = exact_number(value)
    if not isinstance(number, int) or not 0 <= number < 1 << size:
        raise Refused(
            "bad-case", f"a bus of {size} bits is 0 to {(1 << size) - 1}, not {show_number(number)}"
        )
    return number


# ---------------------------------------------------------------------------------- running


@dataclass(frozen=True, slots=True)
class Row:
    """One example: what is given, what is expected, and what the network gives.

    `path` is where it stands in the network file; a row of a case file has `file` and `line` too.
    """

    name: str
    path: Path
    file: str | None
    line: int
    given: dict[str, Number]
    expected: dict[str, Number | str]
    got: dict[str, Number | str]

    @property
    def wrong(self) -> list[str]:
        """The outputs that are not as expected."""
        return [alias for alias, value in self.expected.items() if self.got[alias] != value]


def run_cases(network: Network, plan: Plan, file: FilePath | None) -> Iterator[Row]:
    """Run every case of a network. Raises NncError where a case file cannot be read."""
    for i, case in enumerate(network.cases):
        path: Path = ("cases", i)
        if case.file is None:
            yield _run_inline(case, plan, path)
        else:
            target = (file.parent if file else FilePath()) / case.file
            yield from _run_file(case, plan, path, target)


def _run_inline(case: Case, plan: Plan, path: Path) -> Row:
    from nnc.rows import row_from_values

    batch = row_from_values(case.given or {}, plan.inputs, where=(*path, "given"))
    taps = {tap.alias: tap for tap in plan.outputs}
    expected = {a: _expected(taps, a, value) for a, value in (case.expect or {}).items()}
    name = case.name or f"case {int(path[1]) + 1}"
    return next(_rows(plan, batch, [expected], name, path))


def _run_file(case: Case, plan: Plan, path: Path, target: FilePath) -> Iterator[Row]:
    from nnc.paths import open_to_read
    from nnc.rows import format_of, read_rows

    file = os.path.normpath(target)
    taps = {tap.alias: tap for tap in plan.outputs}
    bits = [f"{tap.alias}({i})" for tap in plan.outputs if tap.kind == "bus"
            for i in range(len(tap.signals))]  # fmt: skip
    line = 2
    with open_to_read(file) as stream:
        for batch in read_rows(
            stream, format_of(file, "csv"), plan.inputs, file=file, extra="error",
            report=lambda _: None, also={*taps, *bits},
        ):  # fmt: skip
            expected = [_expected_cells(batch, taps, row, file, line) for row in range(batch.count)]
            yield from _rows(plan, batch, expected, case.name or "row", path, file, line)
            line += batch.count


def _expected_cells(
    batch: Batch, taps: Mapping[str, Tap], row: int, file: str, line: int
) -> dict[str, Number | str]:
    """Read what one row of a case file expects; an empty cell is not checked."""
    expected = {}
    for alias, cells in batch.extras.items():
        text = cells[row]
        if not text:
            continue
        try:
            tap = taps.get(alias)
            is_label = tap is not None and tap.labels
            value = text if is_label else read_number(text, lenient=True)
            expected[alias] = _expected(taps, alias, value)
        except Refused as error:
            raise InvalidRowsError(
                [
                    Diagnostic(
                        error.rule,
                        f"line {line + row}, column `{alias}`: {error.message}",
                        help=error.help,
                        file=file,
                    )
                ]
            ) from None
    return expected


def _rows(
    plan: Plan, batch: Batch, expected: list[dict[str, Number | str]], name: str, path: Path,
    file: str | None = None, line: int = 0,
) -> Iterator[Row]:  # fmt: skip
    from nnc.evaluation import evaluate_batch

    results: dict[str, Sequence[Any]] = {
        alias: column.values() for alias, column in evaluate_batch(plan, batch).items()
    }
    for alias, bit in {(a, b) for one in expected for a in one if (b := _element(a)) is not None}:
        bus = results[alias.partition("(")[0]]
        results[alias] = [int(value) >> bit & 1 for value in bus]
    given = [column.values() for column in batch.columns]
    for row in range(batch.count):
        yield Row(
            name, path, file, line + row,
            {name: given[i][row] for i, name in enumerate(plan.inputs)},
            expected[row], {alias: values[row] for alias, values in results.items()},
        )  # fmt: skip


def _element(alias: str) -> int | None:
    """Give the index of `alias(3)`; None for a whole output."""
    match = _ELEMENT.fullmatch(alias)
    return int(match[2]) if match else None

"""Cases: examples in a network file that must hold; checked as text, and run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from nnc.diagnostics import Diagnostic, InvalidRowsError, Path, did_you_mean
from nnc.exact import Number, Refused, exact_number, kind_of, read_number, show_number
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
    `unsure` are inputs and outputs with mistakes of their own; nothing is said about them here.
    """
    taps = {tap.alias: tap for tap in graph.outputs} if graph else {}
    found: list[Diagnostic] = []
    for i, case in enumerate(network.cases):
        path: Path = ("cases", i)
        if case.file is not None:
            found += _check_file(case.file, (*path, "file"), file, root)
            continue
        found += _check_given(network, case.given or {}, (*path, "given"), unsure)
        for alias, value in (case.expect or {}).items():
            if alias in unsure:
                continue
            found += _check_expected(
                network, taps.get(alias), alias, value, (*path, "expect", alias)
            )
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
    network: Network, tap: Tap | None, alias: str, value: Any, path: Path
) -> Iterator[Diagnostic]:
    name = alias.partition("(")[0]
    if name not in network.outputs:
        near = did_you_mean(alias, network.outputs, "the outputs are " + ", ".join(network.outputs))
        yield Diagnostic(
            "bad-case", f"the network has no output `{alias}`", path, key=True, help=near
        )
    elif tap is not None:
        try:
            expected_value(tap, value)
        except Refused as error:
            yield Diagnostic(
                error.rule, f"output `{alias}`: {error.message}", path, help=error.help or None
            )


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
        raise Refused("bad-case", f"the output is 0 or 1, not {show_number(number)}")
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

    `place` is where it stands, as `cases[2]` or `file.csv:7`.
    """

    name: str
    place: str
    path: Path
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
    expected = {a: expected_value(taps[a], value) for a, value in (case.expect or {}).items()}
    name = case.name or f"case {path[1]}"
    return next(_rows(plan, batch, [expected], [name], path, lambda _: f"cases[{path[1]}]"))


def _run_file(case: Case, plan: Plan, path: Path, target: FilePath) -> Iterator[Row]:
    from nnc.paths import open_to_read
    from nnc.rows import format_of, read_rows

    shown = str(target)
    taps = {tap.alias: tap for tap in plan.outputs}
    line = 2
    with open_to_read(shown) as stream:
        for batch in read_rows(
            stream,
            format_of(shown, "csv"),
            plan.inputs,
            file=shown,
            extra="error",
            report=lambda _: None,
            also=set(taps),
        ):
            expected = [
                _expected_cells(batch, taps, row, shown, line) for row in range(batch.count)
            ]
            start = line
            names = [case.name or "row"] * batch.count
            yield from _rows(
                plan,
                batch,
                expected,
                names,
                path,
                lambda row, start=start: f"{shown}:{start + row}",
            )
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
            tap = taps[alias]
            value = text if tap.labels else read_number(text, lenient=True)
            expected[alias] = expected_value(tap, value)
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
    plan: Plan,
    batch: Batch,
    expected: list[dict[str, Number | str]],
    names: list[str],
    path: Path,
    place: Any,
) -> Iterator[Row]:
    from nnc.evaluation import evaluate_batch

    results = {alias: column.values() for alias, column in evaluate_batch(plan, batch).items()}
    given = [column.values() for column in batch.columns]
    for row in range(batch.count):
        yield Row(
            names[row],
            place(row),
            path,
            {name: given[i][row] for i, name in enumerate(plan.inputs)},
            expected[row],
            {alias: values[row] for alias, values in results.items()},
        )

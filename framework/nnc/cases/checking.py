"""Cases checked as text, without running them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from nnc.cases.case_file import find_case_file
from nnc.cases.expected import expected_of
from nnc.cases.typos import Typos, all_of, meaning
from nnc.diagnostics import Diagnostic, Path, written
from nnc.exact import Refused, exact_number, shown
from nnc.graph import Tap
from nnc.network import Network

_MOST_NAMES = 20


def check_cases(
    network: Network,
    outputs: Iterable[Tap],
    file: FilePath | None,
    root: FilePath | None,
    unsure: Collection[str] = (),
) -> list[Diagnostic]:
    """Say what is wrong with the cases of a network, without running them.

    `outputs` are those of which it is known what they give.
    `file` is the network's own file, beside which case files are looked for; within `root`.
    `unsure` are inputs, outputs and cases with mistakes of their own; they are left alone here.
    """
    taps = {tap.alias: tap for tap in outputs}
    typos = Typos()
    found: list[Diagnostic] = []
    for i, case in enumerate(network.cases):
        path: Path = ("cases", i)
        if written(path) in unsure:
            continue
        if case.file is not None:
            if file is not None:
                at = (*path, "file")
                target = find_case_file(case.file, at, file, root or file.parent, typos)
                found += [target] if isinstance(target, Diagnostic) else []
            continue
        found += _check_given(network, case.given or {}, (*path, "given"), unsure, typos)
        expect = case.expect or {}
        for alias in expect:
            if alias.partition("(")[0] not in unsure:
                at = (*path, "expect", alias)
                found += _check_expected(network, taps, expect, alias, at, typos)
    return found


def _check_given(
    network: Network,
    given: Mapping[str, Any],
    path: Path,
    unsure: Collection[str],
    typos: Typos,
) -> Iterator[Diagnostic]:
    missing = {
        name: None
        for name, one in network.inputs.items()
        if one.default is None and name not in given and name not in unsure
    }
    for name, value in given.items():
        if name in unsure:
            continue
        if name not in network.inputs:
            meant = typos.meant(name, network.inputs)
            missing.pop(meant or "", None)
            yield Diagnostic(
                "bad-case",
                f"the network has no input `{shown(name)}`",
                (*path, name),
                key=True,
                help=meaning(meant) or all_of("inputs", network.inputs),
            )
        else:
            yield from _check_value(network, name, value, (*path, name))
    if missing:
        yield Diagnostic(
            "bad-case",
            f"the case gives no value for {_listed(missing)}",
            path,
            key=True,
            help="add it; only inputs with a default may be left out",
        )


def _check_value(network: Network, name: str, value: object, path: Path) -> Iterator[Diagnostic]:
    try:
        wrong = network.inputs[name].refuses(exact_number(value))
    except Refused as error:
        yield Diagnostic(error.rule, f"input `{name}`: {error.message}", path, help=error.help)
    else:
        if wrong:
            fix = "write a value the input allows"
            yield Diagnostic("bad-value", f"input `{name}`: {wrong}", path, help=fix)


def _listed(names: Collection[str]) -> str:
    told = ", ".join(f"`{name}`" for name in list(names)[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{told} and {more:,} more" if more > 0 else told


def _check_expected(
    network: Network,
    taps: Mapping[str, Tap],
    expect: Mapping[str, Any],
    alias: str,
    path: Path,
    typos: Typos,
) -> Iterator[Diagnostic]:
    whole = alias.partition("(")[0]
    if whole not in network.outputs:
        near = typos.help(alias, network.outputs, "outputs")
        message = f"the network has no output `{shown(alias)}`"
        yield Diagnostic("bad-case", message, path, key=True, help=near)
    elif "(" in alias and whole in expect:
        message = f"the output `{whole}` is expected whole and by element"
        yield Diagnostic("bad-case", message, path, key=True, help="write one or the other")
    elif whole in taps:
        try:
            expected_of(taps, alias, expect[alias], typos)
        except Refused as error:
            message = f"output `{shown(alias)}`: {error.message}"
            yield Diagnostic(error.rule, message, path, help=error.help or None)

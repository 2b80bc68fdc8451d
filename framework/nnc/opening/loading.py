"""Load the plan that a command evaluates from a network file or a compiled one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidNetworkError
from nnc.files.opening import MAX_BYTES, STDIN, is_compiled, open_to_read
from nnc.numbers.exact import shorten
from nnc.opening.checking import check_file, check_input, sources_of

if TYPE_CHECKING:
    from nnc.compiler.artifact import Compiled
    from nnc.compiler.plan import Plan


class Loaded(NamedTuple):
    """The plan that a command evaluates, its warnings, and the compiled file it came from.

    `files` are the source files that exist on this machine.
    """

    plan: Plan
    warnings: list[Diagnostic]
    compiled: Compiled | None = None
    files: tuple[Path, ...] = ()

    @contextmanager
    def blaming_damage(self) -> Iterator[None]:
        """Report a failure in the block as a damaged file if the compiled network is damaged."""
        try:
            yield
        except (ArithmeticError, AssertionError, LookupError, MemoryError, TypeError, ValueError):
            if self.compiled is not None:
                self.compiled.verify()
            raise


def require_compiled(file: str) -> None:
    """Raise FileError if a file cannot be opened, or InvalidNetworkError if it is not compiled."""
    if file != STDIN and is_compiled(file):
        return
    if file != STDIN and (not Path(file).exists() or Path(file).is_dir()):
        with open_to_read(file):  # raises FileError with the reason
            pass
    message = "this is not a compiled network"
    hint = "nnc.load reads a network file, and nnc.compile makes a plan of it"
    raise InvalidNetworkError([Diagnostic("bad-compiled", message, file=file, help=hint)])


def load_plan(
    file: str, *, root: Path | None, max_bytes: int = MAX_BYTES, verify: bool = False
) -> Loaded:
    """Return the plan of a network file or of a compiled network.

    `verify` checks all of a compiled network, and compares it with its recompiled sources if they
    exist and have not changed. Raises FileError if the file cannot be opened, and
    InvalidNetworkError if it has mistakes.
    """
    if is_compiled(file):
        from nnc.compiler.artifact import load_compiled

        compiled = load_compiled(file, verify=verify)
        warnings = compiled.stale(root)
        if verify and not warnings:
            warnings = _compare(compiled, root, max_bytes)
        at = compiled.provenance.find_from(Path(file), root)
        files = () if at is None else tuple(at.folder / name for name, _ in at.provenance.files)
        return Loaded(compiled.plan, warnings, compiled, files)
    from nnc.compiler.plan import build_plan

    checked = check_input(file, None, root=root, max_bytes=max_bytes, with_notes=False)
    if checked.graph is None or checked.network is None:
        raise InvalidNetworkError(checked.obstacles)
    plan = build_plan(checked.graph, checked.network.name or "")
    return Loaded(plan, [], files=checked.files)


def _compare(compiled: Compiled, root: Path | None, max_bytes: int) -> list[Diagnostic]:
    """Recompile the sources of a compiled network and compare; warn if that is impossible.

    Raises InvalidNetworkError if the result differs.
    """
    from nnc.compiler.plan import build_plan

    main = compiled.provenance.main
    sources = compiled.provenance.find_from(Path(compiled.file), root)
    if main is None:
        return [_not_compared(compiled, "it does not name them", "compile it from a file")]
    if sources is None:
        hint = "put it where its sources are, or in a folder below, and validate it there"
        return [_not_compared(compiled, f"`{shorten(main)}` is missing", hint)]
    try:
        checked = check_file(str(sources.main), root=sources.folder, max_bytes=max_bytes)
    except FileError as error:
        return [_not_compared(compiled, error.diagnostics[0].message, error.diagnostics[0].help)]
    if checked.graph is None or checked.network is None:
        why = f"`{shorten(main)}` cannot be compiled: {checked.obstacles[0].message}"
        return [_not_compared(compiled, why, f"fix them first: nnc validate {sources.as_typed()}")]
    compiled.compare(build_plan(checked.graph, checked.network.name or ""), sources_of(checked))
    return []


def _not_compared(compiled: Compiled, why: str, hint: str | None) -> Diagnostic:
    message = f"the compiled network fits together, but was not compared with its sources: {why}"
    return Diagnostic("not-compared", message, file=compiled.file, help=hint)

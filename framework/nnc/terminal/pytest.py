"""A pytest plugin: with `--nnc`, the cases of network files become tests.

Switched off, it reads an option and imports nothing of nnc. Each case and each case file is an
item; an invalid file is one failing item, `valid`. Items read their file when they run and keep it
until an item of another file runs, so only one network is in memory at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nnc.diagnostics.diagnostic import Diagnostic
    from nnc.opening.testing import CaseSuite

_VALID = "valid"
"""The name of the item for an invalid file."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option and the configuration key."""
    help_ = "Run the cases of network files (*.nn.yaml, *.nn.yml) as tests."
    parser.getgroup("nnc").addoption("--nnc", action="store_true", default=False, help=help_)
    parser.addini("nnc", help_, type="bool", default=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> NetworkFile | None:
    """Collect network files if the plugin is switched on."""
    if not (parent.config.getoption("nnc") or parent.config.getini("nnc")):
        return None
    from nnc.files.selection import is_network_name

    if not (is_network_name(file_path.name) and _is_taken(file_path, parent.config)):
        return None
    file: NetworkFile = NetworkFile.from_parent(parent, path=file_path)
    return file


def _is_taken(path: Path, config: pytest.Config) -> bool:
    """Return True if `nnc test` would select a file, given the arguments of pytest."""
    if _NAMED not in config.stash:
        from nnc.files.selection import find_networks

        start = config.invocation_params.dir
        words = [str(start / word.partition("::")[0]) for word in config.args]
        folders = [Path(os.path.normpath(word)) for word in words if os.path.isdir(word)]  # noqa: PTH112
        files = {Path(os.path.normpath(file)) for file in find_networks(words).files}
        config.stash[_NAMED] = folders, files
    folders, files = config.stash[_NAMED]
    return path in files or not any(path.is_relative_to(folder) for folder in folders)


_NAMED: pytest.StashKey[tuple[list[Path], set[Path]]] = pytest.StashKey()
"""The folders among pytest's arguments, and the network files that the arguments select."""


class NetworkFile(pytest.File):
    """A network file whose cases are tests."""

    def collect(self) -> Iterator[NetworkItem]:
        """Yield an item for each case and case file, or one failing item for an invalid file."""
        from nnc.diagnostics.diagnostic import NncError
        from nnc.printable import line

        try:
            suite = self.open()
            errors = suite.errors
        except NncError as error:
            errors = list(error.diagnostics)
        if errors:
            yield NetworkItem.from_parent(self, name=_VALID)
            return
        names: set[str] = set()
        for place, (text, (file, start)) in enumerate(
            zip(suite.names(), suite.places, strict=True)
        ):
            name = line(text)
            if name in names:
                name = f"{name} (case {place + 1})"
            names.add(name)
            yield NetworkItem.from_parent(
                self, name=name, place=place, start=start if file == suite.checked.file else None
            )

    def open(self) -> CaseSuite:
        """Return the cases, reused if the previous item read the same file. Raises NncError."""
        from nnc.opening.testing import open_suite

        kept = self.config.stash.get(_OPEN, None)
        if kept is None or kept[0] != self.path:
            self.config.stash[_OPEN] = kept = (self.path, open_suite(_as_typed(self.path)))
        return kept[1]


_OPEN: pytest.StashKey[tuple[Path, CaseSuite]] = pytest.StashKey()


class NetworkItem(pytest.Item):
    """A case or case file by its index in its network file; without an index, the file."""

    def __init__(
        self,
        name: str,
        parent: NetworkFile,
        place: int | None = None,
        start: int | None = None,
        **others: Any,
    ) -> None:
        super().__init__(name, parent, **others)
        self._file, self._place, self._start = parent, place, start

    def runtest(self) -> None:
        """Run the case. Raises NncError with its mistakes."""
        from nnc.diagnostics.diagnostic import NncError
        from nnc.opening.testing import passed_over

        suite = self._file.open()
        wrong = suite.errors
        if (warning := passed_over(suite)) is not None:
            pytest.skip(warning.message)
        if not wrong and self._place is not None:
            wrong = suite.run(_nothing, only={self._place}).diagnostics
        if wrong:
            raise NncError(wrong)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the report of `nnc test`."""
        from nnc.diagnostics.diagnostic import NncError

        if isinstance(excinfo.value, NncError):
            return _report(excinfo.value.diagnostics, self.config)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the location of the case, with its line counted from 0."""
        return self.path, self._start and self._start - 1, self.name


def _nothing(_: object) -> None:
    """Keep nothing of a case."""


def _report(diagnostics: tuple[Diagnostic, ...], config: pytest.Config) -> str:
    from nnc.diagnostics.diagnostic import in_file_order
    from nnc.terminal.findings import Report
    from nnc.terminal.findings.findings import findings_text

    colour = config.get_terminal_writer().hasmarkup
    return findings_text(Report(tuple(in_file_order(diagnostics)), 1, colour=colour))


def _as_typed(path: Path) -> str:
    """Return a path relative to the current folder, for messages."""
    try:
        return os.path.relpath(path)
    except ValueError:  # on another drive
        return str(path)

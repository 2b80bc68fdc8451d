"""A baseline: a report of findings that `nnc check` does not report again."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.opening import read_bytes
from nnc.printable import line

RENEW = "write it again: nnc check --report json --report-file"


_COUNTED = re.compile(r"\b(line|case|row) [\d,]+")


class _Known(NamedTuple):
    """A finding without its line, or number of a case, which change with every edit above it."""

    file: str
    code: str
    message: str

    @classmethod
    def of(cls, file: str | None, code: str, message: str, folder: str = "") -> _Known:
        """Return a finding without what changes with every edit above it.

        `folder` is that of the baseline, which names files from there, or from the current folder.
        """
        near = os.path.join(folder, file or "")  # noqa: PTH118
        path = near if os.path.lexists(near) else file or ""
        return cls(os.path.relpath(path) if file else "", code, _COUNTED.sub(r"\1 …", message))


def _known_of(diagnostic: Diagnostic) -> _Known:
    return _Known.of(diagnostic.file, diagnostic.about.code, diagnostic.message)


@dataclass(frozen=True)
class Baseline:
    """The findings in a report of `nnc check --report json`."""

    file: str
    known: Counter[_Known]

    @classmethod
    def read(cls, file: str, max_bytes: int) -> Baseline:
        """Read a report. Raises FileError."""
        data = read_bytes(file, max_bytes)
        try:
            listed = json.loads(data)["diagnostics"]
            folder = os.path.dirname(file)  # noqa: PTH120
            known = Counter(
                _Known.of(each["file"], each["code"], each["message"], folder) for each in listed
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            message = "the baseline is not a report in JSON"
            hint = f"{RENEW} {line(shlex.quote(file))}"
            raise FileError([Diagnostic("bad-baseline", message, file=file, help=hint)]) from None
        return cls(file, known)

    def without_known(
        self,
        diagnostics: Iterable[Diagnostic],
        unreadable: Iterable[Diagnostic],
        files: Collection[str],
    ) -> list[Diagnostic]:
        """Leave out of `diagnostics` what the baseline lists, and warn of what it lists in vain.

        It warns about the files that were checked, and those that are gone, but for what is found
        in `unreadable`.
        """
        left, unmatched = list[Diagnostic](), self.known.copy()
        unmatched.subtract(map(_known_of, unreadable))
        for each in diagnostics:
            known = _known_of(each)
            if unmatched[known] > 0:
                unmatched[known] -= 1
            else:
                left.append(each)
        checked = set(map(os.path.relpath, files))
        for known, count in (+unmatched).items():
            if known.file in checked or not os.path.lexists(known.file):
                left.append(self._stale(known, count))
        return left

    def _stale(self, known: _Known, count: int) -> Diagnostic:
        times = f" {count} times" if count > 1 else ""
        message = f"{known.code} is no longer found{times} in {known.file}: {known.message}"
        hint = f"{RENEW} {line(shlex.quote(self.file))}"
        return Diagnostic("stale-baseline", message, file=self.file, help=hint)

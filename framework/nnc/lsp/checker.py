"""Checker: a process that checks whole networks, the newest texts of the editor included.

It is spawned, not forked: the server has threads, and a fork would keep their locks.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.files.opening import Unsaved
from nnc.lsp.facts import facts_of
from nnc.opening.checking import check

MAX_LISTED = 500  # diagnostics of a file
_MAX_OF_A_RULE = 500  # notes of one rule, before the file's comments ignore some


class Order(NamedTuple):
    """The networks to check by name, and the texts that have changed since the last order.

    A text of None is closed: the file counts as it is on the disk again. A name that is no path is
    that of a text that lies nowhere.
    """

    networks: tuple[str, ...]
    texts: Mapping[str, bytes | None] = {}


@dataclass(frozen=True)
class Findings:
    """The diagnostics of a network, errors first where there are too many, and its files.

    `facts` are those of `facts_of`, None where the network has errors, or they were not asked for.
    """

    network: str
    diagnostics: tuple[Diagnostic, ...]
    unlisted: int = 0
    files: tuple[Path, ...] = ()
    facts: str | None = None


def findings_of(
    network: str, data: bytes, texts: Mapping[Path, bytes], *, with_facts: bool = False
) -> Findings:
    """Check a network; `texts` are those of other files that are not saved."""
    path = Path(network) if os.path.isabs(network) else None  # noqa: PTH117
    checked = check(data, network, path=path, files=Unsaved(texts), max_of_a_rule=_MAX_OF_A_RULE)
    found = checked.diagnostics
    listed = sorted(found, key=lambda diagnostic: not diagnostic.is_error)[:MAX_LISTED]
    unlisted = len(found) - len(listed) + sum(checked.unlisted.values())
    facts = facts_of(checked.wiring) if with_facts and checked.wiring is not None else None
    return Findings(network, tuple(listed), unlisted, checked.files, facts)


class Checker:
    """The process that checks, started when it is first asked."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def ask(self, order: Order) -> list[Findings]:
        """Send an order and wait for what is found. Raises OSError or EOFError where it died."""
        if self._process is None or not self._process.is_alive():
            self._start()
        assert self._connection is not None
        self._connection.send(order)
        found: list[Findings] = self._connection.recv()
        return found

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()


def _serve(connection: Connection) -> None:
    """Answer orders until the server is gone."""
    sys.stdout = sys.stderr  # standard output is the editor's
    texts: dict[str, bytes] = {}
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            order: Order = connection.recv()
            for name, text in order.texts.items():
                if text is None:
                    texts.pop(name, None)
                else:
                    texts[name] = text
            unsaved = {Path(name): text for name, text in texts.items()}
            connection.send(
                [
                    findings_of(name, texts[name], unsaved, with_facts=True)
                    for name in order.networks
                    if name in texts
                ]
            )

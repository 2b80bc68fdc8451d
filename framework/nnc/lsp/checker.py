"""Checker: a process that checks whole networks, the newest texts of the editor included.

It is spawned, not forked: the server has threads, and a fork would keep their locks.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.files.opening import Unsaved
from nnc.lsp.facts import facts_of
from nnc.lsp.texts import Answer
from nnc.opening.checking import Checked, check
from nnc.opening.settings import Projects
from nnc.opening.using import users_of

MAX_LISTED = 500  # diagnostics of a file
_NICENESS = 5  # of the process that checks, by which the server precedes it


class Task(NamedTuple):
    """A command of an editor about a network: `line` is that of a case, from 0."""

    name: str
    network: str
    line: int = 0


class Order(NamedTuple):
    """The networks to check by name, and the texts that have changed since the last order.

    A text of None is closed: the file counts as it is on the disk again. A name that is no path is
    that of a text that lies nowhere.
    """

    networks: tuple[str, ...] = ()
    texts: Mapping[str, bytes | None] = {}
    task: Task | None = None


@dataclass(frozen=True)
class Findings:
    """The diagnostics of a network, errors first where there are too many, and its files.

    `facts` are those of `facts_of`, None where the network has errors, or they were not asked for;
    `cases` says what each case in the file gives, by its line.
    """

    network: str
    diagnostics: tuple[Diagnostic, ...]
    unlisted: int = 0
    files: tuple[Path, ...] = ()
    facts: str | None = None
    cases: Mapping[int, str] = field(default_factory=dict)


def findings_of(
    network: str, data: bytes, texts: Mapping[Path, bytes], *, with_facts: bool = False
) -> Findings:
    """Check a network; `texts` are those of other files that are not saved.

    Rules have the severities of the project's settings, as in `nnc validate`.
    """
    checked = _checked(network, data, texts)
    results = Projects().applied(checked.diagnostics)
    listed = sorted(results, key=lambda diagnostic: not diagnostic.is_error)[:MAX_LISTED]
    unlisted = len(results) - len(listed)
    findings = Findings(network, tuple(listed), unlisted, checked.files)
    if not with_facts or checked.wiring is None:
        return findings
    from nnc.lsp.tasks import words_of_cases  # only the other process needs all these tools

    return replace(findings, facts=facts_of(checked.wiring), cases=words_of_cases(checked))


def _checked(network: str, data: bytes, texts: Mapping[Path, bytes]) -> Checked:
    path = Path(network) if os.path.isabs(network) else None  # noqa: PTH117
    return check(data, network, path=path, files=Unsaved(texts))


class Checker:
    """The process that checks, started when it is first asked."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def ask(self, order: Order) -> list[Findings] | Answer:
        """Send an order, and wait for what is found, or for the answer of a task.

        Raises OSError or EOFError where the process has died.
        """
        if self._process is None or not self._process.is_alive():
            self._start()
        assert self._connection is not None
        self._connection.send(order)
        results: list[Findings] | Answer = self._connection.recv()
        return results

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        self._process = process  # only now: another thread may stop it
        theirs.close()


def _serve(connection: Connection) -> None:
    """Answer orders until the server is gone.

    From the second order on the server comes first where processors are scarce; the first one opens
    a file, and the editor waits for it.
    """
    sys.stdout = sys.stderr  # standard output is the editor's
    texts: dict[str, bytes] = {}
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        for number in count():
            order: Order = connection.recv()
            if number == 1 and hasattr(os, "nice"):
                os.nice(_NICENESS)
            for name, text in order.texts.items():
                if text is None:
                    texts.pop(name, None)
                else:
                    texts[name] = text
            connection.send(_answer(order, texts))


def _answer(order: Order, texts: Mapping[str, bytes]) -> list[Findings] | Answer:
    unsaved = {Path(name): text for name, text in texts.items()}
    if order.task is not None:
        from nnc.lsp.tasks import run_task

        name, network, line = order.task
        return run_task(name, _checked(network, texts[network], unsaved), line)
    results = [
        findings_of(name, texts[name], unsaved, with_facts=True)
        for name in order.networks
        if name in texts
    ]
    opened = {item.network for item in results}
    return [*results, *_of_users(opened, texts, unsaved)]


def _of_users(
    opened: Collection[str], texts: Mapping[str, bytes], unsaved: Mapping[Path, bytes]
) -> Iterator[Findings]:
    """Check the files of the project that use or extend those, and are not open."""
    paths = {Path(name) for name in opened if os.path.isabs(name)}  # noqa: PTH117
    for user in sorted(users_of(paths)):
        if str(user) in texts:
            continue
        with contextlib.suppress(OSError):
            yield findings_of(str(user), user.read_bytes(), unsaved)

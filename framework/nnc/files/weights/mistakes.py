"""What is wrong with a weight file, told where the network names it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from nnc.diagnostics.rules import RuleName

COPY_AGAIN = "copy or download it again"

Key = Literal["", "file", "tensor", "sha256"]


class Mistake(Exception):
    """What is wrong, and at which key of the reference; `""` is the reference itself."""

    def __init__(
        self,
        message: str,
        help: str | None = None,  # noqa: A002
        *,
        rule: RuleName = "bad-tensor-file",
        at: Key = "file",
        key: bool = False,
    ) -> None:
        super().__init__(message)
        self.message, self.help, self.rule, self.at, self.key = message, help, rule, at, key


class Subject(NamedTuple):
    """What a message is about, and the key that names it."""

    text: str
    at: Key

    def __str__(self) -> str:
        return self.text

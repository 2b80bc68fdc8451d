"""Files laid out anew at random: the same values in another layout, with comments everywhere."""

import json
import re
from random import Random
from typing import Any

from nnc.language.document.text import Value
from nnc.numbers.exact import Quoted

_WORDS = ("# a", "#b", "# it's {c: 1, d", "#", "# 비 ]", "## e: |", '# "f', "# nnc: 1")


class Relaid:
    """Writes a value again; `comments` are those it has put in, in order."""

    def __init__(self, rng: Random, comments: float) -> None:
        self._rng = rng
        self._share = comments
        self.comments: list[str] = []

    def text(self, value: dict[str, Any]) -> str:
        """Give the whole file."""
        rng = self._rng
        lines = []
        if rng.random() < 0.2:
            lines += self._own_lines(0)
            lines.append(rng.choice(("%YAML 1.2\n---", "---")))
        lines += self._block(value, 0)
        lines += self._own_lines(0)
        text = "\n".join(lines) + rng.choice(("", "\n", "\n\n\n"))
        text = text.replace("\n", rng.choice(("\n", "\n", "\r\n", "\r")))
        return rng.choice(("", "\ufeff")) + text

    def _own_lines(self, indent: int) -> list[str]:
        rng = self._rng
        lines = [""] * (rng.random() < 0.1)
        while rng.random() < self._share / 2:
            lines.append(" " * indent + self._comment())
            lines += [" " * rng.randint(0, 3)] * (rng.random() < 0.2)
        return lines

    def _comment(self) -> str:
        words = self._rng.choice(_WORDS)
        if words != "#":
            words += f" {len(self.comments)}"
        self.comments.append(words)
        return words + " " * self._rng.choice((0, 0, 1))

    def _end(self) -> str:
        rng = self._rng
        if rng.random() < self._share:
            return " " * rng.randint(1, 9) + self._comment()
        return " " * rng.choice((0, 0, 0, 2))

    def _block(self, value: Any, indent: int) -> list[str]:
        """Give the lines of a collection in block style."""
        lines = []
        pad = " " * indent
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            lines += self._own_lines(indent)
            start = pad + ("-" if isinstance(value, list) else f"{self._scalar(key)}:")
            lines += self._entry(start, one, indent, in_list=isinstance(value, list))
        return lines

    def _entry(self, start: str, one: Any, indent: int, *, in_list: bool) -> list[str]:
        rng = self._rng
        deeper = indent + rng.randint(1, 5)
        if isinstance(one, (dict, list)) and one and rng.random() < 0.5:
            if in_list and rng.random() < 0.6:
                blanks = rng.randint(1, 3)
                shares, self._share = self._share, 0
                column = len(start) + blanks
                first = self._block({k: one[k] for k in list(one)[:1]} if isinstance(one, dict)
                                    else one[:1], column)  # fmt: skip
                self._share = shares
                while first and not first[0].strip():
                    first = first[1:]
                rest = {k: one[k] for k in list(one)[1:]} if isinstance(one, dict) else one[1:]
                return [start + " " * blanks + first[0].lstrip(), *first[1:],
                        *(self._block(rest, column) if rest else [])]  # fmt: skip
            end = self._end()
            if isinstance(one, list) and not in_list and rng.random() < 0.3:
                deeper = indent
            return [start + end, *self._block(one, deeper)]
        if isinstance(one, (dict, list)):
            if rng.random() < 0.2:
                before = [start + self._end(), *self._own_lines(deeper)]
                lines = self._flow(one, " " * deeper, deeper) + self._end()
                return [*before, *lines.split("\n")]
            return (self._flow(one, f"{start} ", deeper) + self._end()).split("\n")
        if not in_list and isinstance(one, Quoted) and "\n" not in one and rng.random() < 0.15:
            block = self._literal(one, deeper)
            if block is not None:
                head = start + rng.choice((" ", "  ")) + block[0]
                return [head + self._end(), *block[1:]]
        if rng.random() < 0.05:
            return [start + self._end(), *self._own_lines(deeper),
                    " " * deeper + self._scalar(one) + self._end()]  # fmt: skip
        return [f"{start}{' ' * rng.randint(1, 3)}{self._scalar(one, deeper)}{self._end()}"]

    def _literal(self, text: str, indent: int) -> list[str] | None:
        if not re.fullmatch(r"[A-Za-z][\w ,.#:'\"]*\w", text):
            return None
        return [self._rng.choice("|>") + "-", " " * indent + str(text)]

    def _flow(self, value: Any, start: str, indent: int) -> str:
        """Give a collection in flow style, over one line or several."""
        rng = self._rng
        spread = rng.random() < 0.3
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        text = start + opening
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for place, (key, one) in enumerate(pairs):
            if place:
                text += rng.choice((",", ", ", " , "))
            text += self._gap(indent) if spread else ""
            if isinstance(value, dict):
                text += f"{self._scalar(key, flow=True)}: "
            if isinstance(one, (dict, list)):
                text = self._flow(one, text, indent)
            else:
                text += self._scalar(one, flow=True)
        if value and rng.random() < 0.1:
            text += ","
        return text + (self._gap(indent) if spread else "") + closing

    def _gap(self, indent: int) -> str:
        if self._rng.random() < 0.5:
            return ""
        lines = [self._end(), *self._own_lines(indent)]
        return "\n".join([*lines, " " * (indent + self._rng.randint(0, 3))])

    def _scalar(self, value: Value, indent: int = 0, *, flow: bool = False) -> str:
        rng = self._rng
        text = str(value)
        if not isinstance(value, Quoted):
            if indent and " " in text and rng.random() < 0.3:
                return text.replace(" ", "\n" + " " * indent, 1)
            return text
        if "'" not in text and "\n" not in text and text.isprintable() and rng.random() < 0.5:
            return f"'{text}'"
        quoted = json.dumps(text, ensure_ascii=rng.random() < 0.3 and text.isascii())
        quoted = re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]",
                        lambda m: f"\\u{ord(m[0]):04x}", quoted)  # fmt: skip
        if indent and " " in text and not flow and rng.random() < 0.3:
            at = quoted.index(" ")
            if quoted[at - 1] not in ' \\"' and quoted[at + 1] not in ' "':
                return quoted[:at] + "\n" * rng.choice((1, 1)) + " " * indent + quoted[at + 1 :]
        return quoted

"""The dialect of a CSV file: its delimiter, its decimal point, and its words for no value."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnc.numbers.exact import Refused, shorten

if TYPE_CHECKING:
    from nnc.language.network import Input

COMMA = ","
TAB = "\t"
COMMON = (COMMA, ";", TAB, "|")  # delimiters that are recognised from the header

DELIMITERS = frozenset("!#$%&*,/:;<=>?@[\\]^`{|}~ \t")  # nothing of numbers, quotes and names

_SWAPPED = str.maketrans(",.", ".,")
_WITH_COMMA = re.compile(r"-?[0-9]+,[0-9]+")
_NO_VALUES = frozenset(
    ("na", "n/a", "#n/a", "<na>", "nan", "nat", "nil", "null", "none", "missing", *"-?.")
)  # as other programs write them, in lower case


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """The marks of a CSV file.

    The `delimiter` stands between cells; None is the one of the format, or that of the header
    where it `recognises` one. `decimal` is the decimal point of numbers. A cell that is one of
    the words `na` has no value; a value of a choice stays one.
    """

    delimiter: str | None = None
    decimal: str = "."
    na: tuple[str, ...] = ()
    recognises: bool = False

    @property
    def usual(self) -> str:
        """The delimiter where nothing says another: a semicolon beside decimal commas."""
        return ";" if self.decimal == COMMA else COMMA

    def known(self, line: str) -> str | None:
        """Return the delimiter below a header; None where the names of inputs have to decide."""
        if self.delimiter is not None:
            return self.delimiter
        return self.usual if not self.recognises or self.usual in line else None

    def words(self, input_: Input) -> Collection[str]:
        """Return the words that are no value of an input."""
        return [word for word in self.na if word not in (input_.of or ())]

    def texts(self, texts: Sequence[str], input_: Input) -> Sequence[str]:
        """Return cells of an input as its readers take them: empty for no value, with points."""
        if words := frozenset(self.words(input_)):
            texts = ["" if text in words else text for text in texts]
        if self.decimal == COMMA and input_.of is None:
            texts = [text.translate(_SWAPPED) for text in texts]
        return texts

    def text(self, text: str, input_: Input) -> str:
        """Return one cell as `texts` does. Raises Refused for no value without a default, too."""
        if text in self.words(input_):
            if input_.default is None:
                message = f"`{shorten(text)}` is no value, and there is no default"
                hint = "write a value, or give the input a `default`"
                raise Refused("missing-value", message, hint)
            return ""
        return text if input_.of is not None else self.number(text)

    def number(self, text: str) -> str:
        """Return a number with a point. Raises Refused for one with a point beside a comma."""
        if self.decimal != COMMA:
            return text
        if "." in text:
            message = f"`{shorten(text)}` has a point; the decimal point is a comma here"
            raise Refused("not-a-number", message, "write it without points between the digits")
        return text.replace(COMMA, ".")

    def explained(self, error: Refused, text: str, input_: Input, *, has_options: bool) -> Refused:
        """Return why a cell is refused, in the words of the file, with the option that reads it."""
        message, hint = error.message, error.help
        if self.decimal == COMMA and input_.of is None and COMMA in text:
            read = text.replace(COMMA, ".")
            message, hint = (each.replace(read, text) for each in (message, hint or ""))
        if has_options:
            is_number = input_.of is None
            if error.rule == "missing-value":
                is_absent = (
                    input_.type == "bit" and input_.refuses(0) is None
                )  # what a blank may mean
                hint = f"{hint}; `--rest 0` makes it 0" if is_absent else hint
            elif is_number and self.decimal == "." and _WITH_COMMA.fullmatch(text):
                point = text.replace(COMMA, ".")
                hint = f"{hint}; `--decimal ,` reads it as {point}"
            elif text.casefold() in _NO_VALUES and text not in self.na:
                default = "" if input_.default is not None else ", once the input has a default"
                hint = f"{hint}; `--na {_quoted(text)}` takes it for no value{default}"
        return Refused(error.rule, message, hint)


COMMAS = CsvDialect()  # decimal points, and empty cells for no value


def _quoted(word: str) -> str:
    """Quote a word for a shell where it needs it."""
    return word if re.fullmatch(r"[\w./-]+", word) and not word.startswith("-") else f"'{word}'"


def delimiter_name(delimiter: str) -> str:
    """Return the name of a delimiter in messages."""
    return {TAB: "a tab", " ": "a space"}.get(delimiter, f"`{delimiter}`")


def delimiter_option(delimiter: str) -> str:
    """Return the option that sets a delimiter."""
    word = {TAB: "tab", " ": "space", COMMA: COMMA}.get(delimiter, f"'{delimiter}'")
    return f"--delimiter {word}"

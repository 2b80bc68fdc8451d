"""Mistakes: all that is wrong with one value, raised together as pydantic's error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from nnc.diagnostics.rules import RuleName
from nnc.numbers.exact import Refused


class Mistakes:
    """The mistakes in one value, raised together so that none hides another."""

    def __init__(self) -> None:
        self._errors: list[InitErrorDetails] = []

    def add(
        self,
        rule: RuleName,
        message: str,
        *path: str | int,
        help: str = "",
        key: bool = False,
        names: tuple[str, ...] = (),
    ) -> None:
        """Add one at `path` below the value; `names` are the keys that are missing there."""
        context = {"message": message, "help": help, "key": key, "names": names}
        error = _custom_error(rule, context)
        self._errors.append(InitErrorDetails(type=error, loc=path, input=None))

    def exclude(self, key: str, message: str, hint: str) -> None:
        """Add a key that does not go with the others."""
        self.add("exclusive-keys", message, key, key=True, help=hint)

    def miss(self, keys: tuple[str, ...], message: str, hint: str) -> None:
        """Add that one of some keys should be there."""
        self.add("missing-key", message, names=keys, help=hint)

    def add_all(self, error: ValidationError, *path: str | int) -> None:
        """Take over those that were raised for a part of the value."""
        for line in error.errors(include_url=False):
            details = InitErrorDetails(
                type=line["type"], loc=(*path, *line["loc"]), input=line["input"]
            )
            context = line.get("ctx") or {}
            if "message" in context:
                details["type"] = _custom_error(line["type"], context)
            else:
                details["ctx"] = context
            self._errors.append(details)

    def read(
        self, reader: Callable[[Any], Any], value: object, *path: str | int, key: bool = False
    ) -> Any:
        """Return `reader(value)`; where that fails, add why, at `path`, and return None."""
        try:
            return reader(value)
        except Refused as error:
            self.add(error.rule, error.message, *path, help=error.help, key=key)
        except ValidationError as error:
            self.add_all(error, *path)
        return None

    def stop(self) -> None:
        """Raise ValidationError with all mistakes, if there are any."""
        if self._errors:
            raise ValidationError.from_exception_data("network", self._errors)


def _custom_error(rule: str, context: dict[str, Any]) -> PydanticCustomError:
    template = "{message}: {help}" if context["help"] else "{message}"
    return PydanticCustomError(rule, template, context)


def validator(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make a pydantic validator of a reader: what it refuses becomes pydantic's error."""

    def validate(value: object) -> Any:
        try:
            return reader(value)
        except Refused as error:
            mistakes = Mistakes()
            mistakes.add(error.rule, error.message, help=error.help)
            mistakes.stop()

    return validate

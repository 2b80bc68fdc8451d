"""Unknown: what is asked of the numbers that a network leaves open."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from nnc.language.network.fields import BLANK_SCHEMA, Form, words_of
from nnc.language.network.model import Model
from nnc.language.ranges import Open, open_number
from nnc.language.readers import one_of, read_declared
from nnc.numbers.exact import Refused, show_number

MAX_DECIMALS = 18
MARGIN_MAX = "max"
_GOALS = {
    "weights": "The sum of the weights, without their signs, is as small as possible.",
    "terms": "As few weights as possible are not 0.",
}


def _read_range(value: object) -> Open:
    """Read the range of all plain blanks. Raises Refused."""
    blank = open_number(value, read_declared)
    if blank is None:
        number = show_number(read_declared(value))
        hint = f"write {number}..{number}, or a range such as -5..5"
        raise Refused("bad-range", f"`{number}` is a number, not a range", hint)
    return blank


def _whole(least: int, most: int | None, example: str) -> Form:
    """Return the reader of an integer within bounds, and its schema."""

    def read(value: object) -> int:
        number = read_declared(value)
        if not isinstance(number, int) or number < least or (most is not None and number > most):
            limits = f"from {least} to {most}" if most is not None else f"of at least {least}"
            message = f"expected an integer {limits}, found `{show_number(number)}`"
            raise Refused("unknown-value", message, f"write for example {example}")
        return number

    schema = {"type": "integer", "minimum": least}
    return Form(read, schema if most is None else {**schema, "maximum": most})


def _read_margin(value: object) -> int | str:
    """Read a margin: an integer, or `max`. Raises Refused."""
    if value == MARGIN_MAX:
        return MARGIN_MAX
    try:
        number = read_declared(value)
    except Refused as error:
        if error.rule != "not-a-number":
            raise
        raise Refused(error.rule, error.message, "write an integer such as 1, or max") from None
    if not isinstance(number, int) or number < 1:
        message = f"expected an integer of at least 1 or `max`, found `{show_number(number)}`"
        raise Refused("unknown-value", message, "write `margin: 1`, the least, or `margin: max`")
    return number


def _read_zero(value: object) -> bool:
    """Read whether weights may be 0. Raises Refused."""
    flag = value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value))
    if flag is None:
        message = f"expected true or false, found `{value}`"
        raise Refused("unknown-value", message, "write `zero: false`")
    return flag


_ZERO = Form(_read_zero, {"type": "boolean"})
_RANGE = Form(_read_range, BLANK_SCHEMA)
_DECIMALS = _whole(0, MAX_DECIMALS, "1")
_TERMS = _whole(1, None, "4")
_GOAL = Form(one_of(tuple(_GOALS)), words_of(_GOALS))
_MARGIN = Form(_read_margin, {"anyOf": [{"type": "integer", "minimum": 1}, {"const": MARGIN_MAX}]})


class Unknown(Model):
    """Constraints on the numbers left open, beside their own bounds; no part of the meaning."""

    range: Annotated[Open | None, _RANGE] = Field(
        default=None, description="The range of every weight that is a plain `_`: -5..5."
    )
    decimals: Annotated[int | None, _DECIMALS] = Field(
        default=None, description="How many decimals the numbers have; 0 by default."
    )
    terms: Annotated[int | None, _TERMS] = Field(
        default=None, description="The most weights other than 0 of each neuron with blanks."
    )
    minimize: Annotated[str | None, _GOAL] = Field(
        default=None, description="What is as small as possible; `weights` by default."
    )
    zero: Annotated[bool | None, _ZERO] = Field(
        default=None,
        description="Whether a weight that `nnc train` finds may be 0; true by default.",
    )
    margin: Annotated[int | str | None, _MARGIN] = Field(
        default=None,
        description="How far sums stay from thresholds, in units of the last decimal, 1 by "
        "default; or `max`.",
    )

    noun = "`unknown`"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            range: str | Open | None = None,
            decimals: int | None = None,
            terms: int | None = None,
            minimize: str | None = None,
            zero: bool | None = None,
            margin: int | str | None = None,
        ) -> None: ...

"""Property and Assumption: what must hold for every row, and what every row satisfies."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field

from nnc.language.keys import ASSUMED_FORMS, CLAIM_FORMS, KINDS, NEARNESS, VARIED
from nnc.language.mistakes import Mistakes
from nnc.language.network.conditions import (
    CONDITION,
    EQUAL,
    WITHIN,
    Condition,
    Counts,
    Values,
    Within,
)
from nnc.language.network.fields import (
    SOURCE,
    SOURCES,
    TEXT,
    VALUES,
    Schema,
    without,
)
from nnc.language.network.model import Model
from nnc.language.ranges import format_value_set, read_value_set
from nnc.language.readers import read_declared
from nnc.numbers.exact import Refused, shorten, show_number


def _add_forms(forms: Sequence[str], schema: Schema) -> None:
    """Let the schema of a claim demand one form, and the inputs that it names."""
    named = [
        {
            "required": [form, VARIED[form]] if form in VARIED else [form],
            **without(*(key for key in ("in", "of", *NEARNESS) if key != VARIED.get(form))),
        }
        for form in forms
        if form != "unchanged"
    ]
    near = [
        {"required": ["unchanged", row, "within"], **without("in", "of", other)}
        for row, other in (("case", "given"), ("given", "case"))
        if "unchanged" in forms
    ]
    schema["oneOf"] = [*named, *near]


class _Statement(Model):
    """The keys that assumptions and properties have in common."""

    name: Annotated[str | None, TEXT] = None
    """The name in messages."""
    description: Annotated[str | None, TEXT] = None
    """The reason why it holds."""
    never: Annotated[Condition | None, CONDITION] = None
    """Not all of these at once."""
    always: Annotated[Condition | None, CONDITION] = None
    """All of these."""
    at_most_one: Annotated[tuple[str, ...] | None, SOURCES] = None
    """At most one of these bits is 1."""
    exactly_one: Annotated[tuple[str, ...] | None, SOURCES] = None
    """Exactly one of these bits is 1."""
    at_least_one: Annotated[tuple[str, ...] | None, SOURCES] = None
    """At least one of these bits is 1."""

    @property
    def form(self) -> str:
        """The key that says what is claimed."""
        return next(key for key in CLAIM_FORMS if getattr(self, key, None) is not None)


class Assumption(_Statement):
    """A condition that every row satisfies: it limits the rows, as `min` and `max` do."""

    when: Annotated[Condition | None, CONDITION] = None
    """It counts only where this is so."""

    noun = "an assumption"
    model_config = ConfigDict(json_schema_extra=partial(_add_forms, ASSUMED_FORMS))

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            never: Mapping[str, object] | None = None,
            always: Mapping[str, object] | None = None,
            at_most_one: str | Sequence[str] | None = None,
            exactly_one: str | Sequence[str] | None = None,
            at_least_one: str | Sequence[str] | None = None,
            when: Mapping[str, object] | None = None,
            name: str | None = None,
            description: str | None = None,
        ) -> None: ...

    @classmethod
    def _in_full(cls, data: dict[str, object], mistakes: Mistakes) -> dict[str, object]:
        compared = next((key for key in CLAIM_FORMS[len(ASSUMED_FORMS) :] if key in data), None)
        if compared is None:
            _check_form(data, mistakes, "assume", ASSUMED_FORMS)
            return data
        mistakes.add(
            "bad-claim",
            f"an assumption is about single rows; `{compared}` is not",
            compared,
            key=True,
            help="write it as a property, which is proved",
        )
        removed = (compared, "in", "of", *NEARNESS)
        return {key: item for key, item in data.items() if key not in removed}


class Property(_Statement):
    """A claim about every row that the inputs and `assume` allow; see `nnc prove`.

    In Python, `in` of the file is `in_`.
    """

    name: Annotated[str | None, TEXT] = None
    """The name in messages, and for `--property`."""
    description: Annotated[str | None, TEXT] = None
    """The purpose of the property."""
    increasing: Annotated[str | None, SOURCE] = None
    """Raising one of the inputs in `in` never lowers it."""
    decreasing: Annotated[str | None, SOURCE] = None
    """Raising one of the inputs in `in` never raises it."""
    independent: Annotated[str | None, SOURCE] = None
    """The inputs in `of` never change it."""
    symmetric: Annotated[str | None, SOURCE] = None
    """The order of the inputs in `in` never changes it."""
    unchanged: Annotated[str | None, SOURCE] = None
    """It is the same in every row near the one of `case` or `given`."""
    equal: Annotated[str | dict[str, str] | None, EQUAL] = None
    """A file whose outputs of the same aliases are the same; or pairs of signals that are."""
    in_: Annotated[tuple[str, ...] | None, SOURCES] = Field(default=None, alias="in")
    """The inputs that are raised, or change places."""
    of: Annotated[tuple[str, ...] | None, SOURCES] = None
    """The inputs that make no difference."""
    case: Annotated[str | None, TEXT] = None
    """The name of the case whose row `unchanged` is about."""
    given: Annotated[dict[str, Any] | None, VALUES] = None
    """The row that `unchanged` is about, as in a case."""
    within: Annotated[Within | None, WITHIN] = None
    """The distance of the near rows of `unchanged`."""
    when: Annotated[Condition | None, CONDITION] = None
    """It has to hold only where this is so."""

    noun = "a property"
    model_config = ConfigDict(json_schema_extra=partial(_add_forms, CLAIM_FORMS))

    @classmethod
    def _in_full(cls, data: dict[str, object], mistakes: Mistakes) -> dict[str, object]:
        _check_form(data, mistakes, "properties", CLAIM_FORMS)
        forms = [key for key in data if key in CLAIM_FORMS]
        if len(forms) == 1:
            _check_inputs(forms[0], data, mistakes)
        return data

    @property
    def varied(self) -> tuple[str, ...]:
        """The inputs that `in` or `of` names."""
        return self.in_ or self.of or ()


Claim = Assumption | Property


def claim_words(claim: Claim, rename: Callable[[str], str] = str) -> str:
    """Write in short what is claimed: `never {alarm: 1, bypass: 1}`; the same in one way.

    `rename` gives every signal another name.
    """
    stated = getattr(claim, claim.form)
    if isinstance(stated, dict):
        is_pair = claim.form == "equal"
        words = _condition_words(
            stated, rename, (lambda text: rename(str(text))) if is_pair else _of
        )
    elif claim.form == "equal":
        words = str(stated)
    else:
        words = _names(stated, rename)
    words = f"{claim.form} {words}"
    if isinstance(claim, Property) and claim.varied:
        words += f" {VARIED[claim.form]} {_names(claim.varied, rename)}"
    if isinstance(claim, Property) and claim.within is not None:
        words += _near_words(claim, claim.within, rename)
    if claim.when is not None:
        words += f" when {_condition_words(claim.when, rename, _of)}"
    return words


def _near_words(claim: Property, within: Within, rename: Callable[[str], str]) -> str:
    limits = {"changes": within.changes, "each": within.each}
    texts = [f"{key}: {show_number(n)}" for key, n in limits.items() if n is not None]
    if within.of:
        texts.append(f"of: {_names(within.of, rename)}")
    row = f"case {shorten(claim.case)}" if claim.case is not None else "given"
    if claim.given is not None:
        values = (f"{rename(key)}: {_given_words(item)}" for key, item in claim.given.items())
        row = shorten(f"given {{{', '.join(values)}}}", 80)
    return f" of {row} within {{{', '.join(texts)}}}"


def _given_words(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_given_words, value))}]"
    return value if isinstance(value, str) else show_number(read_declared(value))


def _names(stated: str | tuple[str, ...], rename: Callable[[str], str]) -> str:
    names = [rename(name) for name in ((stated,) if isinstance(stated, str) else stated)]
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _condition_words(
    condition: Mapping[str, Any], rename: Callable[[str], str], write: Callable[[Any], str]
) -> str:
    pairs = (
        f"{name}: {_counts_words(value, rename)}"
        if isinstance(value, dict)
        else f"{rename(name)}: {write(value)}"
        for name, value in condition.items()
    )
    return f"{{{', '.join(pairs)}}}"


def _counts_words(counts: Counts, rename: Callable[[str], str]) -> str:
    pairs = (f"{number}: {_names(counts[number], rename)}" for number in sorted(counts))
    return f"{{{', '.join(pairs)}}}"


def _of(values: Values) -> str:
    """Write the values of a condition in one way."""
    text = values if isinstance(values, str) else "|".join(values)
    try:
        return format_value_set(read_value_set(text))
    except Refused:
        return text


def _check_form(
    data: dict[str, object], mistakes: Mistakes, kind: str, forms: tuple[str, ...]
) -> None:
    """Check that a claim has one form."""
    stated = [key for key in data if key in forms]
    subject = KINDS[kind].name.partition(" ")[2]
    if not stated:
        names = ", ".join(f"`{form}`" for form in forms[:-1])
        message = f"the {subject} has no {names} or `{forms[-1]}`"
        mistakes.miss(forms, message, "say what must hold: {never: {alarm: 1, bypass: 1}}")
    for key in stated[1:]:
        mistakes.exclude(
            key,
            f"{KINDS[kind].name} has `{stated[0]}` or `{key}`, not both",
            f"write a separate {subject} for `{key}`",
        )


def _check_inputs(form: str, data: dict[str, object], mistakes: Mistakes) -> None:
    """Check that a property names the inputs that its form needs, and no others."""
    needed = VARIED.get(form)
    if needed is not None and needed not in data and not {"in", "of"} & data.keys():
        message = f"`{form}` has no `{needed}`: the inputs that it speaks of"
        mistakes.miss((needed,), message, f"add `{needed}: [input, other]`")
    for key in ("in", "of"):
        if key not in data or key == needed:
            continue
        hint = "remove it"
        if needed is not None and needed not in data:
            hint = f"write `{needed}: …`"
        elif needed is None and form != "equal":
            hint = "remove it: the property names its signals itself"
        mistakes.exclude(key, f"`{form}` does not go with `{key}`", hint)
    if form == "unchanged":
        _check_near(data, mistakes)
    for key in NEARNESS if form != "unchanged" else ():
        if key in data:
            mistakes.exclude(key, f"`{form}` does not go with `{key}`", "remove it")
    for key in ("in", "of"):
        if isinstance(data.get(key), (list, tuple)) and not data[key]:
            mistakes.add("wrong-type", f"`{key}` needs at least one input", key, help="name one")


def _check_near(data: dict[str, object], mistakes: Mistakes) -> None:
    """Check that `unchanged` names a row, and says how far it looks."""
    if "case" not in data and "given" not in data:
        mistakes.miss(("case", "given"), "`unchanged` has no row: `case` or `given`",
                      "add `case: NAME`, or `given: {input: value}`")  # fmt: skip
    if "case" in data and "given" in data:
        mistakes.exclude("given", "a property has `case` or `given`, not both", "remove one")
    if "within" not in data:
        mistakes.miss(("within",), "`unchanged` has no `within`: how far it looks",
                      "add `within: {changes: 1}`, or `{each: 1}`")  # fmt: skip

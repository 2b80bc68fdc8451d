"""Fields of PMML, and the treatment of missing values, invalid values and outliers.

The standard: Data Mining Group, "PMML 4.4 - Mining Schema". A missing value is replaced; an invalid
one is treated as `invalidValueTreatment` says; of the others, outliers are treated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto

from nnc.interchange.importing.scorecards.cards import Interval
from nnc.interchange.importing.xml import Element, Tree
from nnc.numbers.exact import Number, first_names, read_number, shorten

Value = Number | str | None
"""A value of a field; None is a missing one."""

_CLOSURES = ("openOpen", "openClosed", "closedOpen", "closedClosed")
_TREATMENTS: Mapping[str, tuple[str, ...]] = {
    "outliers": ("asIs", "asMissingValues", "asExtremeValues"),
    "invalidValueTreatment": ("returnInvalid", "asIs", "asMissing", "asValue"),
    "missingValueTreatment": (
        "asIs", "asMean", "asMode", "asMedian", "asValue", "returnInvalid",
    ),
}  # fmt: skip
_READ = {
    *_TREATMENTS,
    *("name", "usageType", "optype", "importance", "lowValue", "highValue"),
    *("missingValueReplacement", "invalidValueReplacement"),
}


_PRECOMPUTE = "give the model the numbers that count, with `outliers` taken out"


class Invalid(Enum):
    """A value for which the model returns nothing."""

    INVALID = auto()


class Field:
    """A field of the rows, by its <DataField> and its <MiningField>."""

    def __init__(self, tree: Tree, data: Element, mining: Element | None) -> None:
        self._tree, self._data = tree, data
        self._mining = data if mining is None else mining
        self._settings = {} if mining is None else dict(mining.attributes)
        self.shown = shorten(data.attributes["name"])
        kind = self._settings.get("optype", data.attributes.get("optype"))
        self.is_continuous = kind == "continuous"
        self.type = data.attributes.get("dataType")
        self.is_whole, self.is_single = self.type == "integer", self.type == "float"
        self.is_number = self.is_continuous or self.type in ("integer", "float", "double")
        self._check()
        self._codes: dict[str, list[Number | str]] = {"valid": [], "missing": [], "invalid": []}
        for each in data.all("Value"):
            property_ = each.attributes.get("property", "valid")
            if property_ not in self._codes:
                message = f"`{self.shown}`: there is no `property` {shorten(property_)}"
                raise tree.damaged(message, each)
            text = each.attributes.get("value", "")
            if not (self.is_continuous and property_ != "valid" and text.lower() == "nan"):
                self._codes[property_].append(self._read(text, each))
        self._intervals = [self._interval(each) for each in data.all("Interval")]
        if self._intervals and not self.is_continuous:
            raise self._refused("an <Interval>", data, "only continuous fields can have one")
        if self.is_continuous and self._codes["valid"] and not self._intervals:
            hint = 'call it `optype="categorical"`, or give it an <Interval>'
            raise self._refused("a list of valid numbers", data, hint)
        self._low, self._high = self._limit("lowValue"), self._limit("highValue")
        self._absent = self._replacement("missing")
        self._otherwise = self._replacement("invalid")

    def _check(self) -> None:
        """Refuse attributes that are not known, or do not go together."""
        unknown = sorted(self._settings.keys() - _READ)
        if unknown:
            names = first_names([f"`{shorten(each)}`" for each in unknown])
            raise self._refused(f"unknown attributes: {names}", self._mining)
        for name, allowed in _TREATMENTS.items():
            value = self._settings.get(name, allowed[0])
            if value not in allowed:
                message = f"`{self.shown}`: `{name}` is one of {', '.join(allowed)}"
                raise self._tree.damaged(f"{message}, not {shorten(value)}", self._mining)
        outliers = self._settings.get("outliers", "asIs")
        if outliers == "asIs":
            return
        if not self.is_continuous:
            raise self._refused(f'`outliers="{outliers}"` of texts', self._mining)
        if not {"lowValue", "highValue"} & self._settings.keys():
            message = f'`{self.shown}`: `outliers="{outliers}"` without `lowValue` and `highValue`'
            raise self._tree.damaged(message, self._mining)
        if self._settings.get("invalidValueTreatment") == "asIs" and self._data.children:
            message = f'`outliers="{outliers}"` with `invalidValueTreatment="asIs"`'
            hint = "the standard does not say whether an invalid value is an outlier"
            raise self._refused(message, self._mining, hint)

    def _refused(self, what: str, at: Element, hint: str | None = None) -> Exception:
        return self._tree.refused(f"`{self.shown}`: {what}", at, hint)

    def _read(self, text: str, at: Element) -> Number | str:
        """Read a value as those of the field are."""
        if not self.is_continuous:
            return text
        return self._tree.number(text, at, f"`{self.shown}`: ")

    def _number(self, text: str, at: Element) -> Number:
        number = self._read(text, at)
        assert not isinstance(number, str)
        return number

    def _interval(self, element: Element) -> Interval:
        closure = self._tree.attribute(element, "closure")
        if closure not in _CLOSURES:
            message = f"`{self.shown}`: `closure` is one of {', '.join(_CLOSURES)}"
            raise self._tree.damaged(f"{message}, not {shorten(closure)}", element)
        if not self.is_continuous:
            return Interval()
        low, high = (element.attributes.get(name) for name in ("leftMargin", "rightMargin"))
        return Interval(
            None if low is None else self._number(low, element),
            low is not None and closure.startswith("closed"),
            None if high is None else self._number(high, element),
            high is not None and closure.endswith("Closed"),
        )

    def _limit(self, name: str) -> Number | None:
        """Return an end from which on numbers are outliers."""
        if self._settings.get("outliers", "asIs") == "asIs" or name not in self._settings:
            return None
        return self._number(self._settings[name], self._mining)

    def _replacement(self, kind: str) -> Value | Invalid:
        """Return the replacement of a missing or an invalid value."""
        treatment = self._settings.get(f"{kind}ValueTreatment")
        text = self._settings.get(f"{kind}ValueReplacement")
        if treatment == "returnInvalid":
            return Invalid.INVALID
        if text is None and treatment not in (None, "asIs", "asMissing"):
            message = f'`{self.shown}`: `{kind}ValueTreatment="{treatment}"` needs'
            message += f" `{kind}ValueReplacement`"
            raise self._tree.damaged(message, self._mining)
        return None if text is None else self._read(text, self._mining)

    def taken(self, value: Value) -> Value | Invalid:
        """Return a value after its treatment; INVALID if the model returns no score for it."""
        if value is None or value in self._codes["missing"]:
            return self._absent
        if not self._is_valid(value):
            treatment = self._settings.get("invalidValueTreatment", "returnInvalid")
            if treatment == "asMissing":
                return self._absent
            if treatment == "asValue":
                return self._otherwise
            return value if treatment == "asIs" else Invalid.INVALID
        if isinstance(value, str):
            return value
        nearest = value
        if self._low is not None and value < self._low:
            nearest = self._low
        elif self._high is not None and value > self._high:
            nearest = self._high
        if nearest != value and self._settings["outliers"] == "asMissingValues":
            return self._absent
        return nearest

    def _is_valid(self, value: Number | str) -> bool:
        if value in self._codes["invalid"]:
            return False
        listed = self._codes["valid"]
        if isinstance(value, str) or not self._intervals:
            return not listed or value in listed
        return value in listed or any(each.has(value) for each in self._intervals)

    def cuts(self) -> set[Number]:
        """Return the numbers at which the treatment changes."""
        ends = [self._low, self._high]
        ends += [end for each in self._intervals for end in (each.low, each.high)]
        codes = [code for each in self._codes.values() for code in each]
        return {each for each in (*ends, *codes) if each is not None and not isinstance(each, str)}

    def default(self) -> Number | str | None:
        """Return the value that stands for a missing one, if there is one."""
        absent = self.taken(None)
        if isinstance(absent, str) and self.is_number:
            return read_number(absent.strip(), lenient=True)
        return None if isinstance(absent, Invalid) else absent

    def valid_texts(self) -> list[str]:
        """Return the values that are listed as valid."""
        return [code for code in self._codes["valid"] if isinstance(code, str)]

    def is_never(self, text: str) -> bool:
        """Check if a text is not one of its values, so that a comparison with it never holds."""
        return not (self.is_number or self.is_open or text in self.texts())

    @property
    def is_open(self) -> bool:
        """True if texts other than the listed ones are kept."""
        return not self._codes["valid"] or self._settings.get("invalidValueTreatment") == "asIs"

    def bounds(self) -> dict[str, Number]:
        """Return the `min` and `max` of an input of numbers, outside of which rows are refused.

        Raises InvalidNetworkError where some numbers stand for others.
        """
        if self._settings.get("outliers", "asIs") != "asIs":
            raise self._refused("outliers that count as other numbers", self._mining, _PRECOMPUTE)
        if self._codes["missing"] or self._codes["invalid"]:
            message = "numbers that stand for a missing or an invalid value"
            raise self._refused(message, self._data, "take the <Value> out, and such rows")
        if self._settings.get("invalidValueTreatment") == "asIs" or not self._intervals:
            return {}
        first = min(self._intervals, key=lambda each: (each.low is not None, each.low or 0))
        last = max(self._intervals, key=lambda each: (each.high is None, each.high or 0))
        bounds = {"min": first.low if first.has_low else None}
        bounds["max"] = last.high if last.has_high else None
        return {key: end for key, end in bounds.items() if end is not None}

    @property
    def has_gaps(self) -> bool:
        """True if numbers between its bounds are not valid."""
        ends = [end for each in self._intervals for end in (each.low, each.high) if end is not None]
        return self._settings.get("invalidValueTreatment") != "asIs" and (
            len(ends) != len(self.bounds()) or (self.is_number and bool(self._codes["valid"]))
        )

    def texts(self) -> list[str]:
        """Return the values that it names."""
        return [code for each in self._codes.values() for code in each if isinstance(code, str)]

    def is_code(self, number: Number) -> bool:
        """Check if a number is a code for a missing or an invalid value."""
        return number in self._codes["missing"] or number in self._codes["invalid"]

    def limits(self) -> str:
        """Return in words where its valid numbers are."""
        return f"outside {first_names([str(each) for each in self._intervals])}"


def named_texts(tree: Tree) -> dict[str, list[str]]:
    """Return the texts that a file compares each field with."""
    named: dict[str, list[str]] = {}
    for element in tree.root.walk():
        name = element.attributes.get("field", element.attributes.get("name", ""))
        if element.name in ("SimplePredicate", "NormDiscrete", "CategoricalPredictor"):
            if "value" in element.attributes:
                named.setdefault(name, []).append(element.attributes["value"])
        elif element.name == "SimpleSetPredicate":
            named.setdefault(name, []).extend(array_of(tree, element))
        elif element.name == "MapValues" and (table := element.child("InlineTable")) is not None:
            columns = {
                each.attributes.get("column"): each.attributes.get("field", "")
                for each in element.all("FieldColumnPair")
            }
            for cell in (cell for row in table.all("row") for cell in row.children):
                if cell.name in columns:
                    named.setdefault(columns[cell.name], []).append(cell.text)
        elif element.name == "Apply":
            constants = [each.text for each in element.all("Constant")]
            for each in element.all("FieldRef"):
                named.setdefault(each.attributes.get("field", ""), []).extend(constants)
    return named


def array_of(tree: Tree, element: Element) -> list[str]:
    """Return the values of the <Array> in an element; those with blanks stand in quotes."""
    array = element.child("Array")
    if array is None:
        raise tree.damaged(f"<{element.name}> has no <Array>", element)
    words = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', array.text)
    return [plain or re.sub(r"\\(.)", r"\1", quoted) for quoted, plain in words]


def check_scorable(tree: Tree, model: Element) -> None:
    """Refuse a model that is not for scoring."""
    if model.attributes.get("isScorable", "true") not in ("true", "1"):
        raise tree.refused('`isScorable="false"`: the model is not for scoring', model)

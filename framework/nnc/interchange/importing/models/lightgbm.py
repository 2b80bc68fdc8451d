"""A model of LightGBM, as `Booster.save_model` writes it -> Forest. LightGBM is not needed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeVar

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.models.categories import choice_of, not_a_split
from nnc.interchange.importing.models.conversion import imported_model
from nnc.interchange.importing.models.cutoffs import Split
from nnc.interchange.importing.models.trees import Feature, Forest, Tree
from nnc.interchange.importing.models.votes import Verdict
from nnc.interchange.importing.places import Text, damaged, refused
from nnc.interchange.importing.settings import Settings, UnfitSettingError
from nnc.numbers.exact import Number, shorten, simplest

_Value = TypeVar("_Value")
_SUMS = (
    "", "regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank",
    "rank_xendcg",
)  # fmt: skip
"""Objectives whose prediction is the sum itself."""
_IS_CATEGORY = 1
_MOST_INTEGERS = 1 << 16
_MOST_WORDS = _MOST_INTEGERS // 32 + 1
_NO_VALUES = ("neither",)
"""Values of a column whose categories are neither texts nor integers."""
_MISSING = 12
_ZERO_IS_MISSING = 4
_SLACK = Fraction(1, 2**44)
"""Probabilities are float64: classes whose sums are nearer than this may have the same."""


@dataclass(frozen=True, slots=True)
class _Entries:
    """The lines `key=value` of one part of the file, each with the number of its line."""

    text: Text
    line: int
    name: str
    entries: Mapping[str, tuple[int, str]]

    def damaged(self, key: str, message: str) -> InvalidNetworkError:
        line, value = self.entries.get(key, (self.line, ""))
        column = len(key) + 2 if key in self.entries else 1
        return self.text.damaged(message, line, column, max(len(value), 1))

    def word(self, key: str) -> str:
        """Return a value. Raises InvalidNetworkError where there is none."""
        if key not in self.entries:
            raise self.text.damaged(f"{self.name} has no `{key}=`", self.line)
        return self.entries[key][1]

    def whole(self, key: str) -> int:
        """Return a whole number."""
        (number,) = self.listed(key, _whole, 1)
        return number

    def listed(
        self, key: str, read: Callable[[str], _Value], count: int | None = None
    ) -> list[_Value]:
        """Return the values of a list, of which there have to be `count`."""
        words = self.word(key).split(" ") if self.word(key) else []
        try:
            values = [read(word) for word in words]
        except ValueError:
            what = "whole numbers" if read is _whole else "finite numbers"
            raise self.damaged(key, f"`{key}` is not a list of {what}") from None
        if count is not None and len(values) != count:
            raise self.damaged(key, f"`{key}` has {len(values)} values, not {count}")
        return values


def _whole(word: str) -> int:
    if len(word) > 20 or not word.removeprefix("-").isdigit() or not word.isascii():
        raise ValueError
    return int(word)


def _real(word: str) -> float:
    number = float(word) if word.isascii() and "_" not in word else math.nan
    if not math.isfinite(number):
        raise ValueError
    return number


def read(data: bytes, settings: Settings) -> Imported:
    """Read a model. Raises InvalidNetworkError where the file is damaged, or another model."""
    return imported_model(read_forest(data, settings.names), "LightGBM", settings)


def read_forest(data: bytes, names: Sequence[str] | None = None) -> Forest:
    """Describe a model. Raises InvalidNetworkError where the file is damaged, or another model."""
    text = Text(data)
    if not text.lines or text.lines[0] != "tree":
        raise text.damaged("a model of LightGBM begins with the line `tree`", 1)
    parts = list(_parts(text))
    header, trees = parts[0], [part for part in parts if part.name.startswith("Tree=")]
    count = header.whole("num_tree_per_iteration")
    if not 0 < count <= 1 << 16:
        raise header.damaged("num_tree_per_iteration", f"there are {count} trees an iteration")
    if len(trees) % count or not trees:
        raise text.damaged(f"there are {len(trees)} trees, of {count} an iteration", 1)
    features = _with_integers(trees, _features(text, header, names))
    divisor = len(trees) // count if "average_output" in text.lines[: trees[0].line] else 1
    described = [_tree(part, k % count, features, divisor) for k, part in enumerate(trees)]
    verdict = _verdict(header, count)
    return Forest(described, features, Split("float64"), [0] * count, verdict)


def _parts(text: Text) -> Iterator[_Entries]:
    """Give the header and the trees, up to the line `end of trees`."""
    entries: dict[str, tuple[int, str]] = {}
    name, start = "the header", 1
    for number, line in enumerate(text.lines, 1):
        is_end = line == "end of trees"
        if is_end or line.startswith("Tree="):
            yield _Entries(text, start, name, entries)
            name, start, entries = line, number, {}
            if is_end:
                return
        elif "=" in line:
            key, _, value = line.partition("=")
            if key in entries:
                raise text.damaged(f"`{shorten(key)}` stands twice in {name}", number)
            entries[key] = number, value
    raise text.damaged("the file ends before `end of trees`", len(text.lines))


# ------------------------------------------------------------------------------- features


def _features(text: Text, header: _Entries, names: Sequence[str] | None) -> list[Feature]:
    own = header.word("feature_names").split(" ")
    if header.whole("max_feature_idx") + 1 != len(own):
        raise header.damaged("feature_names", f"there are {len(own)} names of features")
    chosen = list(names) if names is not None else own
    if len(chosen) != len(own):
        message = f"there are {len(chosen)} names of {len(own)} features"
        raise UnfitSettingError(message) if names is not None else damaged(message)
    categories = _categories(text)
    if not categories:
        return [Feature(name) for name in chosen]
    infos = header.word("feature_infos").split(" ")
    places = [k for k, info in enumerate(infos) if not info.startswith("[") and info != "none"]
    if len(places) != len(categories) or len(infos) != len(own):
        return [Feature(name) for name in chosen]  # a split by one of them is refused
    values = dict(zip(places, categories, strict=True))
    return [
        _of_values(name, values[k]) if k in values else Feature(name)
        for k, name in enumerate(chosen)
    ]


def _of_values(name: str, values: Sequence[Any]) -> Feature:
    """Return the feature of a column of pandas: texts, or integers; else a split is refused."""
    if all(isinstance(value, str) for value in values):
        return choice_of(name, values)
    numbers = [int(v) if isinstance(v, float) and v.is_integer() else v for v in values]
    if all(type(each) is int for each in numbers) and len(set(numbers)) == len(numbers):
        return Feature(name, integers=tuple(numbers))
    return Feature(name, _NO_VALUES)


def _with_integers(trees: Sequence[_Entries], features: Sequence[Feature]) -> list[Feature]:
    """Let what trees split by category, and pandas had not, be integers: up to the greatest."""
    most: dict[int, int] = {}
    for part in trees:
        if part.entries.get("num_cat", (0, "0"))[1] == "0" or part.whole("num_leaves") < 2:
            continue
        kinds = part.listed("decision_type", _whole)
        places = part.listed("split_feature", _whole, len(kinds))
        numbers = part.listed("threshold", _real, len(kinds))
        for kind, place, number in zip(kinds, places, numbers, strict=True):
            if kind & _IS_CATEGORY:
                bits = _bits(part, int(number)).bit_length()
                most[place] = max(most.get(place, 0), bits)
    result = list(features)
    for place, count in most.items():
        if 0 <= place < len(result) and not result[place].places:
            if count > _MOST_INTEGERS:
                raise not_a_split(result[place].name, f"with categories up to {count - 1:,}")
            result[place] = replace(result[place], integers=range(max(count, 1)))
    return result


def _categories(text: Text) -> list[list[Any]]:
    """Return the values of each column of categories that pandas had; nothing where it had none."""
    start = "pandas_categorical:"
    for number, line in enumerate(text.lines, 1):
        if line.startswith(start):
            try:
                entries = json.loads(line.removeprefix(start))
            except (ValueError, RecursionError):
                raise text.damaged("the categories are not JSON", number, len(start) + 1) from None
            lists = entries or []
            is_right = isinstance(lists, list) and all(isinstance(each, list) for each in lists)
            return lists if is_right else []
    return []


# ---------------------------------------------------------------------------------- trees


def _tree(part: _Entries, first: int, features: Sequence[Feature], divisor: int) -> Tree:
    """Describe a tree: its splits come first, then its leaves, which are counted from -1 down."""
    leaves = part.whole("num_leaves")
    if not 0 < leaves <= 1 << 24:
        raise part.damaged("num_leaves", f"a tree has {leaves} leaves")
    if part.entries.get("is_linear", (0, "0"))[1] != "0":
        raise refused(f"{part.name} is linear: it has a formula in each leaf", "train without it")
    given = part.listed("leaf_value", _real, leaves)
    values: list[Sequence[Number]] = [[simplest(Fraction(each) / divisor)] for each in given]
    splits = leaves - 1
    if not splits:
        return Tree([0], [0.0], [-1], [-1], values, first)
    kinds = part.listed("decision_type", _whole, splits)
    feature = part.listed("split_feature", _whole, splits)
    threshold = part.listed("threshold", _real, splits)
    for kind, place in zip(kinds, feature, strict=True):
        if kind & _MISSING == _ZERO_IS_MISSING:
            name = features[place].name if 0 <= place < len(features) else str(place)
            raise not_a_split(name, "with 0 as a missing value")
    ends = [0] * leaves
    return Tree(
        feature + ends,
        threshold + [0.0] * leaves,
        _children(part, "left_child", splits) + [-1] * leaves,
        _children(part, "right_child", splits) + [-1] * leaves,
        [*[()] * splits, *values],
        first,
        _right_categories(part, kinds, feature, threshold, features),
    )


def _children(part: _Entries, key: str, splits: int) -> list[int]:
    """Return the children by the number of their node; -1 is the first leaf."""
    entries = part.listed(key, _whole, splits)
    if not all(-splits - 1 <= child < splits for child in entries):
        raise part.damaged(key, f"`{key}` names a node that there is not")
    return [child if child >= 0 else splits - 1 - child for child in entries]


def _right_categories(
    part: _Entries,
    kinds: Sequence[int],
    feature: Sequence[int],
    threshold: Sequence[float],
    features: Sequence[Feature],
) -> dict[int, frozenset[int]]:
    """Return the values that go right, by node: those that its set of bits does not have."""
    entries = {}
    for node, kind in enumerate(kinds):
        if not kind & _IS_CATEGORY:
            continue
        place = feature[node]
        name = features[place].name if 0 <= place < len(features) else str(place)
        known = features[place].places if 0 <= place < len(features) else 0
        if not known or features[place].values == _NO_VALUES:
            raise not_a_split(name, "whose categories are neither texts nor integers")
        left = _bits(part, int(threshold[node]))
        # an integer that is not known, the last place, is in no set: it goes right
        entries[node] = frozenset(k for k in range(known) if not left >> k & 1)
    return entries


def _bits(part: _Entries, number: int) -> int:
    """Return a set of categories, a bit for each."""
    starts = part.listed("cat_boundaries", _whole)
    words = part.listed("cat_threshold", _whole)
    if not 0 <= number < len(starts) - 1:
        raise part.damaged("threshold", f"there is no set of categories {number}")
    low, high = starts[number], starts[number + 1]
    if not 0 <= low <= high <= len(words) or any(not 0 <= w < 1 << 32 for w in words):
        raise part.damaged("cat_boundaries", f"the set of categories {number} is outside")
    return sum(word << (32 * k) for k, word in enumerate(words[low : min(high, low + _MOST_WORDS)]))


def _verdict(header: _Entries, count: int) -> Verdict:
    words = header.entries.get("objective", (0, ""))[1].split(" ")
    objective = words[0]
    if objective == "binary" and count == 1:
        return Verdict("above", ("0", "1"), slack=_SLACK)
    if objective == "multiclass" and count > 1:
        return Verdict("largest", tuple(map(str, range(count))), slack=_SLACK)
    if objective in _SUMS and count == 1 and "sqrt" not in words:
        return Verdict("sum")
    raise refused(
        f"what the objective `{shorten(' '.join(words))}` makes of the sum is not a threshold",
        "train with binary, multiclass or regression",
    )

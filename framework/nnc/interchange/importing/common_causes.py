"""CCF groups of the Open-PSA format -> gates and basic events: failures of a common cause.

The format: Epstein, Rauzy, "Open-PSA Model Exchange Format", 2.0d, section IV.5. Each member
becomes a gate that any failure of it sets off: its own, and those of the sets that it is in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb

from nnc.interchange.importing.scopes import Defined, Scope
from nnc.interchange.importing.xml import Element, Tree
from nnc.numbers.exact import counted, shorten

MAX_FAILURES = 10_000  # basic events that a group may become
MEMBER = "CCF-member"
"""The name of the element of a gate that stands for a member."""
_MODELS = ("beta-factor", "MGL", "alpha-factor", "phi-factor")
_REFERENCES = ("basic-event", "event")


def add_common_causes(
    tree: Tree, events: Scope, groups: Sequence[tuple[Element, tuple[str, ...]]]
) -> None:
    """Add the gates and events of groups, each with its container. Raises InvalidNetworkError."""
    for group, path in groups:
        _Group(tree, events, group, path).add()


class _Group:
    """One group: its members, its distribution, and its factors by their level."""

    def __init__(self, tree: Tree, events: Scope, group: Element, path: tuple[str, ...]) -> None:
        self._tree, self._events, self._group, self._path = tree, events, group, path
        listed = group.child("members")
        references = () if listed is None else listed.all(*_REFERENCES)
        self._members = [tree.attribute(each, "name") for each in references]
        if len(self._members) < 2 or len(set(self._members)) < len(self._members):
            raise tree.damaged("a group needs two members or more, each once", group)
        self._model = tree.attribute(group, "model")
        if self._model not in _MODELS:
            message = f"`{shorten(self._model)}` is no model of a group: {', '.join(_MODELS)}"
            raise tree.damaged(message, group)
        self._distribution = self._expression("distribution", group)
        first = {"MGL": 2, "beta-factor": len(self._members)}.get(self._model, 1)
        self._factors = dict(self._leveled(first))

    def _expression(self, name: str, parent: Element) -> Element:
        child = parent if name == parent.name else parent.child(name)
        bodies = [] if child is None else child.children
        if len(bodies) != 1:
            raise self._tree.damaged(f"<{name}> needs one expression", child or parent)
        return bodies[0]

    def _leveled(self, first: int) -> Iterator[tuple[int, Element]]:
        """Yield the factors by their level; those without one count upward."""
        listed = self._group.child("factors") or self._group
        factors = [*listed.all("factor")]
        for level, factor in enumerate(factors, first):
            text = factor.attributes.get("level", str(level))
            if text != str(level) or level > len(self._members):
                message = f"a factor has the level {shorten(text)}, not {level}"
                if level > len(self._members):
                    message = f"a level is above the {counted(len(self._members), 'member')}"
                raise self._tree.damaged(message, factor)
            yield level, self._expression("factor", factor)
        if not factors or (self._model == "beta-factor" and len(factors) > 1):
            raise self._tree.damaged("the group has no factors, or too many", self._group)

    def add(self) -> None:
        """Add the gates of the members, and the events that they read."""
        count = len(self._members)
        levels = [1, count] if self._model == "beta-factor" else range(1, max(self._factors) + 1)
        if sum(comb(count, level) for level in levels) > MAX_FAILURES:
            message = f"the group has more than {MAX_FAILURES:,} sets of members"
            raise self._tree.refused(message, self._group, "leave its higher levels out")
        failures: dict[str, list[str]] = {member: [] for member in self._members}
        for level in levels:
            probability = self._probability(level)
            for members in combinations(self._members, level):
                name = " ".join((*members, "together" if level > 1 else "alone"))
                self._define("basic", name, self._element("define-basic-event", probability))
                for member in members:
                    failures[member].append(name)
        for member, names in failures.items():
            known = self._events.find(member, self._path)
            if known is not None and any(each.name != "label" for each in known.element.children):
                message = f"`{shorten(member)}` has a definition of its own, and is a member"
                raise self._tree.damaged(message, known.element)
            if known is not None:
                self._events.remove(known)
            reads = [self._element("basic-event", name=name) for name in names]
            self._define("gate", member, self._element(MEMBER, self._element("or", *reads)))

    def _define(self, kind: str, name: str, element: Element) -> None:
        self._events.define(self._tree, Defined(kind, name, element, self._path))

    def _element(self, kind: str, *children: Element, **attributes: str) -> Element:
        at = self._group
        return Element(kind, attributes, at.line, at.column, list(children), origin=at.origin)

    def _probability(self, level: int) -> Element:
        """Return the probability that a given set of members fails, as an expression."""
        one = self._element("int", value="1")
        ways = self._element("int", value=str(comb(len(self._members) - 1, level - 1)))
        parts = [self._distribution]
        if self._model == "beta-factor":
            beta = self._factors[len(self._members)]
            parts.append(beta if level > 1 else self._element("sub", one, beta))
        elif self._model == "MGL":
            parts += [self._factors[step] for step in range(2, level + 1)]
            if level + 1 in self._factors:
                parts.append(self._element("sub", one, self._factors[level + 1]))
        else:
            parts.append(self._leveled_factor(level))
        product = self._element("mul", *parts)
        if self._model == "alpha-factor":
            total = self._element("add", *map(self._leveled_factor, self._factors))
            return self._element("div", product, total, ways)
        return self._element("div", product, ways) if self._model == "MGL" else product

    def _leveled_factor(self, level: int) -> Element:
        """Return the factor of a level; of the alpha-factor model times the level."""
        if self._model != "alpha-factor":
            return self._factors[level]
        times = self._element("int", value=str(level))
        return self._element("mul", self._factors[level], times)

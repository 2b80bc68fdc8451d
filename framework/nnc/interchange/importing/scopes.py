"""Names of a model in XML, as they mean something in each of its containers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from nnc.interchange.importing.xml import Element, Tree
from nnc.numbers.exact import shorten


class Defined(NamedTuple):
    """A definition: its kind, its name, its element, and the path of its container."""

    kind: str
    name: str
    element: Element
    path: tuple[str, ...]
    is_private: bool = False

    @property
    def whole(self) -> tuple[str, ...]:
        """Its path, with its own name."""
        return (*self.path, self.name)


@dataclass(slots=True)
class Scope:
    """All definitions by their full path, and the public ones by their name."""

    by_path: dict[tuple[str, ...], Defined] = field(default_factory=dict)
    public: dict[str, Defined] = field(default_factory=dict)

    def define(self, tree: Tree, defined: Defined) -> None:
        """Add a definition. Raises InvalidNetworkError where there is one of this name."""
        before = self.by_path.get(defined.whole)
        if before is None and not defined.is_private:
            before = self.public.get(defined.name)
        if before is not None:
            message = f"`{shorten(defined.name)}` is defined for the second time, after line "
            raise tree.damaged(f"{message}{before.element.line}", defined.element)
        self.by_path[defined.whole] = defined
        if not defined.is_private:
            self.public[defined.name] = defined

    def remove(self, defined: Defined) -> None:
        """Remove a definition."""
        del self.by_path[defined.whole]
        if self.public.get(defined.name) is defined:
            del self.public[defined.name]

    def find(self, name: str, path: tuple[str, ...]) -> Defined | None:
        """Resolve a name in a container: the nearest definition, or a public one."""
        steps = tuple(name.split("."))
        for end in range(len(path), -1, -1):
            if defined := self.by_path.get((*path[:end], *steps)):
                return defined
        return self.public.get(name)

"""Sort things topologically, without recursion."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class CircleError(Exception, Generic[T]):
    """A cycle: `reader` reads `read`, which leads back to it."""

    def __init__(self, reader: T, read: T) -> None:
        super().__init__(reader, read)
        self.reader, self.read = reader, read


def ordered(starts: Iterable[T], reads: Callable[[T], Iterable[T]]) -> list[T]:
    """Return things and all that they read, in an order in which each comes after what it reads.

    `reads` is called once for each, and may raise. Raises CircleError.
    """
    order: dict[T, None] = {}
    for start in starts:
        way: dict[T, list[T]] = {} if start in order else {start: list(reads(start))[::-1]}
        while way:
            thing = next(reversed(way))
            waiting = way[thing]
            while waiting and waiting[-1] in order:
                waiting.pop()
            if not waiting:
                order[thing] = None
                del way[thing]
            elif waiting[-1] in way:
                raise CircleError(thing, waiting[-1])
            else:
                way[waiting[-1]] = list(reads(waiting[-1]))[::-1]
    return [*order]

"""Networks with numbers left open, made of random valid ones: some of their numbers are blanks."""

from dataclasses import dataclass
from fractions import Fraction
from random import Random

from hypothesis import strategies as st

from nnc.language.document.places import Node, read_nodes
from tests.support.strategies import Example, example, spelled

FEATURES = ("buses", "choice", "states", "layers", "largest", "rules")


@dataclass(frozen=True)
class Opened:
    """A network with blanks, the same before it had them, and how many tokens are blanks."""

    text: str
    closed: str
    blanks: int


def opened(rng: Random, one: Example, share: float = 0.3) -> Opened:
    """Leave some numbers of a network open; what it extends or uses stays as it is."""
    text, count = one.text, 0
    for node in sorted(_numbers(read_nodes(text)), key=lambda node: -node.start):
        if rng.random() < share:
            text = text[: node.start] + blank(rng) + text[node.end :]
            count += 1
    return Opened(text, one.text, count)


def blank(rng: Random) -> str:
    """Write a blank in one of the ways that there are."""
    low = spelled(rng, value := _number(rng), quotes=False)
    high = spelled(rng, value + abs(_number(rng)), quotes=False)
    text = rng.choice(("_", "_", f"{low}..{high}", f"{low}..", f"..{high}"))
    if "..." in text:  # as `5.` is a number too
        text = "_"
    return rng.choice((text, text, f'"{text}"', f"'{text}'"))


def _number(rng: Random) -> Fraction:
    return Fraction(rng.randint(-30, 30), rng.choice((1, 1, 1, 10, 3)))


def _numbers(top: Node) -> list[Node]:
    """Find the tokens of a network that are weights, points and thresholds."""
    found: list[Node] = []
    for section in ("neurons", "layers"):
        for declaration in _below(top, section):
            for key in ("weights", "threshold", "thresholds"):
                node = _at(declaration, key)
                if node is not None and not _is_file(node):
                    found += _scalars(node)
    return [node for node in found if not _states_rule(node)]


def _states_rule(node: Node) -> bool:
    return node.text is not None and " " in node.text


def _is_file(node: Node) -> bool:
    return any(key.text in ("file", "sparse") for key in node.keys)


def _at(node: Node, name: str) -> Node | None:
    for key, value in zip(node.keys, node.values, strict=False):
        if key.text == name:
            return value
    return None


def _below(top: Node, section: str) -> list[Node]:
    node = _at(top, section)
    return [] if node is None else node.values


def _scalars(node: Node) -> list[Node]:
    if node.text is not None:
        return [node]
    return [scalar for value in node.values for scalar in _scalars(value)]


def open_examples() -> st.SearchStrategy[Opened]:
    """Draw networks of which some numbers are left open."""
    randoms = st.randoms(use_true_random=False)
    return randoms.map(lambda rng: opened(rng, example(rng, features=FEATURES)))

"""Vertices of weighted sums against all rows."""

from itertools import product
from random import Random

from nnc.solvers.weighted import WeightedSum


def test_all_rows_of_drawn_sums() -> None:
    random = Random(8)
    for _ in range(60):
        weights = [random.choice([1, 2, 3, 7, 10**20]) for _ in range(random.randint(0, 6))]
        vertices: list[tuple[int, int, int]] = [(-1, 0, 0), (-1, 1, 1)]

        def choose(
            source: int, on: int, off: int, made: list[tuple[int, int, int]] = vertices
        ) -> int:
            assert on != off
            made.append((source, on, off))
            return len(made) - 1

        total = WeightedSum(list(enumerate(weights)), choose, 0, 1)
        for threshold in {random.randint(-1, 1 + sum(weights)) for _ in range(4)} | set(weights):
            root = total.reaches(threshold)
            for bits in product((0, 1), repeat=len(weights)):
                vertex = root
                while vertex > 1:
                    source, on, off = vertices[vertex]
                    vertex = on if bits[source] else off
                reached = sum(w for w, bit in zip(weights, bits, strict=True) if bit)
                assert vertex == (reached >= threshold)


def test_equal_thresholds_share_their_vertices() -> None:
    made: list[tuple[int, int, int]] = []

    def choose(source: int, on: int, off: int) -> int:
        made.append((source, on, off))
        return len(made) + 1

    total = WeightedSum([(i, 10) for i in range(8)], choose, 0, 1)
    assert total.reaches(31) == total.reaches(40)
    assert len(made) == 20  # 4 of 8: as many as the choices of a grid of 4 x 5

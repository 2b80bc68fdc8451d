"""Noise: pictures move by a pixel, and keep all else."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nnc.training.blocks import Picture  # noqa: E402
from nnc.training.noise import Noise, _moves, background  # noqa: E402


def test_a_picture_moves_by_one_pixel_in_each_direction() -> None:
    moves = _moves(Picture(np.arange(12), 3, 4))
    assert moves.shape == (9, 12)
    picture = np.arange(1, 13)
    shifted = [np.append(picture, 0)[move].reshape(3, 4).tolist() for move in moves]
    assert shifted[0] == picture.reshape(3, 4).tolist()
    assert [[0, 0, 0, 0], [0, 1, 2, 3], [0, 5, 6, 7]] in shifted
    assert [[6, 7, 8, 0], [10, 11, 12, 0], [0, 0, 0, 0]] in shifted
    colours = _moves(Picture(np.arange(12), 2, 2, 3))
    assert any(move.tolist() == [12] * 6 + [12] * 3 + [0, 1, 2] for move in colours)


def test_bits_of_a_picture_stay_bits() -> None:
    bits = np.random.RandomState(0).randint(0, 2, (50, 256))
    generator = torch.Generator().manual_seed(0)
    noise = Noise(bits, np.ones(256, bool),
                  (Picture(np.arange(256), 16, 16),), generator)  # fmt: skip
    changed = noise.applied(torch.tensor(bits, dtype=torch.float32))
    assert set(changed.unique().tolist()) == {0.0, 1.0}
    assert 0 < (changed.numpy() != bits).mean() < 0.5


def test_narrow_rows_are_not_changed() -> None:
    rows = np.arange(40.0).reshape(2, 20)
    generator = torch.Generator().manual_seed(0)
    noise = Noise(rows, np.zeros(20, bool), (), generator)
    assert noise.applied(torch.tensor(rows)).tolist() == rows.tolist()


@pytest.mark.parametrize("paper", [0, 255])
def test_a_picture_moves_over_its_background(paper: int) -> None:
    pictures = np.full((40, 16, 16), paper, np.uint8)
    pictures[:, 5:11, 6:9] = np.random.RandomState(0).randint(90, 160, (40, 6, 3))
    rows, picture = pictures.reshape(40, -1), Picture(np.arange(256), 16, 16)
    assert background(rows, picture) == paper
    generator = torch.Generator().manual_seed(0)
    noise = Noise(rows, np.zeros(256, bool), (picture,), generator, ["shift"])
    shifted = noise.applied(torch.tensor(rows, dtype=torch.float32)).numpy()
    assert (shifted != rows).any()
    edges = np.concatenate([shifted.reshape(40, 16, 16)[:, [0, -1]].reshape(40, -1),
                            shifted.reshape(40, 16, 16)[..., [0, -1]].reshape(40, -1)])  # fmt: skip
    assert (edges == paper).all()
    noise = Noise(rows, np.zeros(256, bool), (picture,), generator, ["noise"])
    noisy = noise.applied(torch.tensor(rows, dtype=torch.float32)).numpy()
    ink = noisy.reshape(40, 16, 16)[:, 5:11, 6:9]
    dropped = (ink == paper) if paper else (ink == rows.min(axis=0).reshape(16, 16)[5:11, 6:9])
    assert 0 < dropped.mean() < 0.3

"""Writes the weight files that the networks in `invalid/` name.

Run `python tests/invalid/files/make.py` after a change of it.

Some are sound, and wired wrongly; the others are what their names say.
"""

from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

HERE = Path(__file__).parent
SOUND: dict[str, list[Any]] = {
    "hidden.weight": [[1, 1, 0], [0, 1, 1]],  # 2 neurons with 3 wires
    "hidden.threshold": [1, 2],
    "indptr": [0, 2, 4],  # the same matrix, sparse
    "indices": [0, 1, 1, 2],
    "values": [1, 1, 1, 1],
    "falling": [0, 3, 2, 4],
    "late": [1, 2, 4],
    "short": [0, 2, 3],
    "outside": [0, 1, 1, 3],
    "twice": [0, 1, 2, 2],
    "three": [1, 1, 1],
}


def main() -> None:
    """Write them all."""
    arrays = {name: np.array(numbers, np.int16) for name, numbers in SOUND.items()}
    arrays["fractions"] = np.array([0, 1, 1, 2], np.float32)
    save_file(arrays, HERE / "weights.safetensors")
    np.save(HERE / "weights.npy", arrays["hidden.weight"])
    np.save(HERE / "turned.npy", arrays["hidden.weight"].T)
    np.save(HERE / "no_rows.npy", np.zeros((0, 3), np.int16))
    np.save(HERE / "lost.npy", np.array([[1, 1, 0], [0, np.nan, 1]], np.float32))
    np.save(HERE / "infinite.npy", np.array([1, -np.inf], np.float64))
    np.save(HERE / "texts.npy", np.array([["1", "1", "0"], ["0", "1", "1"]]))
    np.save(HERE / "complex.npy", np.array([[1, 1, 0], [0, 1j, 1]]))
    whole = (HERE / "weights.npy").read_bytes()
    (HERE / "cut_short.npy").write_bytes(whole[:-3])
    (HERE / "cut_short.safetensors").write_bytes((HERE / "weights.safetensors").read_bytes()[:200])
    (HERE / "renamed.npy").write_bytes((HERE / "weights.safetensors").read_bytes())
    (HERE / "renamed.safetensors").write_bytes(whole)
    (HERE / "empty.npy").write_bytes(b"")
    pointer = "version https://git-lfs.github.com/spec/v1\nsize 140\n"
    (HERE / "pointer.safetensors").write_text(pointer, "utf-8")


if __name__ == "__main__":
    main()

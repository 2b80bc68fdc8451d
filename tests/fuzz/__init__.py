"""Fuzzing that stays: many small random trials of what nnc reads, merges and calculates.

A target is a module of this folder, in `TARGETS`, with one function:

    def trial(random: random.Random) -> None

One trial is short, draws all it needs from `random`, and raises on a find. Where an input is a
file, the module may also have `replay(data: bytes)`, which takes one file of its corpus.
"""

TARGETS = (
    "yaml",
    "merge",
    "csv",
    "chunks",
    "json",
    "eval",
    "diff",
    "kernels",
    "npy",
    "safetensors",
    "arrow",
    "compiled",
    "imports",
    "outputs",
)

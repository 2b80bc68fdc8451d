"""Builds the native kernels, for the stable ABI; where that fails nnc does without.

It then calculates in NumPy, and `nnc fit` builds no scores.
"""

from pathlib import Path

from setuptools import Extension, setup

KERNELS = {
    "nnc.run.engines._kernels": "framework/nnc/run/engines",
    "nnc.scores._cells": "framework/nnc/scores",
}


def files(folder: str, pattern: str) -> list[str]:
    """Return the files of a folder, in the same order everywhere."""
    return sorted(map(str, Path(folder).glob(pattern)))


setup(
    ext_modules=[
        Extension(
            name,
            files(folder, "*.c"),
            depends=files(folder, "*.h"),
            extra_compile_args=["-O3", "-Wno-psabi", "-fvisibility=hidden"],
            py_limited_api=True,
            optional=True,
        )
        for name, folder in KERNELS.items()
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)

"""Builds the native kernels, for the stable ABI; where that fails nnc calculates in NumPy."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "nnc.run.engines._kernels",
            [f"framework/nnc/run/engines/{name}.c" for name in ("kernels", "gates", "machine")],
            depends=[
                f"framework/nnc/run/engines/{name}.h"
                for name in ("machine", "neurons", "packing", "single", "tables", "tallies")
            ],
            extra_compile_args=["-O3", "-Wno-psabi"],
            py_limited_api=True,
            optional=True,
        ),
        Extension(
            "nnc.solving.scorecards._cells",
            ["framework/nnc/solving/scorecards/cells.c"],
            extra_compile_args=["-O3", "-Wno-psabi"],
            py_limited_api=True,
            optional=True,
        ),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)

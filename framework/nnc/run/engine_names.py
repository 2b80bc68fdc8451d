"""The names of the engines, separate so that `--help` need not import them."""

from typing import Literal, get_args

EngineName = Literal["auto", "native", "numpy"]
ENGINE_NAMES: tuple[EngineName, ...] = get_args(EngineName)

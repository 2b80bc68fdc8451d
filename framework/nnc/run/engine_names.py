"""The names of engines; importing this imports no engine, for `--help`."""

from typing import Literal, get_args

EngineName = Literal["auto", "native", "numpy"]
ENGINE_NAMES: tuple[EngineName, ...] = get_args(EngineName)

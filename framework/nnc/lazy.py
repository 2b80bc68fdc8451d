"""What is made when it is first used: libraries, names of packages that lie in modules, patterns.

A small network is read and evaluated in a fraction of the time that NumPy takes to be imported,
needs no files but its own, and few of the patterns that tell mistakes apart. A module on that way
takes `np`, the libraries of files and `pattern` from here, and types of arrays under TYPE_CHECKING.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["gzip", "names_of", "np", "pattern", "select", "shutil", "tempfile"]


class _Lazy:
    """What is made when something of it is first asked for; what was is kept here."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._make(), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import gzip
    import select
    import shutil
    import tempfile
    from re import compile as pattern

    import numpy as np
else:
    gzip, np, select, shutil, tempfile = (
        _Lazy(partial(import_module, name))
        for name in ("gzip", "numpy", "select", "shutil", "tempfile")
    )

    def pattern(text: str, flags: int = 0) -> _Lazy:
        """Return the compiled form of a regular expression, which has its methods."""
        return _Lazy(partial(re.compile, text, flags))


def names_of(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package that hands on names, each by the module it lies in."""

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(package)
        value = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(module, name, value)
        return value

    return get

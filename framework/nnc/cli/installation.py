"""The features of this installation, for `nnc --version --verbose`."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from importlib import metadata

from nnc.extras import install_line
from nnc.version import VERSION

LIBRARIES = ("click", "numpy", "pydantic", "PyYAML", "rich", "safetensors")


def installation() -> Iterator[str]:
    """Yield the lines of a report: versions, and what is installed or missing."""
    yield f"nnc {VERSION}"
    yield f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    yield f"native kernels: {_kernels()}"
    yield f"YAML: {_yaml()}"
    yield ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    yield f"python-sat {metadata.version('python-sat')}{_scripts()}"
    yield f"Parquet and Arrow: {_pyarrow()}"
    git = shutil.which("git")
    yield f"git: {git or 'not found; nnc diff and nnc log of revisions need it'}"


def _scripts() -> str:
    """Name the programs with common names that python-sat adds to the PATH."""
    files = metadata.files("python-sat") or ()
    scripts = {file.name for file in files if file.parent.name in ("bin", "Scripts")}
    return f", with programs of its own: {', '.join(sorted(scripts))}" if scripts else ""


def _kernels() -> str:
    from nnc.run.engines.native import KIND, KINDS, makes_machine_code
    from nnc.scores.answer import has_kernels

    scores = "" if has_kernels() else "; nnc fit cannot build scores"
    if KIND is None:
        return f"not installed; NumPy is used, 2 to 50 times slower for many rows{scores}"
    code = "with" if makes_machine_code() else "without"
    return f"{KINDS[KIND]} (of {', '.join(KINDS)}), {code} machine code{scores}"


def _yaml() -> str:
    from nnc.language.document.parser import Parser, PythonParser

    return "PyYAML in Python, slower than libyaml" if Parser is PythonParser else "libyaml"


def _pyarrow() -> str:
    try:
        return f"pyarrow {metadata.version('pyarrow')}"
    except metadata.PackageNotFoundError:
        return f"not installed; {install_line('data')}"

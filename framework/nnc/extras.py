"""The libraries that nnc can do without, and how they are installed."""

from __future__ import annotations

DISTRIBUTION = "nnc-networks"


def install_line(extra: str) -> str:
    """Return the command that installs the libraries of an extra.

    It names the libraries with their bounds, and not nnc, which pip finds only in a checkout.
    """
    from importlib import metadata

    try:
        required = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:  # run from its source, without an installation
        required = []
    marked = [line.partition(";")[::2] for line in required]
    wanted = [f'"{name.strip()}"' for name, mark in marked if f'extra == "{extra}"' in mark]
    return f"pip install {' '.join(wanted)}" if wanted else f"install the extra `{extra}` of nnc"

"""SVG -> what files and notebooks take of it: pictures as bytes, and as a bundle of forms."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress

from nnc.extras import install_line
from nnc.numbers.exact import Refused


def require_png() -> None:
    """Raise Refused without the library for PNG."""
    try:
        import resvg_py  # noqa: F401
    except ModuleNotFoundError:
        message = "a picture as PNG needs resvg-py, which is not installed"
        raise Refused("missing-library", message, install_line("png")) from None


def png(svg: str) -> bytes:
    """Return a picture as PNG. Raises Refused without the library for it."""
    require_png()
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, monospace_family="DejaVu Sans Mono"))


def bundle(text: str, svg: str | None) -> dict[str, str]:
    """Return a picture as notebooks show it: SVG, and PNG too, for those that show no SVG."""
    if svg is None:
        return {"text/plain": text}
    forms = {"text/plain": text, "image/svg+xml": svg}
    with suppress(Refused):
        forms["image/png"] = b64encode(png(svg)).decode()
    return forms

"""Write the tutorial as notebooks, docs/tutorial.ipynb and docs/ko/tutorial.ipynb.

Run `python docs/make_notebook.py` after a change to one of their pages. A file of the page becomes
a cell that writes it, a command a cell that runs it, with what it prints, and pictures are shown.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

DOCS = Path(__file__).parent
PAGES = (DOCS / "tutorial.md", DOCS / "ko/tutorial.md")
PIECE = re.compile(
    r"^(?:(?:`[^`\n]+`:\n\n)?<!-- file: (?P<file>\S+?)(?:,.*)? -->\n```\w+\n(?P<text>.*?)^```$"
    r"|```console\n(?P<console>.*?)^```$"
    r"|!\[(?P<title>.*?)\]\((?:\.\./)?pictures/(?P<picture>\S+)\)$)",
    re.MULTILINE | re.DOTALL,
)
SETUP = """\
import os
import tempfile
from pathlib import Path

from IPython.display import SVG

checkout = next(each for each in Path.cwd().resolve().parents if (each / "configs").is_dir())
os.chdir(tempfile.mkdtemp())
Path("configs").symlink_to(checkout / "configs")"""


def notebook(page: Path) -> str:
    """Return the notebook of a page, as JSON."""
    cells = list(_cells(page.read_text("utf-8")))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    made = v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    return nbformat.writes(made) + "\n"


def _cells(text: str) -> Iterator[Any]:
    title, _, rest = text.partition("\n\n")
    yield v4.new_markdown_cell(title)
    yield v4.new_code_cell(SETUP)
    start = 0
    for piece in PIECE.finditer(rest):
        yield from _prose(rest[start : piece.start()])
        yield from _code(piece)
        start = piece.end()
    yield from _prose(rest[start:])


def _prose(text: str) -> Iterator[Any]:
    if text := re.sub(r"<!--.*?-->", "", text).strip():
        yield v4.new_markdown_cell(text)


def _code(piece: re.Match[str]) -> Iterator[Any]:
    if piece["file"]:
        written = f"Writing {piece['file']}\n"
        source = f"%%writefile {piece['file']}\n{piece['text']}".rstrip("\n")
        yield v4.new_code_cell(source, outputs=[v4.new_output("stream", text=written)])
    elif piece["picture"]:
        picture = (DOCS / "pictures" / piece["picture"]).read_text("utf-8")
        shown = v4.new_output("execute_result", {"image/svg+xml": picture})
        yield v4.new_code_cell(f'SVG("{piece["picture"]}")', outputs=[shown])
    else:
        for command in piece["console"].removeprefix("$ ").split("\n$ "):
            words, _, printed = command.partition("\n")
            output = [v4.new_output("stream", text=printed)] if printed.strip() else []
            yield v4.new_code_cell(f"!{words}", outputs=output)


if __name__ == "__main__":
    for path in PAGES:
        path.with_suffix(".ipynb").write_text(notebook(path), "utf-8", newline="\n")

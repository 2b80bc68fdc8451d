"""Build the site of these pages: `python docs/make_site.py [FOLDER]`, with the extra `site`.

The pages stay where git has them, so that links between them work there, too. They are copied to
`pages` beside FOLDER, with a gallery of the networks in configs/ and the docstrings of the
package, and MkDocs makes a site of them, in build/site by default. A link that leads nowhere ends
the build.
"""

import argparse
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FunctionType

import nnc

ROOT = Path(__file__).parents[1]
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build/site")
SITE = parser.parse_args().folder.resolve()
PAGES = SITE.with_name("pages")
SHOWN = (
    "README.md",
    "pyproject.toml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "LICENSE",
    "docs",
    "configs",
)
MAX_PAGE = 1 << 20  # bytes; a network whose page is larger has none in the gallery
ROW = re.compile(r"\| \[(\w+)\]\((\S+)\) \| (.+) \| (.+) \| (.+) \| \[<img src=\"(\S+)\"")
GROUP = re.compile(r"\| \*\*(\w+)\*\*(?: \((.+?)\))? \|")  # the name, and a remark in brackets


def main() -> None:
    """Copy the pages, write the gallery, and build."""
    shutil.rmtree(PAGES, ignore_errors=True)
    for name in SHOWN:
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, PAGES / name, ignore=ignore)
        else:
            PAGES.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, PAGES / name)
    (PAGES / "gallery.md").write_text(gallery(), "utf-8")
    (PAGES / "api.md").write_text(reference(), "utf-8")
    # not --quiet, which hides the warnings that --strict counts
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(SITE)]
    environment = os.environ | {"NNC_PAGES": str(PAGES), "NO_MKDOCS_2_WARNING": "1"}
    sys.exit(subprocess.run(build, cwd=ROOT, env=environment, check=False).returncode)


def reference() -> str:
    """Return the page of all public names: their signatures and docstrings."""
    lines = ["# API", "", "[The guide to Python](docs/python.md) shows these at work.", ""]
    names = [name for name in nnc.__all__ if callable(getattr(nnc, name))]
    functions = [name for name in names if isinstance(getattr(nnc, name), FunctionType)]
    classes = [name for name in names if name not in functions]
    for title, group in (("Functions", functions), ("Classes", classes)):
        lines += [f"## {title}", ""]
        for name in group:
            item = getattr(nnc, name)
            lines += [f"### {name}", "", "```python", signature(name, item), "```", ""]
            lines += [as_markdown(inspect.getdoc(item) or ""), ""]
    return "\n".join(lines)


def signature(name: str, item: Callable[..., object]) -> str:
    """Return how a name is called, a parameter a line, with the types that are written as such."""
    lines = [f"{name}("]
    for key, parameter in inspect.signature(item).parameters.items():
        if key.startswith("_"):
            continue
        if parameter.kind == parameter.KEYWORD_ONLY and "    *," not in lines:
            lines.append("    *,")
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        type_ = f": {parameter.annotation}" if isinstance(parameter.annotation, str) else ""
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        lines.append(f"    {star}{key}{type_}{default},")
    returned = inspect.signature(item).return_annotation
    return "\n".join([*lines, f") -> {returned}" if isinstance(returned, str) else ")"])


def as_markdown(docstring: str) -> str:
    """Return a docstring with its examples as code, and links to the pages that it names."""
    text = re.sub(r"(?m)^>>> (?:.|\n(?!\n))*", "```python\n\\g<0>\n```", docstring)
    return re.sub(r"docs/(\w+\.md)", r"[\1](docs/\1)", text)


def gallery() -> str:
    """Return the page of all networks: the table of configs/README.md as cards."""
    lines = ["# Gallery", "", "Networks to open, learn from and copy.", ""]
    is_open = False
    for line in (ROOT / "configs/README.md").read_text("utf-8").splitlines():
        if group := GROUP.match(line):
            lines += ["</div>", ""] * is_open
            lines += [f"## {group[1].capitalize()}", ""]
            lines += [f"({in_configs(group[2])})", ""] if group[2] else []
            lines += ['<div class="gallery" markdown>', ""]
            is_open = True
        elif row := ROW.match(line):
            lines += card(*row.groups())
    return "\n".join([*lines, "</div>", ""])


def in_configs(text: str) -> str:
    """Return text of configs/README.md with its links as they are from the gallery."""
    return text.replace("](", "](configs/")


def card(name: str, file: str, what: str, source: str, cases: str, picture: str) -> list[str]:
    """Return a card: the picture, and links to the file and to a page that evaluates it."""
    links = [f"[file](configs/{file})"]
    page = nnc.view(nnc.load(ROOT / "configs" / file, root=ROOT))
    if len(page.html) <= MAX_PAGE:
        (PAGES / "view").mkdir(exist_ok=True)
        page.save(PAGES / f"view/{name}.html")
        links.append(f"[try it](view/{name}.html)")
    return [
        "<div markdown>",
        "",
        f"![{name}](configs/{picture})",
        "",
        f"**{name}**: {in_configs(what)}",
        "",
        f"Cases: {cases}, from {source}",
        "",
        " · ".join(links),
        "",
        "</div>",
        "",
    ]


if __name__ == "__main__":
    main()

"""Build the site of these pages: `python docs/make_site.py [FOLDER]`, with the extra `site`.

The pages stay where git has them, so that links between them work there, too. They are copied to
`pages` beside FOLDER, with a gallery of the networks in configs/, and MkDocs makes a site of
them, in build/site by default. A link that leads nowhere ends the build.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nnc

ROOT = Path(__file__).parents[1]
SITE = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/site").resolve()
PAGES = SITE.with_name("pages")
SHOWN = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "LICENSE",
    "docs",
    "configs",
)
MAX_PAGE = 1 << 20  # bytes; a network whose page is larger has none in the gallery
ROW = re.compile(r"\| \[(\w+)\]\((\S+)\) \| (.+) \| (.+) \| (.+) \| \[<img src=\"(\S+)\"")
GROUP = re.compile(r"\| \*\*(\w+)\*\* \|")


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
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(SITE)]
    environment = os.environ | {"NNC_PAGES": str(PAGES), "NO_MKDOCS_2_WARNING": "1"}
    sys.exit(subprocess.run(build, cwd=ROOT, env=environment, check=False).returncode)


def gallery() -> str:
    """Return the page of all networks: the table of configs/README.md as cards."""
    lines = ["# Gallery", "", "Networks to open, learn from and copy.", ""]
    is_open = False
    for line in (ROOT / "configs/README.md").read_text("utf-8").splitlines():
        if group := GROUP.match(line):
            lines += ["</div>", ""] * is_open
            lines += [f"## {group[1].capitalize()}", "", '<div class="gallery" markdown>', ""]
            is_open = True
        elif row := ROW.match(line):
            lines += card(*row.groups())
    return "\n".join([*lines, "</div>", ""])


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
        f"**{name}**: {what}",
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

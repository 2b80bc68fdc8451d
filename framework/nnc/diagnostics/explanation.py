"""The texts of `nnc explain`: why a rule is one, an example that breaks it, and the fix.

It stands in `explanations/CODE.md`: why, the files that lie beside the examples, if any, a bad and
a good example, and the fix. Every example is whole, and is run by the tests: a bad one has its one
mistake and no other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill, indent
from typing import NamedTuple

from nnc.diagnostics.rules import Rule

_FOLDER = Path(__file__).with_name("explanations")  # importlib.resources takes 10 ms to import
_BLOCK = re.compile(r"^([^\n]+)\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"[\w.]+\.\w+")


class Explanation(NamedTuple):
    """The long form of a rule: `language` is that of its two examples.

    `files` lie beside both examples, each with its text, or the Python that makes it if it is no
    YAML.
    """

    why: str
    files: Mapping[str, str]
    language: str
    bad: str
    good: str
    hint: str


def explanation_of(rule: Rule) -> Explanation:
    """Read the explanation of a rule."""
    text = (_FOLDER / f"{rule.code}.md").read_text("utf-8")
    why, *_, hint = (" ".join(part.split()) for part in _BLOCK.split(text)[::4])
    *beside, (_, language, bad), (_, _, good) = _BLOCK.findall(text)
    files = {_FILE.findall(head)[0]: content for head, _, content in beside}
    return Explanation(why, files, language, bad, good, hint.removeprefix("Fix: "))


def file_heading(name: str) -> str:
    """Introduce a file that lies beside the examples."""
    return f"Given the file {name}:" if name.endswith(".yaml") else f"Given {name}, made by:"


def as_text(rule: Rule, width: int = 88) -> str:
    """Return the explanation of a rule for a terminal of so many columns."""
    about = explanation_of(rule)
    parts = [
        f"{rule.code} {rule.name} ({rule.severity})\n{rule.summary}",
        fill(about.why, width),
        *(
            file_heading(name) + "\n\n" + indent(text, "    ").rstrip()
            for name, text in about.files.items()
        ),
        "For example:\n\n" + indent(about.bad, "    ").rstrip(),
        "Better:\n\n" + indent(about.good, "    ").rstrip(),
        fill(f"Fix: {about.hint}", width),
    ]
    return "\n\n".join(parts) + "\n"

"""The report formats for comparisons of networks.

Order: compared, text, json.
"""

from collections.abc import Callable, Sequence
from functools import partial

from nnc.differences.diffs import json, text
from nnc.differences.diffs.compared import Compared, Named
from nnc.differences.diffs.text import FINDING_FORMS, as_findings

__all__ = ["DIFFS", "Compared", "Named"]


def _findings(form: str, comparisons: Sequence[Compared]) -> str:
    """Return a note for each change and each verdict."""
    changes = [
        (comparison.after.file, words)
        for comparison in comparisons
        for words in text.concise_words(comparison)
    ]
    return as_findings(form, changes)


DIFFS: dict[str, Callable[[Sequence[Compared]], str]] = {
    "full": text.render_full,
    "concise": text.render_concise,
    "stat": text.render_stat,
    "json": json.render,
    "markdown": text.render_markdown,
    **{form: partial(_findings, form) for form in FINDING_FORMS},
}
"""Every form of a comparison, by the name that is given on the command line."""

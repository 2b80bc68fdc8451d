"""The forms in which a comparison of two networks is written.

Order: regions, compared, text, json, markdown.
"""

from collections.abc import Callable, Sequence

from nnc.differences.diffs import json, markdown, text
from nnc.differences.diffs.compared import Compared, Named

__all__ = ["DIFFS", "Compared", "Named"]

DIFFS: dict[str, Callable[[Sequence[Compared]], str]] = {
    "full": text.render_full,
    "concise": text.render_concise,
    "stat": text.render_stat,
    "json": json.render,
    "markdown": markdown.render,
}
"""Every form of a comparison, by the name that is given on the command line."""

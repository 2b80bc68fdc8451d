"""What the history of a network tells, in each form that it is written in.

Order: told, full, json, markdown.
"""

from collections.abc import Callable, Iterable, Iterator

from nnc.reports.logs import full, json, markdown
from nnc.versions.history import CommitChange

__all__ = ["LOGS"]

LOGS: dict[str, Callable[[Iterable[CommitChange]], Iterator[str]]] = {
    "full": full.render,
    "json": json.render,
    "markdown": markdown.render,
}
"""Every form of a history, by the name that is given on the command line: pieces, as found."""

"""Cases selected by name; and unknown names and case files: which one was meant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, closest
from nnc.files.opening import DISK, STDIN_NAME, Files, resolved_inside, similar_name
from nnc.numbers.exact import first_names, shorten

_MAX_SEARCHES = 50  # each looks through all names


class NameSuggestions:
    """Finds the name that was meant, at most 50 times for one network."""

    def __init__(self) -> None:
        self._left = _MAX_SEARCHES

    def meant(
        self,
        name: str,
        known: Iterable[str],
        search: Callable[[str, Iterable[str]], str | None] = closest,
    ) -> str | None:
        """Return the known name that is closest; None if none is, or after 50 searches."""
        if self._left <= 0:
            return None
        self._left -= 1
        return search(name, known)

    def help(self, name: str, known: Collection[str], what: str) -> str:
        """Return the help line: the name that was meant, else what there is."""
        return did_you_mean(self.meant(name, known)) or list_names(what, known)


def did_you_mean(name: str | None) -> str | None:
    """Return the question whether this name was meant; None for none."""
    return None if name is None else f"did you mean `{shorten(name)}`?"


def list_names(what: str, names: Collection[str]) -> str:
    """List the first eight names: `the inputs are a, b, …`."""
    return f"the {what} are {first_names(names)}"


def find_case_file(
    name: str,
    path: KeyPath,
    file: Path,
    root: Path,
    suggestions: NameSuggestions,
    files: Files = DISK,
    what: str = "case file",
) -> Path | Diagnostic:
    """Return the path of the case file `name` of the network `file`: the very one to open.

    `what` is what messages call it.

    Return the mistake where it lies outside the root or is not a file.
    """
    target = resolved_inside(name, file.parent, root, files)
    if target is None:
        return Diagnostic(
            "outside-project",
            f"the {what} `{shorten(name)}` is outside the project root",
            path,
            help="write a relative path to a file inside it, or set --root",
        )
    kind = files.kind_of(target)
    if kind == "file":
        return target
    near = None if kind == "folder" else _near(name, target, suggestions, files)
    folder = "the current folder" if file.name == STDIN_NAME else f"the folder of {file.name}"
    return Diagnostic(
        "cannot-open",
        f"there is no {what} `{shorten(name)}`",
        path,
        help=near or f"paths are relative to {shorten(folder)}",
    )


def _near(name: str, target: Path, suggestions: NameSuggestions, files: Files) -> str | None:
    """Return the help that names a file beside the one that is not there, if one is similar."""
    try:
        names = files.names(target.parent)
    except OSError:
        return None
    near = suggestions.meant(target.name, names, similar_name)
    return None if near is None else did_you_mean(str(PurePosixPath(name).with_name(near)))


class Selection:
    """The cases whose names contain one of some words, or match it as a pattern.

    Capital letters do not matter. Without words it is every case.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = dict.fromkeys(words, False)  # whether a case has been found for it
        self._names: dict[str, None] = {}

    def places(self, names: Iterable[str]) -> set[int] | None:
        """Return the places of the cases that are selected; None for all."""
        if not self._words:
            return None
        selected = set()
        for place, name in enumerate(names):
            self._names[name] = None
            for word in self._words:
                if selects(name, word):
                    self._words[word] = True
                    selected.add(place)
        return selected

    def unknown(self) -> list[Diagnostic]:
        """Return an error for each word that no case had in its name."""
        suggestions = NameSuggestions()
        return [
            Diagnostic(
                "unknown-case",
                f"no case has a name with `{shorten(word)}`",
                help=suggestions.help(word, self._names, "cases")
                if self._names
                else "there are no cases in these files",
            )
            for word, is_known in self._words.items()
            if not is_known
        ]


def selects(name: str, word: str) -> bool:
    """Return whether a word is in the name of a case, or matches it as a pattern."""
    name, word = name.casefold(), word.casefold()
    return word in name or fnmatchcase(name, word)

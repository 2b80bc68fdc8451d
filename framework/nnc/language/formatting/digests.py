"""The `sha256` of weight files, filled in where it is missing and renewed where it is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.exact import shown
from nnc.files.opening import reason_of, resolved_inside
from nnc.language.document import Document, read_document
from nnc.language.formatting.formatted import Unproved
from nnc.language.formatting.layout import laid_out
from nnc.language.formatting.reading import read_tree
from nnc.language.formatting.tree import Collection
from nnc.language.named_files import named_files


def fill_digests(
    text: str, original: Document, folder: Path, root: Path
) -> tuple[str, list[Diagnostic]]:
    """Give a formatted text with the digest of each weight file, and what is to be told.

    Names of files count from `folder` and lie inside `root`; places are those of the `original`.
    What cannot be read is an error, and its digest stays as it is. Raises Unproved where anything
    else would change.
    """
    document = read_document(text.encode(), original.file)
    found: list[Diagnostic] = []
    digests: dict[KeyPath, str] = {}
    for file in named_files(document.value):
        if file.kind != "weights":
            continue
        path, reference = file.path, file.mapping
        digest = _digest(path, file.name, folder, root)
        if isinstance(digest, Diagnostic):
            found.append(digest)
        elif digest != reference.get("sha256"):
            digests[path] = digest
            found.append(_told(path, reference))
    return (_written(text, document, digests) if digests else text), original.located(found)


def _digest(path: KeyPath, name: str, folder: Path, root: Path) -> str | Diagnostic:
    from nnc.files.weights import sha256_of

    at = (*path, "file")
    target = resolved_inside(name, folder, root)
    if target is None:
        message = f"the weight file `{shown(name)}` lies outside the project root"
        return Diagnostic("outside-project", message, at, help="move it, or set --root")
    try:
        return sha256_of(target, root)
    except OSError as error:
        message = f"the weight file `{shown(name)}` cannot be opened: {reason_of(error)}"
        return Diagnostic("cannot-open", message, at, help="paths count from this file")


def _told(path: KeyPath, reference: dict[str, Any]) -> Diagnostic:
    is_new = "sha256" not in reference
    what = "has no sha256 here" if is_new else "is not the file whose sha256 stands here"
    message = f"the weight file `{shown(reference['file'])}` {what}"
    fix = "--digest fills it in" if is_new else "--digest renews it, for the file as it is now"
    return Diagnostic("digest-renewed", message, (*path, "file" if is_new else "sha256"), help=fix)


def _written(text: str, document: Document, digests: dict[KeyPath, str]) -> str:
    """Write digests into a text, last in their mappings; prove that nothing else changes."""
    written = read_tree(text)
    tree = written.tree
    assert isinstance(tree, Collection)
    for path, digest in digests.items():
        nodes, value = [tree], document.value
        for step in path:
            assert isinstance(value, dict)
            inner = nodes[-1].items[2 * list(value).index(str(step)) + 1]
            assert isinstance(inner, Collection)
            nodes.append(inner)
            value = value[str(step)]
        assert isinstance(value, dict)
        value["sha256"] = digest
        place = 2 * list(value).index("sha256")
        nodes[-1].items[place : place + 2] = ["sha256", digest]
        for node in reversed(nodes):
            node.close()
    result = laid_out(tree)
    again = read_tree(result)
    if not is_same(read_document(result.encode(), document.file).value, document.value):
        raise Unproved("more than its digests would change")
    if again.comments != written.comments or laid_out(again.tree) != result:
        raise Unproved("its comments or its layout would not hold")
    return result


def is_same(one: Any, other: Any) -> bool:
    """Compare values as they are written: in order, and quoted or not."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)

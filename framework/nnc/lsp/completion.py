"""Complete names, ports, keys, files and codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import get_args

from lsprotocol import types

from nnc.diagnostics.diagnostic import KeyPath
from nnc.diagnostics.rules import RULES
from nnc.language.document.parser import Scalar, scalars
from nnc.language.firing import GATES, Fires
from nnc.language.keys import BY_NAME, DECLARED
from nnc.language.mentions import Mention, Space, mentions_of
from nnc.language.network import Network
from nnc.lsp.keys import keys_of, model_at
from nnc.lsp.project import Project
from nnc.lsp.texts import Text

MAX_ITEMS = 300  # longer lists are limited to names that contain the begun word
_MAX_DETAILS = 50  # sections with more names are listed without declarations
_MARK = "nncplacenncplace"  # a placeholder for the word being typed
_WORD = re.compile(r"[^\s()\[\].,:{}\"'#]*$")
_REST = re.compile(r"[^\s()\[\].,:{}\"'#]*")
_IN_IGNORE = re.compile(r"#[ \t]*nnc[ \t]*:[ \t]*ignore[ \t]*\[[^\]]*$")
_KINDS = {
    "inputs": types.CompletionItemKind.Variable,
    "neurons": types.CompletionItemKind.Function,
    "layers": types.CompletionItemKind.Class,
    "parts": types.CompletionItemKind.Module,
}
_FILES = {
    "extends": (".nn.yaml", ".nn.yml"),
    "use": (".nn.yaml", ".nn.yml"),
    "equal": (".nn.yaml", ".nn.yml"),
    "cases": (".csv", ".tsv", ".json", ".jsonl"),
    "layers": (".npy", ".safetensors"),
}
_TYPES = ("bit", "integer", "real", "choice")


def completions(project: Project, text: Text, line: int, character: int) -> types.CompletionList:
    """Return the completions at a position of a text."""
    before = text.lines[line][:character]
    word = _WORD.search(before)
    begun = word[0] if word is not None else ""
    if _IN_IGNORE.search(before):
        return _listed(_codes(), text)
    piece = text.piece_at(line)
    index = piece.index(line, character)
    scalar, siblings = _scalar_to_write(piece.text, index - len(begun), index)
    if scalar is None:
        return types.CompletionList(is_incomplete=False, items=[])
    return _listed(_items(project, text, scalar, siblings), text)


def _scalar_to_write(text: str, start: int, index: int) -> tuple[Scalar | None, dict[str, str]]:
    """Return the scalar that contains the word before an index, and its sibling keys.

    The keys are mapped to their values, or to "" if these are not scalars. The text is parsed with
    a placeholder for the word: as a value, as a key, and finally without the rest of the text. At
    the start of a line, it is tried as a key first.
    """
    rest = _REST.match(text, index)
    end = rest.end() if rest is not None else index
    as_it_is = f"{text[:start]}{_MARK}{text[end:]}"
    as_key = f"{text[:start]}{_MARK}: 0{text[end:]}"
    starts_line = not text[text.rfind("\n", 0, start) + 1 : start].strip()
    first = (as_key, as_it_is) if starts_line else (as_it_is, as_key)
    for attempt in (*first, f"{text[:start]}{_MARK}"):
        marked: Scalar | None = None
        keys: dict[KeyPath, dict[str, str]] = {}
        for scalar in scalars(attempt):
            if scalar.path:
                beside = keys.setdefault(scalar.path[:-1], {})
                beside[str(scalar.path[-1])] = "" if scalar.is_key else scalar.text
            if _MARK in scalar.text:
                marked = scalar
        if marked is not None:
            return marked, keys.get(marked.path[:-1], {})
    return None, {}


def _items(
    project: Project, text: Text, scalar: Scalar, siblings: Mapping[str, str]
) -> Iterator[types.CompletionItem]:
    mentioned = [mention for mention in mentions_of(scalar) if _MARK in mention.name]
    if scalar.path[:1] == ("layers",) and scalar.path[-1] == "tensor" and not scalar.is_key:
        tensors = project.tensors(text, siblings.get("file", ""))
        for name in filter(
            None, islice(tensors, MAX_ITEMS)
        ):  # the tensor of an NPY file has no name
            kind = types.CompletionItemKind.Value
            yield types.CompletionItem(name, kind=kind, detail=str(tensors[name]))
    elif not mentioned:
        yield from _keys_and_values(text, scalar, siblings)
    for mention in mentioned:
        for item in _names(project, text, mention):
            if item.label not in siblings:
                yield item


def _names(project: Project, text: Text, mention: Mention) -> Iterator[types.CompletionItem]:
    """Yield the names that can complete a mention."""
    path, begun = mention.path, mention.name.partition(_MARK)[0]
    if mention.declares:
        base = project.base_of(text)
        if base is not None and path[0] in (*DECLARED, "outputs"):
            yield from _of_section(project, base, str(path[0]))
    elif mention.space == "name":
        only_inputs = path[0] == "cases" or path[2:3] in (("in",), ("of",))
        for section in ("inputs",) if only_inputs else DECLARED:
            yield from _of_section(project, text, section, begun)
    elif mention.space in ("output", "signal"):
        yield from _of_section(project, text, "outputs")
        for section in DECLARED if mention.space == "signal" else ():
            yield from _of_section(project, text, section, begun)
    elif mention.space == "port":
        for name in project.ports(text, mention.owner):
            yield types.CompletionItem(name, kind=types.CompletionItemKind.Field)
    elif mention.space == "wire":
        owner = project.declaration(text, "name", mention.owner)
        used = project.used_by(owner) if owner is not None else None
        if used is not None:
            yield from _of_section(project, used, "inputs")
    elif mention.space == "file" and text.path is not None:
        key = str(path[-1]) if str(path[-1]) in _FILES else str(path[0])
        for name in _files(text.path, begun, _FILES[key]):
            yield types.CompletionItem(name, kind=types.CompletionItemKind.File)


def _of_section(
    project: Project, text: Text, section: str, begun: str = ""
) -> Iterator[types.CompletionItem]:
    """Yield the names of a section, with their declarations if there are few."""
    kind = _KINDS.get(section, types.CompletionItemKind.Value)
    noun = section.removesuffix("s")
    names = list(islice(project.names(text, section), MAX_ITEMS + 1))
    if len(names) > MAX_ITEMS:
        matching = (name for name in project.names(text, section) if begun in name)
        names = list(islice(matching, MAX_ITEMS))
    space: Space = "output" if section == "outputs" else "name"
    for name in names:
        detail = noun
        if len(names) <= _MAX_DETAILS:
            declared = project.declaration(text, space, name)
            detail = f"{noun}: {declared.summary}" if declared and declared.summary else noun
        yield types.CompletionItem(name, kind=kind, detail=detail)


def _keys_and_values(
    text: Text, scalar: Scalar, siblings: Mapping[str, str]
) -> Iterator[types.CompletionItem]:
    """Yield the keys of a declaration, or the possible values of one."""
    path = scalar.path[:-1] if scalar.is_key else scalar.path
    if not scalar.is_key:
        words: Sequence[str] = ()
        if path[-1:] == ("fires",):
            gates = path[:1] == ("neurons",)
            words = [word for word in get_args(Fires) if gates or word not in GATES]
        elif path[-1:] == ("type",) or (len(path) == 2 and path[0] == "inputs"):
            words = _TYPES
        for word in words:
            yield types.CompletionItem(word, kind=types.CompletionItemKind.EnumMember)
        if words or (path and path[0] in BY_NAME and len(path) > 2):
            return
    model = model_at(path, siblings)
    if model is None:
        return
    is_top = model is Network
    for key, description, is_required in keys_of(model):
        if key in siblings or (is_top and text.outline.section(key) is not None):
            continue
        yield types.CompletionItem(
            key,
            kind=types.CompletionItemKind.Property,
            documentation=description,
            insert_text=f"{key}: ",
            sort_text=f"{0 if is_required else 1}{key}",
        )


def _codes() -> Iterator[types.CompletionItem]:
    """Yield the codes that an ignore comment may list."""
    for rule in RULES.values():
        if rule.severity != "error":
            yield types.CompletionItem(
                rule.code,
                kind=types.CompletionItemKind.Constant,
                detail=rule.name,
                documentation=rule.summary,
            )


def _files(path: Path, begun: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Yield the names of files and folders next to a text, or in the begun folder."""
    folder = path.parent / begun
    try:
        entries = sorted(folder.iterdir())
    except (OSError, ValueError):
        return
    for entry in entries:
        if entry.is_dir() and not entry.name.startswith("."):
            yield f"{entry.name}/"
        elif entry.name.endswith(endings) and entry != path:
            yield entry.name


def _listed(items: Iterable[types.CompletionItem], text: Text) -> types.CompletionList:
    """Return distinct items; in large texts, the editor must ask again for every word."""
    unique = list({item.label: item for item in items}.values())[:MAX_ITEMS]
    return types.CompletionList(is_incomplete=len(text.lines) > MAX_ITEMS, items=unique)

"""Find declarations and uses of names across files, and rename them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from nnc.language.keys import DECLARED
from nnc.language.mentions import Space
from nnc.language.references import check_name
from nnc.lsp.project import Place, Project
from nnc.lsp.texts import Text
from nnc.numbers.exact import Refused

_COLUMN = re.compile(r"[^,;\t\r\n]+")
_INPUTS_AND_OUTPUTS = ("inputs", "outputs")


class RenameRefused(JsonRpcException):
    """A name cannot be changed; the message gives the reason."""

    CODE = types.LSPErrorCodes.RequestFailed.value


def definition(project: Project, text: Text, line: int, character: int) -> types.Location | None:
    """Return the declaration of the name at a position, or the file named there."""
    place = project.place_at(text, line, character)
    if place is None:
        return None
    if place.mention.space == "file":
        file = project.beside(text, place.mention.name)
        return types.Location(file.uri, _START) if file is not None else None
    declared = _declaration(project, place)
    return declared.location if declared is not None else None


def references(project: Project, text: Text, line: int, character: int) -> list[types.Location]:
    """Return all occurrences of the name at a position in the files of the project."""
    place = project.place_at(text, line, character)
    declared = _declaration(project, place) if place is not None else None
    if declared is None:
        return []
    return [match.location for match in _places(project, declared)]


def to_rename(project: Project, text: Text, line: int, character: int) -> types.Range:
    """Return the range of the name that can be renamed. Raises RenameRefused."""
    place = project.place_at(text, line, character)
    if place is None or place.mention.space == "file":
        raise RenameRefused("there is no name here that could be changed")
    declared = _declaration(project, place)
    if declared is None:
        raise RenameRefused(f"`{place.mention.name}` is not declared")
    if declared.mention.space == "port" and declared.mention.path[0] == "inputs":
        raise RenameRefused("the values of a choice stand in rows, too: change them by hand")
    return place.range


def rename(
    project: Project, text: Text, line: int, character: int, new: str
) -> types.WorkspaceEdit:
    """Return the edits that change a name wherever it occurs. Raises RenameRefused."""
    to_rename(project, text, line, character)
    place = project.place_at(text, line, character)
    declared = _declaration(project, place) if place is not None else None
    assert declared is not None
    try:
        check_name(new)
    except Refused as error:
        raise RenameRefused(f"{error.message}{f': {error.help}' if error.help else ''}") from None
    _check_free(project, declared, new)
    edits: dict[str, list[types.TextEdit]] = {}
    for match in _places(project, declared):
        edits.setdefault(match.text.uri, []).append(types.TextEdit(match.range, new))
    if declared.mention.path[0] in _INPUTS_AND_OUTPUTS:
        for uri, edit in _in_case_files(project, declared, new):
            edits.setdefault(uri, []).append(edit)
    return types.WorkspaceEdit(changes=edits)


_START = types.Range(types.Position(0, 0), types.Position(0, 0))


def _declaration(project: Project, place: Place) -> Place | None:
    mention = place.mention
    if mention.declares:
        return place
    return project.declaration(place.text, mention.space, mention.name, mention.owner)


def _key_of(declared: Place) -> tuple[Space, str, str]:
    return declared.mention.space, declared.mention.name, declared.mention.owner


def _family(project: Project, text: Text) -> list[Text]:
    """Return the files that share names with one: those it extends and that extend it."""
    chains = {other.uri: project.chain(other) for other in project.networks(text)}
    chain_uris = {other.uri for other in chains[text.uri]}
    related = {
        other.uri: other
        for chain in chains.values()
        if chain_uris & {member.uri for member in chain}
        for other in chain
    }
    return list(related.values())


def _places(project: Project, declared: Place) -> Iterator[Place]:
    """Yield every occurrence of a declared name: in its family, and where that is used."""
    space, name, owner = _key_of(declared)
    family = _family(project, declared.text)
    for text in family:
        yield from _in_text(project, text, space, name, owner)
    if declared.mention.path[0] not in _INPUTS_AND_OUTPUTS:
        return
    uris = {text.uri for text in family}
    for text in project.networks(declared.text):
        parts = [
            part
            for part in project.names(text, "parts")
            if (match := project.declaration(text, "name", part)) is not None
            and (used := project.used_by(match)) is not None
            and used.uri in uris
        ]
        if not parts:
            continue
        wanted = "wire" if space == "name" else "port"
        for match in project.occurrences(text, name):
            if match.mention.space == wanted and match.mention.owner in parts:
                yield match


def _in_text(project: Project, text: Text, space: Space, name: str, owner: str) -> Iterator[Place]:
    """Yield the occurrences in one text; in claims, output aliases take precedence over names."""
    for match in project.occurrences(text, name):
        mention = match.mention
        if mention.space == "signal":
            is_alias = project.declaration(text, "output", name) is not None
            if space == ("output" if is_alias else "name"):
                yield match
        elif mention.space == space and (space != "port" or mention.owner == owner):
            yield match


def _check_free(project: Project, declared: Place, new: str) -> None:
    """Raise RenameRefused if a name is already used."""
    space, name, owner = _key_of(declared)
    if new == name:
        return
    for text in _family(project, declared.text):
        if space == "name":
            for section in DECLARED:
                if new in project.names(text, section):
                    noun = section.removesuffix("s")
                    raise RenameRefused(f"`{new}` is the name of another {noun} already")
        elif space == "output" and new in project.names(text, "outputs"):
            raise RenameRefused(f"`{new}` is the alias of another output already")
    if space == "port" and new in project.ports(declared.text, owner):
        raise RenameRefused(f"`{owner}` has a threshold `{new}` already")
    is_listed = isinstance(declared.mention.path[1], int) and declared.mention.path[0] == "outputs"
    if is_listed or (space == "name" and name in _listed_outputs(declared.text)):
        raise RenameRefused(
            f"`{name}` is an output without an alias of its own: write outputs: {{{name}: {name}}}"
        )


def _listed_outputs(text: Text) -> set[str]:
    section = text.outline.section("outputs")
    if section is None:
        return set()
    return {
        mention.name
        for piece in text.pieces(section)
        for mention in piece.mentions()
        if mention.declares and isinstance(mention.path[1], int)
    }


# ---------------------------------------------------------------------------- files of cases


def _in_case_files(
    project: Project, declared: Place, new: str
) -> Iterator[tuple[str, types.TextEdit]]:
    """Yield the edits of the headers of case files that have a column of the name."""
    name = declared.mention.name
    cell = re.compile(rf"(\"?){re.escape(name)}(\(\d+\))?\1")
    if declared.mention.path[0] == "inputs" and _has_column(declared):
        return
    files: Mapping[str, Text] = {
        file.uri: file
        for text in _family(project, declared.text)
        if (section := text.outline.section("cases")) is not None
        for piece in text.pieces(section)
        for mention in piece.mentions()
        if mention.space == "file" and (file := project.beside(text, mention.name)) is not None
    }
    for uri, file in files.items():
        for column in _COLUMN.finditer(file.lines[0]):
            match = cell.fullmatch(column[0])
            if match is not None:
                first = column.start() + len(match[1])
                stretch = types.Range(file.position(0, first), file.position(0, first + len(name)))
                yield uri, types.TextEdit(stretch, new)


def _has_column(declared: Place) -> bool:
    """Return True if an input declares the column that it is read from."""
    entry = declared.piece.text
    return re.search(r"(?<![^\s{,])columns?:", entry) is not None

"""Compute symbols, folding ranges, semantic tokens, lenses and hints of a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from lsprotocol import types

from nnc.language.document.parser import Scalar, scalars
from nnc.language.keys import DECLARED, NAMED
from nnc.language.mentions import ITEM, Entry, Section, mentions_of
from nnc.lsp.facts import fact, show_bounds
from nnc.lsp.texts import Text

MAX_SYMBOLS = 5000  # the maximum per section
_MAX_LENSES = 100  # the maximum number of cases with a lens
_MAX_TOKENS = 3000  # lines per request for tokens
_KINDS = {
    "inputs": types.SymbolKind.Variable,
    "neurons": types.SymbolKind.Function,
    "layers": types.SymbolKind.Class,
    "parts": types.SymbolKind.Module,
    "outputs": types.SymbolKind.Interface,
}
TOKEN_TYPES = ["keyword", "variable", "function", "class", "namespace", "property", "number"]
TOKEN_MODIFIERS = ["declaration"]
_TOKENS = {
    "inputs": "variable",
    "neurons": "function",
    "layers": "class",
    "parts": "namespace",
    "outputs": "property",
}


def symbols(text: Text) -> list[types.DocumentSymbol]:
    """Return the sections of a text with their declarations."""
    return [_symbol_of(text, section) for section in text.outline.sections]


def _symbol_of(text: Text, section: Section) -> types.DocumentSymbol:
    children = []
    for place, entry in enumerate(text.outline.entries(section)):
        if place == MAX_SYMBOLS:
            break
        line = text.lines[entry.first]
        name = entry.name if entry.name != ITEM else line.strip(" -\r\n")[:60] or f"{place + 1}"
        start = len(line) - len(line.lstrip())
        where = text.position(entry.first, start)
        end = text.position(entry.first, start + len(entry.name))
        children.append(
            types.DocumentSymbol(
                name,
                _KINDS.get(section.key, types.SymbolKind.Object),
                types.Range(where, _end_of(text, _last(text, entry))),
                types.Range(where, end),
            )
        )
    head = types.Position(section.first, 0)
    return types.DocumentSymbol(
        section.key,
        types.SymbolKind.Namespace if section.key in NAMED else types.SymbolKind.Property,
        types.Range(head, _end_of(text, _last(text, section))),
        types.Range(head, text.position(section.first, len(section.key))),
        children=children,
    )


def folds(text: Text) -> list[types.FoldingRange]:
    """Return the sections and declarations that span several lines."""
    results = []
    for section in text.outline.sections:
        parts: list[Section | Entry] = [section, *text.outline.entries(section)]
        for part in parts:
            last = _last(text, part)
            if last > part.first:
                results.append(types.FoldingRange(part.first, last))
    return results


def _last(text: Text, part: Section | Entry) -> int:
    """Return the last line of a part that is neither blank nor a comment."""
    last = part.stop - 1
    while last > part.first and text.lines[last].lstrip()[:1] in ("", "#"):
        last -= 1
    return last


def _end_of(text: Text, line: int) -> types.Position:
    return text.position(line, len(text.lines[line].rstrip("\r\n")))


# ------------------------------------------------------------------------------- colours


def tokens(text: Text, first: int = 0, last: int | None = None) -> list[int]:
    """Return the words of some lines as semantic tokens with relative positions."""
    stop = min(last + 1 if last is not None else len(text.lines), first + _MAX_TOKENS)
    data: list[int] = []
    before = (0, 0)
    for line, start, size, kind, declares in sorted(set(_words(text, first, stop))):
        if (line, start) < before:
            continue
        same = line == before[0]
        data += [line - before[0], start - before[1] if same else start, size]
        data += [TOKEN_TYPES.index(kind), int(declares)]
        before = line, start
    return data


def _words(text: Text, first: int, stop: int) -> Iterator[tuple[int, int, int, str, bool]]:
    """Yield the line, start, length and type of each word, and whether it is a declaration."""
    kinds = _kinds_of(text)
    line = first
    while line < stop:
        piece = text.piece_at(line)
        for scalar in scalars(piece.text):
            for start, end, kind, declares in _parts(scalar, kinds):
                where = text.range_at(piece, start, end)
                if first <= where.start.line < stop and where.start.line == where.end.line:
                    size = where.end.character - where.start.character
                    yield where.start.line, where.start.character, size, kind, declares
        line = max(line, piece.last) + 1


def _kinds_of(text: Text) -> dict[str, str]:
    kinds: dict[str, str] = {}
    for key in DECLARED:
        section = text.outline.section(key)
        if section is None:
            continue
        if text.outline.indent_of(section) is not None:
            kinds |= dict.fromkeys(text.outline.names(section), _TOKENS[key])
        else:
            results = (mention for piece in text.pieces(section) for mention in piece.mentions())
            kinds |= {mention.name: _TOKENS[key] for mention in results if mention.declares}
    return kinds


def _parts(scalar: Scalar, kinds: dict[str, str]) -> Iterator[tuple[int, int, str, bool]]:
    results = mentions_of(scalar)
    for mention in results:
        if mention.space in ("name", "signal") and mention.name in kinds:
            yield mention.start, mention.end, kinds[mention.name], mention.declares
        elif mention.space in ("output", "port", "wire"):
            yield mention.start, mention.end, "property", mention.declares
    if not results and scalar.is_key and "\n" not in scalar.text:
        yield scalar.start, scalar.end, "keyword", False


# ------------------------------------------------------------------------------- lenses


def lenses(text: Text, cases: Mapping[int, str], *, with_page: bool) -> Iterator[types.CodeLens]:
    """Yield lenses that run cases or properties, explain a case, or show a page."""

    def lens(line: int, title: str, command: str, *more: int) -> types.CodeLens:
        start = types.Position(line, 0)
        arguments: list[str | int] = [text.uri, *more]
        return types.CodeLens(
            types.Range(start, start), types.Command(title, command, arguments=arguments)
        )

    for section in text.outline.sections:
        if section.key == "nnc" and with_page:
            yield lens(section.first, "draw", "nnc.draw")
        if section.key == "properties":
            yield lens(section.first, "prove these properties", "nnc.prove")
        if section.key != "cases":
            continue
        yield lens(section.first, "run these cases", "nnc.test")
        for entry in islice(text.outline.entries(section), _MAX_LENSES):
            if "given" in text.piece_of(entry).text:
                yield lens(entry.first, cases.get(entry.first, "why"), "nnc.why", entry.first)


def hints(text: Text, facts: str, first: int, last: int) -> Iterator[types.InlayHint]:
    """Yield the bounds of the sum of each neuron declared on some lines: `[0, 4] ≥ 2`."""
    line = first
    while line <= min(last, len(text.lines) - 1):
        entry = text.outline.entry_at(line)
        if entry is None:
            line += 1
            continue
        if entry.section == "neurons" and entry.first >= first:
            known = fact(facts, entry.name)
            if known is not None:
                end = len(text.lines[entry.first].rstrip())
                label = f" {show_bounds(known.sums)} {known.rule}"
                yield types.InlayHint(text.position(entry.first, end), label)
        line = max(entry.stop, line + 1)

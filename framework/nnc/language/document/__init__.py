"""YAML text -> Document: plain values, and the place of each.

YAML is read strictly, from parser events, or by regular expressions where these give the same:
every scalar is its own text (`Quoted` where it stood in quotes), mappings are dicts, lists are
lists. Places are looked up lazily: a second pass over the events finds only those that a diagnostic
asks for.

Order: parser, regular, places, text, builder, repairs, reader.
"""

from nnc.language.document.parser import Comment, find_comments
from nnc.language.document.places import Node, read_nodes
from nnc.language.document.reader import FORMAT_VERSION, is_newer, read_document, wrong_version
from nnc.language.document.text import (
    UNREADABLE,
    Document,
    Located,
    Location,
    Unreadable,
    Value,
    line_end_of,
    with_line_ends,
)

__all__ = [
    "FORMAT_VERSION",
    "UNREADABLE",
    "Comment",
    "Document",
    "Located",
    "Location",
    "Node",
    "Unreadable",
    "Value",
    "find_comments",
    "is_newer",
    "line_end_of",
    "read_document",
    "read_nodes",
    "with_line_ends",
    "wrong_version",
]

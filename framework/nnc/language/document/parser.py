"""Text -> events: PyYAML's parser, libyaml's where it is there, else the one in Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yaml.events import MappingEndEvent, MappingStartEvent, SequenceEndEvent, SequenceStartEvent
from yaml.parser import Parser as _YamlParser
from yaml.reader import Reader
from yaml.scanner import Scanner


class PythonParser(Reader, Scanner, _YamlParser):
    """PyYAML's parser in pure Python: the same events as libyaml's, only slower."""

    def __init__(self, stream: str) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        _YamlParser.__init__(self)


try:
    from yaml import cyaml
except ImportError:
    Parser: Any = PythonParser
else:
    Parser = cyaml.CParser  # type: ignore[attr-defined]

STARTS = frozenset((MappingStartEvent, SequenceStartEvent))
ENDS = frozenset((MappingEndEvent, SequenceEndEvent))


def events(text: str) -> Iterator[Any]:
    """Give the events of a text one by one. Raises yaml.MarkedYAMLError where it is not YAML."""
    return iter(Parser(text).get_event, None)

"""PyYAML's event parser: libyaml's where it is there, else the one in Python."""

from __future__ import annotations

from typing import Any

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

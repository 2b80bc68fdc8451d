"""Reads YAML as an editor does: YAML 1.2, core schema, every key as its text."""

import re
from collections.abc import Hashable
from typing import Any

import yaml


class _Core(yaml.SafeLoader):
    """PyYAML's parser, with the tags of YAML 1.2 instead of those of 1.1."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        del deep
        return {key.value: self.construct_object(one, deep=True) for key, one in node.value}


def _number(loader: yaml.SafeLoader, node: yaml.Node) -> int | float:
    text = str(loader.construct_scalar(node))  # type: ignore[arg-type]
    if re.match("0[xo]", text):
        return int(text, 0)
    if text.lstrip("+-").isdigit():
        return int(text)
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_Core.yaml_implicit_resolvers = {}
_INTEGER = r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
_FLOAT = (
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?(?:\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN"
)
for _tag, _pattern in (
    ("null", "~|null|Null|NULL|"),
    ("bool", "true|True|TRUE|false|False|FALSE"),
    ("number", f"{_INTEGER}|{_FLOAT}"),
):
    _Core.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), [None]
    )
_Core.add_constructor("tag:yaml.org,2002:number", _number)


def core_value(text: str) -> Any:
    """Give the JSON value of a YAML text. Raises yaml.YAMLError where it is none."""
    return yaml.load(text, _Core)

"""Fields read as their types say, by the readers that pydantic calls, without its validators.

To build these takes several times as long as to read a small file. What is not plainly right
raises Indirect, or what a reader raises, and pydantic looks again: it alone says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema

Reader = Callable[[Any], Any]
_UNIONS = (Union, UnionType)


class Indirect(Exception):
    """What is read is not in a plain form: pydantic has to say what it is."""


def reader_of(type_: Any, extra: tuple[Any, ...] = ()) -> Reader:
    """Return what reads a value of a type that is annotated with `extra`, too."""
    if get_origin(type_) is Annotated:
        type_, *inner = get_args(type_)
        extra = (*inner, *extra)
    read: Reader | None = None
    for each in extra:
        if isinstance(each, PlainValidator):
            read = each.func  # type: ignore[assignment]  # ours take a value alone
        elif isinstance(each, BeforeValidator):
            first: Any = each.func
            read = partial(_after, first, read or _of_type(type_))
        elif not isinstance(each, WithJsonSchema):
            return _indirect
    return read or _of_type(type_)


def _of_type(type_: Any) -> Reader:
    origin, parts = get_origin(type_), get_args(type_)
    if type_ is Any:
        return _as_is
    if origin in _UNIONS and len(parts) == 2 and NoneType in parts:
        return reader_of(parts[parts[0] is NoneType])
    if origin is dict:
        return partial(_mapping, *map(reader_of, parts))
    if origin is tuple and parts[1:] == (...,):
        return partial(_list, reader_of(parts[0]))
    if hasattr(type_, "_read_directly"):
        reader: Reader = type_._read_directly
        return reader
    return partial(_typed, type_)


def _as_is(value: Any) -> Any:
    return value


def _indirect(_: Any) -> Any:
    raise Indirect


def _after(first: Reader, then: Reader, value: Any) -> Any:
    return then(first(value))


def _mapping(key: Reader, item: Reader, value: Any) -> Any:
    if type(value) is not dict:
        raise Indirect
    return {key(name): item(own) for name, own in value.items()}


def _list(item: Reader, value: Any) -> Any:
    if type(value) is not list:
        raise Indirect
    return tuple(map(item, value))


def _typed(type_: Any, value: Any) -> Any:
    if not _has_type(value, type_):
        raise Indirect
    return value


def _has_type(value: Any, type_: Any) -> bool:
    """Return whether a value that was read before has just a type, and none that is like it."""
    origin, parts = get_origin(type_), get_args(type_)
    if origin in _UNIONS:
        return any(_has_type(value, part) for part in parts)
    if origin is Literal:
        return any(type(value) is type(part) and value == part for part in parts)
    if origin is tuple and parts[1:] == (...,):
        return type(value) is tuple and all(_has_type(each, parts[0]) for each in value)
    return type(value) is type_

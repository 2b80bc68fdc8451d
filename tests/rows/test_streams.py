"""Streams of rows: a part of one, one that cannot be sought in, and values kept in a file."""

import io

from nnc.rows.streams import SpooledValues, Stretch, seekable


def test_a_stretch_ends_before_the_stream() -> None:
    stream = Stretch(io.BytesIO(b"abcdef"), 4)
    assert [stream.read(3), stream.read(3), stream.read(3)] == [b"abc", b"d", b""]


def test_the_rest_of_a_pipe_is_copied() -> None:
    pipe = io.BytesIO(b"abcdef")
    pipe.seekable = lambda: False  # type: ignore[method-assign]
    pipe.read(2)
    with seekable(pipe) as copy:
        assert (copy is pipe, copy.read(), copy.seek(1), copy.read()) == (False, b"cdef", 1, b"def")
    with seekable(io.BytesIO(b"abc")) as stream:
        assert stream.read() == b"abc"


def test_spooled_values_are_read_again() -> None:
    with SpooledValues() as values:
        values.add({"a": 1})
        values.add([2])
        assert list(values) == list(values) == [{"a": 1}, [2]]

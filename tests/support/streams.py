"""A stream as a terminal or a pipe gives it."""

import io


class Stream(io.TextIOWrapper):
    """A stream that keeps what is written, and says whether it is a terminal."""

    def __init__(self, encoding: str = "utf-8", *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding, newline="\n")
        self._terminal = terminal

    def isatty(self) -> bool:  # noqa: D102
        return self._terminal

    @property
    def written(self) -> bytes:
        """The bytes that have arrived."""
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()

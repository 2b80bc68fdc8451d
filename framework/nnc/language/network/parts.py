"""Part: a network used in a network, once or many times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from nnc.diagnostics.diagnostic import closest
from nnc.exact import shorten
from nnc.language.network.fields import Declaration, TextField, read_by
from nnc.language.network.schemas import PORTS_SCHEMA, SIZE_SCHEMA, TEXT_SCHEMA
from nnc.language.readers import Mistakes, read_ports, read_size, read_text
from nnc.language.references import uses_i

Ports = dict[str, tuple[str, ...]]
_PortsField = Annotated[Ports, read_by(read_ports, PORTS_SCHEMA)]


def _read_use(value: object) -> Any:
    """Read what a part uses: a file's name, or in Python a network."""
    return value if type(value).__name__ == "Network" else read_text(value)


class Part(Declaration):
    """A network used in this one: its inputs are wired here, its outputs are `name.output`.

    With `repeat` there are so many of it, `name(0)`, `name(1)`, …; in their wiring `i` is the
    number of each. `first` and `last` say what is different for the first and the last.
    """

    use: Annotated[Any, read_by(_read_use, TEXT_SCHEMA)] = Field(
        description="The file of the network that is used, relative to this one."
    )
    wiring: _PortsField = Field(description="The source, or sources, of each of its inputs.")
    repeat: Annotated[int | None, read_by(read_size, SIZE_SCHEMA)] = Field(
        default=None, description="How many there are of it."
    )
    first: _PortsField | None = Field(
        default=None, description="What is wired otherwise in the first of them."
    )
    last: _PortsField | None = Field(
        default=None, description="What is wired otherwise in the last of them."
    )
    description: TextField | None = Field(default=None, description="What the part does.")

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            use: Any,
            wiring: Mapping[str, str | Sequence[str]],
            repeat: int | None = None,
            first: Mapping[str, str | Sequence[str]] | None = None,
            last: Mapping[str, str | Sequence[str]] | None = None,
            description: str | None = None,
        ) -> None: ...

    @classmethod
    def _in_full(cls, data: dict[str, Any], mistakes: Mistakes) -> dict[str, Any]:
        if "repeat" not in data and not _is_misspelt(data):
            key = next((one for one in ("first", "last") if one in data), None)
            if key is None:
                _refuse_i(data.get("wiring"), mistakes)
            else:
                mistakes.add(
                    "exclusive-keys",
                    f"a part without `repeat` takes no `{key}`",
                    key,
                    key=True,
                    help=f"leave `{key}` out, or write `repeat`",
                )
        return data

    def reads(self) -> tuple[str, ...]:
        """Give the sources that it reads, as they are written."""
        ports = (self.wiring, self.first or {}, self.last or {})
        return tuple(text for one in ports for texts in one.values() for text in texts)


def _is_misspelt(data: Mapping[str, Any]) -> bool:
    """Tell a part that has a key which is probably meant to be `repeat`."""
    unknown = [str(key) for key in data if key not in Part.model_fields]
    return closest("repeat", unknown) is not None


def _refuse_i(wiring: object, mistakes: Mistakes) -> None:
    """Say where an `i` stands first in the wiring of a part that is not repeated."""
    if not isinstance(wiring, Mapping):
        return
    for port, sources in wiring.items():
        listed = isinstance(sources, (list, tuple))
        for place, source in enumerate(sources if listed else [sources]):
            if isinstance(source, str) and uses_i(source):
                mistakes.add(
                    "bad-source",
                    f"`{shorten(source)}`: `i` is known only in the wiring of a repeated part",
                    "wiring",
                    str(port),
                    *([place] if listed else []),
                    help="write the number of the element, or add `repeat`",
                )
                return

"""Part: a network used in a network, once or many times."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import ConfigDict, Field

from nnc.diagnostics.diagnostic import closest
from nnc.language.keys import KINDS
from nnc.language.mistakes import Mistakes
from nnc.language.network.fields import PORTS, SIZE, TEXT, TEXT_SCHEMA
from nnc.language.network.forms import Form, Schema, snippet
from nnc.language.network.model import Model
from nnc.language.readers import read_text
from nnc.language.references import uses_i
from nnc.numbers.exact import shorten


def _read_use(value: object) -> object:
    """Read what a part uses: a file's name, or in Python a network."""
    return value if isinstance(value, Model) else read_text(value)


class Part(Model):
    """A network used in this one: its inputs are wired here, its outputs are `name.output`.

    With `repeat` there are so many of it, `name(0)`, `name(1)`, …; in their wiring `i` is the
    number of each. `first` and `last` say what is different for the first and the last.
    """

    use: Annotated[Any, Form(_read_use, TEXT_SCHEMA)] = Field(
        description="The file of the network that is used, relative to this one."
    )
    wiring: Annotated[dict[str, tuple[str, ...]], PORTS] = Field(
        description="The source, or sources, of each of its inputs."
    )
    repeat: Annotated[int | None, SIZE] = Field(
        default=None, description="The number of instances."
    )
    first: Annotated[dict[str, tuple[str, ...]] | None, PORTS] = Field(
        default=None, description="What is wired differently in the first instance."
    )
    last: Annotated[dict[str, tuple[str, ...]] | None, PORTS] = Field(
        default=None, description="What is wired differently in the last instance."
    )
    description: Annotated[str | None, TEXT] = Field(
        default=None, description="What the part does."
    )

    help_if_missing: ClassVar[Mapping[str, str]] = {
        "use": "add `use: file.nn.yaml`",
        "wiring": "add `wiring: {input: source}`",
    }
    noun = "a part"
    expected = f"a mapping with {' and '.join(KINDS['parts'].needs)}"
    complete: ClassVar[Schema] = {"dependencies": {"first": ["repeat"], "last": ["repeat"]}}
    model_config = ConfigDict(
        json_schema_extra={
            "defaultSnippets": [
                snippet(
                    "a part",
                    "A network of another file.",
                    {"use": "${1:other}.nn.yaml", "wiring": {"${2:input}": "${3:source}"}},
                )
            ]
        }
    )

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            use: object,
            wiring: Mapping[str, str | Sequence[str]],
            repeat: int | None = None,
            first: Mapping[str, str | Sequence[str]] | None = None,
            last: Mapping[str, str | Sequence[str]] | None = None,
            description: str | None = None,
        ) -> None: ...

    @classmethod
    def _in_full(cls, data: dict[str, object], mistakes: Mistakes) -> dict[str, object]:
        if "repeat" not in data and not _is_misspelt(data):
            key = next((key for key in ("first", "last") if key in data), None)
            if key is None:
                _refuse_i(data.get("wiring"), mistakes)
            else:
                mistakes.exclude(
                    key,
                    f"a part without `repeat` takes no `{key}`",
                    f"remove `{key}`, or write `repeat`",
                )
        return data

    def reads(self) -> tuple[str, ...]:
        """Return the sources that it reads, as they are written."""
        return tuple(text for ports in self._wirings for texts in ports.values() for text in texts)

    def sources_of(self, port: str) -> tuple[str, ...]:
        """Return the sources that are wired to one of its inputs, as they are written."""
        return tuple(text for ports in self._wirings for text in ports.get(port, ()))

    @property
    def _wirings(self) -> tuple[Mapping[str, Sequence[str]], ...]:
        return self.wiring, self.first or {}, self.last or {}


def _is_misspelt(data: Mapping[str, object]) -> bool:
    """Return whether a part has a key which is probably meant to be `repeat`."""
    unknown = [str(key) for key in data if key not in Part.readers]
    return closest("repeat", unknown) is not None


def _refuse_i(wiring: object, mistakes: Mistakes) -> None:
    """Say where an `i` stands first in the wiring of a part that is not repeated."""
    if not isinstance(wiring, Mapping):
        return
    for port, sources in wiring.items():
        is_list = isinstance(sources, (list, tuple))
        for i, source in enumerate(sources if is_list else [sources]):
            if isinstance(source, str) and uses_i(source):
                mistakes.add(
                    "bad-source",
                    f"`{shorten(source)}`: `i` is known only in the wiring of a repeated part",
                    "wiring",
                    str(port),
                    *([i] if is_list else []),
                    help="write the number of the element, or add `repeat`",
                )
                return

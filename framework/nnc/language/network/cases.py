"""Case: an example that must hold."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from nnc.language.network.fields import Declaration, TextField
from nnc.language.network.schemas import VALUES_SCHEMA
from nnc.language.readers import Mistakes


class Case(Declaration):
    """An example that must hold: inputs given, outputs expected; or a file of such rows."""

    name: TextField | None = Field(default=None, description="What the case shows.")
    given: Annotated[dict[str, Any] | None, WithJsonSchema(VALUES_SCHEMA)] = Field(
        default=None, description="A value for each input; those with a default may be left out."
    )
    expect: Annotated[dict[str, Any] | None, WithJsonSchema(VALUES_SCHEMA)] = Field(
        default=None, description="The value of each output to check."
    )
    file: TextField | None = Field(
        default=None,
        description="A CSV file, relative to this one, with columns of inputs and outputs.",
    )
    description: TextField | None = Field(default=None, description="Why the case is there.")

    @classmethod
    def _in_full(cls, data: dict[str, Any], mistakes: Mistakes) -> dict[str, Any]:
        keys = ("given", "expect")
        beside = next((key for key in keys if "file" in data and key in data), None)
        if beside is not None:
            mistakes.add(
                "exclusive-keys",
                f"a case has `file` or `{beside}`, not both",
                beside,
                key=True,
                help="give the row a case of its own",
            )
        for key in keys if "file" not in data else ():
            if key not in data:
                mistakes.add(
                    "missing-key",
                    f"the case has no `{key}`",
                    names=(key,),
                    help=f"add `{key}: {{…}}`",
                )
        return data

"""Settings: what is asked of a reader; each format takes some of them."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be asked: None stands for what a reader does by itself.

    `top` names the model, or the event, that is read where a file has several.
    """

    top: str | None = None

    def asked(self) -> list[str]:
        """Return the names of the settings that something was asked of."""
        return [each.name for each in fields(self) if getattr(self, each.name) is not None]

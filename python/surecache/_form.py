"""What the extension asks of the form in which another cache stores values."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Form"]


class Form(Protocol):
    """How another cache stores the values of plain keys."""

    @property
    def is_written(self) -> bool:
        """Whether values are written in this form too; else they are sealed."""

    def dumps(self, value: Any, /) -> bytes:
        """The bytes of a value."""

    def loads(self, data: bytes, /) -> Any:
        """The value in bytes; raises where they are none."""

"""What is refused of settings is gathered, so that all of it is told at once."""

from __future__ import annotations

from types import TracebackType

from surecache.errors import Misuse

__all__ = ["Refusals", "Refused"]


class Refused(Misuse):
    """All that is refused of some settings."""

    def __init__(self, each: list[str]) -> None:
        super().__init__("\n".join(each))
        self.each = each
        """Each refusal, with its hint."""


class Refusals:
    """Gathers refusals. As a context it takes those that are raised inside, each of which ends the
    block and nothing else.
    """

    def __init__(self) -> None:
        self._each: list[str] = []

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if error is None:  # as nearly always
            return False
        if isinstance(error, Refused):
            self._each += error.each
        elif isinstance(error, Misuse):
            self._each.append(str(error))
        return isinstance(error, Misuse)

    def add(self, text: str) -> None:
        """Takes one."""
        self._each.append(text)

    def tell(self) -> None:
        """Ends here where there is one.

        Raises:
            Refused: All of them.
        """
        if self._each:
            raise Refused(self._each)

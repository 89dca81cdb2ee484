"""A task that waits for word from any thread, for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Told"]


class Told:
    """Is told once or again.

    `asyncio.wait_for` is of no use here: before Python 3.12 a task that is cancelled in the turn in
    which it is told is not cancelled, and would go on as if it had been told.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Future[None] = self._loop.create_future()

    async def wait(self, ask: Callable[[Callable[[], None]], bool], at_most: float) -> None:
        """Waits until it is told, at most so many seconds.

        Args:
            ask: Takes what is to be called, from any thread, when there is word; true where there
                is already. What is called is the same each time.
            at_most: How long.
        """
        self._told = self._loop.create_future()
        if ask(self._tell):
            return
        timer = self._loop.call_later(at_most, self._end)
        try:
            await self._told
        finally:
            timer.cancel()

    def _tell(self) -> None:
        """From any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if not self._told.done():
            self._told.set_result(None)

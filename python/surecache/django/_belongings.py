"""What each thread and each task holds of locks. It is given up when the thread or task ends.

A lock object that is forgotten is forgotten here too, and with it what was held by it.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from surecache._core import Hold
    from surecache.django._holders import _Holder

__all__ = ["Belongings", "Shared", "caller", "of_task", "of_thread"]


class Belongings:
    """What one thread or task holds, by the object that it was acquired with."""

    def __init__(self) -> None:
        self._holds: WeakKeyDictionary[_Holder, list[Hold]] = WeakKeyDictionary()

    def of(self, lock: _Holder) -> list[Hold]:
        """What is held by the object, the last one last."""
        return self._holds.get(lock, [])

    def add(self, lock: _Holder, hold: Hold) -> None:
        """Holds one more, and no longer what is known to be lost."""
        self._holds[lock] = [*_living(self.of(lock)), hold]

    def take(self, lock: _Holder) -> Hold | None:
        """The last one, which is held no longer."""
        holds = self._holds.get(lock)
        if not holds:
            return None
        hold = holds.pop()
        if not holds:
            del self._holds[lock]
        return hold

    def is_held_for_ever(self, place: object) -> bool:
        """Whether the only place of that name is held, by any object, until it is released."""
        return any(
            lock.only_place == place and lock.timeout is None and _living(holds)
            for lock, holds in self._holds.items()
        )


class Shared(Belongings):
    """What anybody holds by one object, from any thread."""

    def __init__(self) -> None:
        self._all: list[Hold] = []

    def of(self, lock: _Holder) -> list[Hold]:
        return self._all

    def add(self, lock: _Holder, hold: Hold) -> None:
        # One step each: another thread may take meanwhile.
        for lost in [held for held in self._all if held.is_lost]:
            _remove(self._all, lost)
        self._all.append(hold)

    def take(self, lock: _Holder) -> Hold | None:
        try:
            return self._all.pop()
        except IndexError:
            return None

    def is_held_for_ever(self, place: object) -> bool:
        return False  # another one may release it


def of_thread() -> Belongings:
    """The calling thread's."""
    return _of_threads.belongings


def of_task(task: asyncio.Task[Any] | None) -> Belongings:
    """A task's that has not ended; without one, the calling thread's."""
    if task is None:
        return of_thread()
    belongings = _of_tasks.get(task)
    if belongings is None:
        belongings = _of_tasks[task] = Belongings()
        task.add_done_callback(_give_up)
    return belongings


def caller() -> asyncio.Task[Any] | None:
    """The task that runs here."""
    try:
        return asyncio.current_task()
    except RuntimeError:  # no event loop runs
        return None


class _Threads(threading.local):
    def __init__(self) -> None:
        self.belongings = Belongings()


_of_threads = _Threads()
_of_tasks: WeakKeyDictionary[asyncio.Task[Any], Belongings] = WeakKeyDictionary()
"""Never looked through: what each thread does with those of its own loop is one step."""


def _give_up(task: asyncio.Task[Any]) -> None:
    _of_tasks.pop(task, None)


def _living(holds: list[Hold]) -> list[Hold]:
    return [hold for hold in holds if not hold.is_lost]


def _remove(holds: list[Hold], hold: Hold) -> None:
    try:
        holds.remove(hold)
    except ValueError:
        return  # another thread has

"""The locks and semaphores of a cache: `cache.lock`, `cache.semaphore` and their twins for tasks.

Making one asks nothing of the store. See docs/guides/locks.md.
"""

from __future__ import annotations

from typing import Any

from surecache.django._holders import AsyncLock, Lock, Options
from surecache.django._twins import Twins
from surecache.errors import Misuse

__all__ = ["Locks"]


class Locks(Twins):
    """The methods of a cache that make locks.

    A lock shares nothing with the value under its key, and `clear` leaves it as it is. Where the
    store is down its calls raise, whatever OPTIONS['IGNORE_EXCEPTIONS'] says: nothing is held that
    the store did not give.
    """

    def lock(
        self,
        key: Any,
        version: int | None = None,
        timeout: float | None = None,
        sleep: float | None = None,
        blocking: bool = True,
        blocking_timeout: float | None = None,
        client: None = None,
        thread_local: bool = True,
        *,
        lock_class: None = None,
        lease: float | None = None,
        raise_on_release_error: bool = True,
    ) -> Lock:
        """The lock of a key: one holder over all threads and processes.

        Args:
            key: The key.
            version: Of the key.
            timeout: Seconds after which it falls free, whatever becomes of its holder; None: it is
                renewed while the holder lives.
            sleep: Nothing comes of it: who waits is woken, and does not sleep.
            blocking: Whether `acquire` waits.
            blocking_timeout: Seconds that `acquire` waits at most; None is for ever.
            client: None.
            thread_local: Whether a thread sees only what it acquired itself; where not, a second
                one that acquires waits until anybody releases.
            lock_class: None.
            lease: Seconds after which it falls free where its holder has died; 10 without a word.
            raise_on_release_error: Whether leaving the context manager raises where it was lost;
                it raises `Unavailable` either way.

        Raises:
            Misuse: An argument makes no sense, here or beside another one.
        """
        _refuse("lock", client=client, lock_class=lock_class)
        options = Options(timeout, sleep, blocking, blocking_timeout, lease)
        return Lock(self, key, version, options, thread_local, raise_on_release_error)

    def alock(
        self,
        key: Any,
        version: int | None = None,
        timeout: float | None = None,
        sleep: float | None = None,
        blocking: bool = True,
        blocking_timeout: float | None = None,
        client: None = None,
        thread_local: bool = True,
        *,
        lock_class: None = None,
        lease: float | None = None,
        raise_on_release_error: bool = True,
    ) -> AsyncLock:
        """As `lock`, for tasks: its calls are awaited, and ``async with`` holds it. With
        `thread_local` a task sees only what it acquired itself: by a call that it wrote, whichever
        task ran it.
        """
        _refuse("alock", client=client, lock_class=lock_class)
        options = Options(timeout, sleep, blocking, blocking_timeout, lease)
        return AsyncLock(self, key, version, options, thread_local, raise_on_release_error)

    def semaphore(
        self,
        key: Any,
        limit: int,
        *,
        version: int | None = None,
        timeout: float | None = None,
        blocking: bool = True,
        blocking_timeout: float | None = None,
        thread_local: bool = True,
        lease: float | None = None,
        raise_on_release_error: bool = True,
    ) -> Lock:
        """The semaphore of a key: up to `limit` holders at once, each as the holder of a lock.

        Where others use the key with another limit, never more hold it than the greatest limit in
        use.

        Raises:
            Misuse: The limit is not from 1 to 1000, or as in `lock`.
        """
        options = Options(timeout, None, blocking, blocking_timeout, lease, limit)
        return Lock(self, key, version, options, thread_local, raise_on_release_error)

    def asemaphore(
        self,
        key: Any,
        limit: int,
        *,
        version: int | None = None,
        timeout: float | None = None,
        blocking: bool = True,
        blocking_timeout: float | None = None,
        thread_local: bool = True,
        lease: float | None = None,
        raise_on_release_error: bool = True,
    ) -> AsyncLock:
        """As `semaphore`, for tasks."""
        options = Options(timeout, None, blocking, blocking_timeout, lease, limit)
        return AsyncLock(self, key, version, options, thread_local, raise_on_release_error)

    get_lock = lock
    aget_lock = alock


def _refuse(call: str, *, client: Any, lock_class: Any) -> None:
    """Arguments of other caches' locks that would change what a lock is."""
    if client is not None:
        raise Misuse(
            f"{call}: wanted no client, found: {client!r}"
            "\nhint: the lock lies in the store of this cache; another alias has another one"
        )
    if lock_class is not None:
        raise Misuse(
            f"{call}: wanted no lock_class, found: {lock_class!r}"
            "\nhint: redis-py's own locks come from a client: Redis(...).lock(name)"
        )

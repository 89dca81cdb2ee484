"""What holds locks: the object that `cache.lock` gives, and the one for tasks.

The calls are redis-py's. An object may be shared: each thread, or each task, holds for itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from asgiref.sync import markcoroutinefunction

from surecache.django._belongings import Belongings, Shared, caller, of_task, of_thread
from surecache.django._told import Told
from surecache.django._wires import wire_of
from surecache.errors import LockError, LockNotHeld, LockTimeout, Misuse, SurecacheError

if TYPE_CHECKING:
    from surecache._core import Engine, Hold, LockCall, Taking
    from surecache.django._twins import Twins

__all__ = ["AsyncLock", "Lock", "Options"]

_AnyHolder = TypeVar("_AnyHolder", bound="_Holder")

_log = logging.getLogger("surecache")


class Options:
    """How a lock is taken."""

    def __init__(
        self,
        timeout: float | None,
        sleep: float | None,
        blocking: bool,
        blocking_timeout: float | None,
        lease: float | None,
        limit: int | None = None,
    ) -> None:
        if timeout is not None and lease is not None:
            raise Misuse(
                f"lock: wanted timeout or lease, found both: {timeout} and {lease}"
                "\nhint: a lock with a timeout is not renewed, so that it has no lease"
            )
        if sleep is not None and not sleep >= 0:
            raise Misuse(f"lock: wanted sleep in seconds, found: {sleep!r}")
        self.timeout = timeout
        self.blocking = blocking
        self.blocking_timeout = blocking_timeout
        self.lease = lease
        self.limit = limit

    def patience(self, blocking: bool | None, blocking_timeout: float | None) -> float | None:
        """Seconds that are waited; None for ever."""
        if not (self.blocking if blocking is None else blocking):
            return 0
        return self.blocking_timeout if blocking_timeout is None else blocking_timeout


class _Holder:
    """What both flavours are: a name, options, and what is held by whom."""

    def __init__(
        self,
        cache: Twins,
        key: Any,
        version: int | None,
        options: Options,
        thread_local: bool,
        raise_on_release_error: bool,
    ) -> None:
        self.name = cache.make_and_validate_key(key, version)
        self.timeout = options.timeout
        self.raise_on_release_error = raise_on_release_error
        self._engine: Engine = cache.engine
        self._options = options
        self._shared = None if thread_local else Shared()
        # The one that all who wait want; None where there are several.
        is_one = options.limit is None or options.limit == 1
        self.only_place = (self._engine, self.name, options.limit) if is_one else None
        # What makes no sense is refused where it is written.
        self._taking(self._options.blocking_timeout).abandon()

    @property
    def fencing_token(self) -> int:
        """Greater than that of every earlier holder of any lock of this cache.

        Raises:
            LockNotHeld: It is not held.
        """
        return self._held(self._here(), "look at the fencing token of").fencing_token

    @property
    def is_lost(self) -> bool:
        """Whether it is known here that it was held and is no more. False is no promise."""
        holds = self._here().of(self)
        return bool(holds) and holds[-1].is_lost

    def _here(self) -> Belongings:
        """What the caller holds."""
        raise NotImplementedError

    def _held(self, own: Belongings, what: str) -> Hold:
        holds = own.of(self)
        if not holds:
            raise _not_held(what)
        return holds[-1]

    def _taking(self, patience: float | None) -> Taking:
        options = self._options
        return self._engine.taking(
            self.name,
            limit=options.limit,
            timeout=options.timeout,
            lease=options.lease,
            patience=patience,
        )

    def _wanted(
        self,
        own: Belongings,
        sleep: Any,
        blocking: bool | None,
        blocking_timeout: float | None,
        token: Any,
    ) -> Taking:
        """One who wants what `acquire` was called for, and meanwhile releases nothing of `own`."""
        if token is not None:
            raise Misuse(
                f"acquire: wanted no token, found: {token!r}"
                "\nhint: each holder has a fresh one; fencing_token tells holders apart"
            )
        if sleep is not None and not sleep >= 0:
            raise Misuse(f"acquire: wanted sleep in seconds, found: {sleep!r}")
        patience = self._options.patience(blocking, blocking_timeout)
        is_for_ever = self._shared is None and self.only_place is not None and patience is None
        if is_for_ever and own.is_held_for_ever(self.only_place):
            raise Misuse(
                "acquire: wanted a lock that is not held here, found: one that is"
                "\nhint: a lock cannot be taken twice; this would wait for itself, for ever"
            )
        return self._taking(patience)

    def _is_own(self, own: Belongings) -> bool:
        return any(not hold.is_lost for hold in own.of(self))

    def _keep(self, own: Belongings, hold: Hold | None) -> bool:
        if hold is not None:
            own.add(self, hold)
        return hold is not None

    def _releasing(self, own: Belongings) -> LockCall:
        hold = own.take(self)
        if hold is None:
            raise _not_held("release")
        return hold.releasing()

    def _extending(self, own: Belongings, additional_time: float, replace_ttl: bool) -> LockCall:
        return self._held(own, "extend").prolonging(additional_time, replace_ttl)

    def _reacquiring(self, own: Belongings) -> LockCall:
        hold = self._held(own, "reacquire")
        return hold.prolonging(0 if self.timeout is None else self.timeout, True)

    def _looking(self) -> LockCall:
        return self._engine.looking(self.name, limit=self._options.limit)

    def _entered(self: _AnyHolder, is_held: bool) -> _AnyHolder:
        if not is_held:
            raise LockTimeout(
                "wanted a lock that comes free in time, found: held by others for"
                f" {self._options.patience(None, None)} s"
            )
        return self

    def _left(self, error: SurecacheError, raised: BaseException | None) -> None:
        """What went wrong with the release; it does not hide what the block has raised."""
        is_told = self.raise_on_release_error or not isinstance(error, LockError)
        if is_told and raised is None:
            raise error
        _log.warning("a lock could not be released: %s", error)


class Lock(_Holder):
    """A lock or a semaphore of a cache; ``with`` holds it.

    Not reentrant. `acquire` waits without the interpreter's lock, and an interrupt ends it.
    """

    def acquire(
        self,
        sleep: float | None = None,
        blocking: bool | None = None,
        blocking_timeout: float | None = None,
        token: None = None,
    ) -> bool:
        """Takes it; whether that was done in time.

        Args:
            sleep: Nothing comes of it.
            blocking: Whether to wait, in place of what the lock was made with.
            blocking_timeout: Seconds to wait at most, likewise.
            token: None.

        Raises:
            Misuse: An argument makes no sense, or the caller holds it and would wait for himself.
            Unavailable: The store cannot be asked: at once, and then nothing is held.
        """
        own = self._here()
        taking = self._wanted(own, sleep, blocking, blocking_timeout, token)
        return self._keep(own, taking.run())

    def release(self) -> None:
        """Gives it back.

        Raises:
            LockLost: It was not held any more.
            LockNotHeld: The caller has not acquired it.
            Unavailable: The store cannot be asked; it falls free soon, or when its time is over.
        """
        self._releasing(self._here()).run()

    def extend(self, additional_time: float, replace_ttl: bool = False) -> Literal[True]:
        """Has it fall free so many seconds later, or with `replace_ttl` so many from now.

        Raises:
            LockLost: It was not held any more.
            LockNotHeld: The caller has not acquired it.
            Misuse: It has no timeout: it is renewed.
        """
        self._extending(self._here(), additional_time, replace_ttl).run()
        return True

    def reacquire(self) -> Literal[True]:
        """Has it fall free its timeout from now; raises as `extend`."""
        self._reacquiring(self._here()).run()
        return True

    def locked(self) -> bool:
        """Whether it, or each place of the semaphore, is held by anybody."""
        return bool(self._looking().run())

    def owned(self) -> bool:
        """Whether the store says that the caller holds it."""
        own = self._here()
        return self._is_own(own) and bool(self._held(own, "look at").looking().run())

    def __enter__(self) -> Lock:
        """Acquires it.

        Raises:
            LockTimeout: Others held it for all of `blocking_timeout`.
        """
        return self._entered(self.acquire())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.release()
        except SurecacheError as error:
            self._left(error, raised)

    def _here(self) -> Belongings:
        return self._shared or of_thread()


class AsyncLock(_Holder):
    """As `Lock`, for tasks; ``async with`` holds it. A task that is cancelled holds nothing.

    The task that writes a call is the one that it is done for, whichever task runs it: before
    Python 3.12 `asyncio.wait_for` runs what it waits for in a task of its own.
    """

    @markcoroutinefunction
    def acquire(
        self,
        blocking: bool | None = None,
        blocking_timeout: float | None = None,
        token: None = None,
        *,
        sleep: float | None = None,
    ) -> Coroutine[Any, Any, bool]:
        """See `Lock.acquire`; without `sleep` in front, as redis-py has it for tasks."""
        return self._acquire(caller(), (sleep, blocking, blocking_timeout, token))

    @markcoroutinefunction
    def release(self) -> Coroutine[Any, Any, None]:
        """See `Lock.release`."""
        return self._release(caller())

    @markcoroutinefunction
    def extend(
        self, additional_time: float, replace_ttl: bool = False
    ) -> Coroutine[Any, Any, Literal[True]]:
        """See `Lock.extend`."""
        return self._extend(caller(), additional_time, replace_ttl)

    @markcoroutinefunction
    def reacquire(self) -> Coroutine[Any, Any, Literal[True]]:
        """See `Lock.reacquire`."""
        return self._reacquire(caller())

    async def locked(self) -> bool:
        """See `Lock.locked`."""
        return bool(await self._run(self._looking()))

    @markcoroutinefunction
    def owned(self) -> Coroutine[Any, Any, bool]:
        """See `Lock.owned`."""
        return self._owned(caller())

    async def __aenter__(self) -> AsyncLock:
        """Acquires it; raises as `Lock`."""
        return self._entered(await self.acquire())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self.release()
        except SurecacheError as error:
            self._left(error, raised)

    async def _acquire(self, called: asyncio.Task[Any] | None, wanted: tuple[Any, ...]) -> bool:
        # Who is not the one that waits may release what he holds meanwhile.
        here = Belongings() if self._of(called) is not self._here() else self._here()
        hold = await _taken(self._engine, self._wanted(here, *wanted))
        return self._keep(self._of(called), hold)

    async def _release(self, called: asyncio.Task[Any] | None) -> None:
        await self._run(self._releasing(self._of(called)))

    async def _extend(
        self, called: asyncio.Task[Any] | None, additional_time: float, replace_ttl: bool
    ) -> Literal[True]:
        await self._run(self._extending(self._of(called), additional_time, replace_ttl))
        return True

    async def _reacquire(self, called: asyncio.Task[Any] | None) -> Literal[True]:
        await self._run(self._reacquiring(self._of(called)))
        return True

    async def _owned(self, called: asyncio.Task[Any] | None) -> bool:
        own = self._of(called)
        return self._is_own(own) and bool(await self._run(self._held(own, "look at").looking()))

    async def _run(self, call: LockCall) -> bool | float | None:
        if self._engine.is_local:
            return call.run()
        return await (await wire_of(self._engine)).run(call)

    def _here(self) -> Belongings:
        return self._shared or of_task(caller())

    def _of(self, called: asyncio.Task[Any] | None) -> Belongings:
        """What belongs to the task that wrote a call, or where it is gone to the one that runs."""
        if self._shared is not None or called is None or called.done():
            return self._here()
        is_of_this_loop = called.get_loop() is asyncio.get_running_loop()
        return of_task(called) if is_of_this_loop else self._here()


def _not_held(what: str) -> LockNotHeld:
    return LockNotHeld(f"wanted to {what} a lock that is held, found: one that is not")


async def _taken(engine: Engine, taking: Taking) -> Hold | None:
    """Goes the whole way on the event loop; what is held at its end."""
    waiting = Told()
    try:
        while True:
            step, told = taking.advance()
            if step == "done":
                return cast("Hold | None", told)
            if step == "ask" and engine.is_local:
                taking.ask_here()
            elif step == "ask":
                await (await wire_of(engine)).take(taking)
            elif step == "await":
                await waiting.wait(taking.on_told, cast("float", told))
            else:
                await asyncio.sleep(cast("float", told))
    except BaseException:
        taking.abandon()
        raise

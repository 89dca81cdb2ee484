"""Watches one database connection: what the application's transaction on it has sent.

Django has one hook for statements, `execute_wrapper`, which sees `execute` and `executemany`. What
it misses is seen otherwise: `callproc`, `copy`, `executescript` and whatever else is asked of a
cursor, by the cursor's class; beginnings and ends, by the connection's own methods; and on SQLite
changed rows, by the driver's count. What is sent through the driver's own connection object
(``connection.connection``) is not seen, but for rows changed on SQLite.

Blocks that Django's TestCase opens are no transactions here.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import wraps
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from django.db.backends.base.base import BaseDatabaseWrapper

from surecache.django import _events, _leftovers, _loading, _outbox
from surecache.django._cursors import ATTRIBUTE, watching
from surecache.django._snapshots import is_replica, is_snapshot_fixed
from surecache.django._statements import begins, ends, is_control, is_plain_select
from surecache.errors import Unavailable

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from surecache._core import Tag

__all__ = [
    "BYPASS",
    "FULL",
    "READ_ONLY",
    "Admission",
    "Hook",
    "Watch",
    "busy",
    "opened_here",
    "watch_all",
    "watch_of",
]

FULL: Final = "full"
READ_ONLY: Final = "read_only"
BYPASS: Final = "bypass"
Admission: TypeAlias = Literal["bypass", "full", "read_only"]
"""What a connection allows a read of a region: everything; not to store; nothing."""

_IS_OF_TESTCASE = attrgetter("_from_testcase")

_UNWATCHED: Final = 0
"""No watch's identity."""

busy: Final[set[int]] = {_UNWATCHED}
"""The watches, by identity, whose connections may not allow everything; empty while no connection
of this process restricts any read: the usual case, told fast. Never so before all are watched.
"""

_opened: ContextVar[tuple[Watch, ...]] = ContextVar("surecache_transactions", default=())


def watch_all() -> None:
    """From now on every connection is watched from its beginning."""
    busy.discard(_UNWATCHED)


def opened_here() -> tuple[Watch, ...]:
    """The connections on which this context, or the one it was called from, is in a transaction:
    also those of other threads, where asynchronous code is called inside a transaction.
    """
    return _opened.get()


def watch_of(connection: BaseDatabaseWrapper) -> Watch:
    """The watch of a connection, set up at the first call."""
    found: Watch | None = vars(connection).get(ATTRIBUTE)
    return found or Watch(connection)


class Hook:
    """Something that is done once a transaction has been committed.

    A store that does not take it is no error here: the transaction is committed, and an error would
    say that it is not. It is logged and counted, and this process delivers it as soon as it can;
    until then it reads no answer that should have ended.

    Args:
        act: What is done; harmless to do twice.
        owed: Tags whose end does as much, for others to do where this process is killed before.
        is_whole: Whether `act` reaches all stores; otherwise others are to do it again.
    """

    def __init__(
        self, act: Callable[[], None], owed: Sequence[Tag], *, is_whole: bool = True
    ) -> None:
        self.act = act
        self.owed = owed
        self.is_delivered = False
        """Whether all stores have taken it."""
        self._is_whole = is_whole

    def __call__(self) -> None:
        self.is_delivered = False  # of several transactions each does it, and settles for itself
        try:
            self.act()
        except Unavailable as error:
            _events.log_late(error)
        else:
            self.is_delivered = self._is_whole


class Watch:
    """What the application's transaction on a connection has sent so far."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.began = 0
        """When the transaction began, as a moment of `_loading`."""
        self._is_begun_by_hand = False
        self._changes = -1
        self._is_fixed: bool | None = None
        self._reading: weakref.WeakSet[CursorWrapper] = weakref.WeakSet()
        self._waiting: list[Hook] = []
        self._owing: list[int] = []
        self._owed: list[int] = []
        self._is_replica = is_replica(connection)
        # What was sent before the watch stood is not known.
        self._is_written = self.is_open()
        weakref.finalize(self, busy.discard, id(self)).atexit = False
        self._install()

    def is_open(self) -> bool:
        """Whether the application is in a transaction that Django knows of."""
        connection = self.connection
        if connection.in_atomic_block:
            return not all(map(_IS_OF_TESTCASE, connection.atomic_blocks))
        return connection.connection is not None and not connection.autocommit

    def admission(self) -> Admission:
        """What a read may do now."""
        if self.is_open():
            if self._is_written or self._has_changed_rows():
                return BYPASS
            return READ_ONLY if self._has_fixed_snapshot() else FULL
        if self._is_begun_by_hand:
            return BYPASS
        # On SQLite a statement that has rows left holds its snapshot, and all others read in it.
        return READ_ONLY if self._reading or self._is_replica else FULL

    def on_commit(self, hook: Hook) -> None:
        """Has a hook done after the commit of the transaction that is open."""
        connection = self.connection
        if connection.in_atomic_block and connection.commit_on_exit:
            connection.on_commit(hook)
        else:
            self._waiting.append(hook)

    def written(self) -> None:
        """Something that may have written was sent."""
        if self.is_open():
            self._is_written = True

    def finished_reading(self, cursor: CursorWrapper) -> None:
        """A cursor has no rows left."""
        self._reading.discard(cursor)
        self._note_busy()

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        """Django's hook around a statement."""
        is_open = self.is_open()
        if is_open and not (self._is_written or is_control(sql) or is_plain_select(sql)):
            self._is_written = True
        elif not is_open and self.connection.in_atomic_block and is_control(sql):
            # In a TestCase this savepoint is where the application's transaction begins.
            self._begin()
        self._tell_load()
        result = execute(sql, params, many, context)
        if not self.connection.in_atomic_block:
            self._note_begun_by_hand(sql)
        if self.connection.vendor == "sqlite":
            self._note_rows(context["cursor"])
        return result

    def _tell_load(self) -> None:
        """A load reads here: if in a transaction that has written, or in a snapshot older than the
        load, what comes of it is nobody else's.
        """
        loading = _loading.current()
        if loading is None or not busy:
            return
        admission = self.admission()
        if admission == BYPASS or (admission == READ_ONLY and self.began < loading.began):
            loading.forbid_storing()

    def _note_begun_by_hand(self, sql: object) -> None:
        if begins(sql) or ends(sql):
            self._is_begun_by_hand = begins(sql)
            self._note_busy()

    def _note_rows(self, cursor: CursorWrapper) -> None:
        if cursor.cursor.description is None:
            self._reading.discard(cursor)
        else:
            self._reading.add(cursor)
        self._note_busy()

    def _note_busy(self) -> None:
        connection = self.connection
        is_begun = connection.in_atomic_block or not connection.autocommit
        is_begun = self._is_begun_by_hand or (is_begun and connection.connection is not None)
        if not (is_begun or self._reading or self._is_replica):
            busy.discard(id(self))
        else:
            busy.add(id(self))

    def _has_fixed_snapshot(self) -> bool:
        if self._is_fixed is None:
            self._is_fixed = is_snapshot_fixed(self.connection)
        return self._is_fixed

    def _has_changed_rows(self) -> bool:
        raw = self.connection.connection
        return self._changes >= 0 and raw is not None and raw.total_changes != self._changes

    def _begin(self) -> None:
        """Of a transaction, or of the time after one."""
        self.began = _loading.next_moment()
        self._is_written, self._is_begun_by_hand, self._is_fixed = False, False, None
        raw = self.connection.connection
        is_counted = self.connection.vendor == "sqlite" and raw is not None
        self._changes = raw.total_changes if is_counted else -1

    def _install(self) -> None:
        connection = self.connection
        vars(connection)[ATTRIBUTE] = self
        # In front: whoever adds one for a while takes the last away again.
        connection.execute_wrappers.insert(0, self)
        for name in ("make_cursor", "make_debug_cursor"):
            setattr(connection, name, watching(getattr(connection, name)))
        for name, before, after in (
            ("set_autocommit", _nothing, self._after_set_autocommit),
            ("commit", self._before_commit, self._after_commit),
            ("rollback", _nothing, self._after_rollback),
        ):
            setattr(connection, name, _between(before, getattr(connection, name), after))
        name = "run_and_clear_commit_hooks"
        setattr(connection, name, self._first_ours(getattr(connection, name)))
        self._note_opened(connection.connection is not None and not connection.autocommit)

    def _after_set_autocommit(self) -> None:
        self._begin()
        self._note_opened(not self.connection.autocommit)

    def _before_commit(self) -> None:
        self._settle()
        hooks = (*self._waiting, *self._ours())
        self._owing = _outbox.owe(self.connection, [tag for hook in hooks for tag in hook.owed])

    def _after_commit(self) -> None:
        self._begin()
        self._owed, self._owing = self._owing, []
        waiting, self._waiting = self._waiting, []
        self._run(waiting)

    def _after_rollback(self) -> None:
        self._begin()
        self._waiting, self._owing = [], []

    def _note_opened(self, is_opened: bool) -> None:
        others = tuple(watch for watch in _opened.get() if watch is not self)
        _opened.set((*others, self) if is_opened else others)
        self._note_busy()

    def _first_ours(self, run_hooks: Callable[[], None]) -> Callable[[], None]:
        """Commit hooks, ours in front: Django drops those that come after one that raises."""

        @wraps(run_hooks)
        def run() -> None:
            ours, connection = self._ours(), self.connection
            connection.run_on_commit = [
                entry for entry in connection.run_on_commit if not isinstance(entry[1], Hook)
            ]
            try:
                self._run(ours)
                is_settled = self._settle()
            finally:
                run_hooks()
            if is_settled:
                _leftovers.look_now_and_then(connection)

        return run

    def _run(self, hooks: list[Hook]) -> None:
        """Does hooks; what the transaction owes is left to others if a store did not take one."""
        try:
            _run_all(hooks)
        finally:
            if not all(hook.is_delivered for hook in hooks):
                self._owed = []

    def _settle(self) -> bool:
        """Whether the last transaction owed anything, and all of it was delivered."""
        owed, self._owed = self._owed, []
        if owed:
            _outbox.settle(self.connection, owed)
        return bool(owed)

    def _ours(self) -> list[Hook]:
        entries: list[Any] = self.connection.run_on_commit
        return [entry[1] for entry in entries if isinstance(entry[1], Hook)]


def _run_all(hooks: list[Hook]) -> None:
    """Does all of them, and raises the first error at the end."""
    first: Exception | None = None
    for hook in hooks:
        try:
            hook()
        except Exception as error:
            first = first or error
    if first is not None:
        raise first


def _between(
    before: Callable[[], None], method: Callable[..., Any], after: Callable[[], None]
) -> Callable[..., Any]:
    @wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        before()
        result = method(*arguments, **named)
        after()
        return result

    return call


def _nothing() -> None:
    pass

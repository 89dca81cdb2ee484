"""The native module: private, and decides nothing. Its one contract is with this package."""

from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Literal, TypeAlias, TypeVar, final
from uuid import UUID

from typing_extensions import disjoint_base

from surecache._form import Form
from surecache._values import Shape

__all__ = [
    "CacheBase",
    "Config",
    "Engine",
    "Hold",
    "KeyFields",
    "Load",
    "LockCall",
    "Region",
    "Tag",
    "Taking",
    "Walk",
    "Wire",
    "compress",
    "dumps",
    "escape_glob",
    "fork_generation",
    "inflate",
    "loads",
    "server_parts",
]

_T = TypeVar("_T")
_Admission: TypeAlias = Literal["bypass", "full", "read_only"]
_Column: TypeAlias = int | str | bool | UUID | date | None

def compress(compressor: str, data: bytes) -> bytes:
    """One whole frame that holds the bytes; gzip, lz4, lzma (xz), zlib or zstd; else `Misuse`."""

def inflate(compressor: str, frame: bytes, most_bytes: int) -> bytes:
    """What one whole frame holds.

    Raises:
        Corrupt: It is none, there is something behind it, or more than ``most_bytes`` in it.
        Misuse: There is no such compressor.
    """

def fork_generation() -> int:
    """How many forks lie between the first process and this one."""

def escape_glob(text: str) -> str:
    """A text as a pattern that only itself matches."""

def server_parts(location: str) -> dict[str, Any]:
    """What the location of a server says: ``servers`` (hosts and ports, or a path and None; the
    sentinels of a ``service``), ``username``, ``password``, ``database``, ``tls``; and the
    ``connect_timeout`` and ``timeout`` that go where none are set, in seconds.

    Raises:
        Misuse: It is none of a server.
    """

def dumps(value: object) -> bytes:
    """Bytes in the safe codec; `ValueNotSupported` where no equal value would come back."""

def loads(data: bytes) -> object:
    """A new value of bytes in the safe codec; `Corrupt` where they are none that can be made."""

@final
class KeyFields:
    """The fields of a region's key, in the order of their declaration."""

    def __new__(cls, region: str, fields: dict[str, object]) -> KeyFields:
        """Takes a declaration.

        Raises:
            DeclarationError: A field is not of int, str, bool, bytes, date, UUID or one of them
                with None.
        """

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""

    def encode(self, **key: object) -> bytes:
        """The canonical bytes of a key.

        Raises:
            KeyFieldError: A field is missing, unknown, or of another type.
        """

@final
class Config:
    """Where a cache is and what it is opened with: what makes sense together. Nothing is opened."""

    def __new__(
        cls,
        location: str,
        *,
        namespace: str,
        secrets: list[bytes],
        map_bytes: int | None = None,
        connect_timeout: float | None = None,
        timeout: float | None = None,
        max_connections: int | None = None,
        tls_ca_file: str | None = None,
        tls_identity: tuple[str, str] | None = None,
        compressor: str | None = None,
        compress_above: int | None = None,
    ) -> Config:
        """The store at ``memory://name``, ``embedded://``, ``embedded:///folder``, ``redis://host``
        or ``unix:///socket``. Times are in seconds; an identity is a certificate and its key.
        `Misuse` for a location or a setting that makes no sense.
        """

@final
class Engine:
    """An opened cache. Safe to share between threads, and usable in forked children.

    Keys are finished: what the key function made. A timeout is in seconds; ``None`` is never, and
    one that is not above zero deletes. Whatever asks the store raises `Unavailable` where the
    store does not answer.
    """

    def __new__(cls, config: Config, form: Form | None = None) -> Engine:
        """Opens a store, or raises `Unavailable`; with a form, for another cache's values too."""

    def get(self, key: str, default: object = None) -> object:
        """The value under a key, or the default."""

    def set(self, key: str, value: object, timeout: float | None) -> bool:
        """Stores a value, and voids a load that is running. False without room: nor is the old."""

    def set_many(self, items: dict[str, object], timeout: float | None) -> list[str]:
        """Stores values; the keys that were not stored."""

    def add(self, key: str, value: object, timeout: float | None) -> bool:
        """Stores a value where there is none; whether it did."""

    def replace(self, key: str, value: object, timeout: float | None) -> bool:
        """Stores a value where there is one; whether there was."""

    def touch(self, key: str, timeout: float | None) -> bool:
        """Gives a value another timeout; whether there was one."""

    def delete(self, key: str) -> bool:
        """Deletes a value, and voids a load of the key that is running; whether there was one."""

    def delete_many(self, keys: Iterable[str]) -> int:
        """Deletes values; how many there were."""

    def has_key(self, key: str) -> bool:
        """Whether there is a value."""

    def keys(self, pattern: str, cursor: bytes, count: int) -> tuple[list[str], bytes | None]:
        """A page of the keys that match and have a value, and where the walk goes on; None at its
        end. It begins with an empty cursor. A key that has a value all through a walk is on one of
        its pages, or more. ``count`` is about how many places to look at. Values are not looked at.
        """

    def delete_matching(self, pattern: str, cursor: bytes, count: int) -> tuple[int, bytes | None]:
        """As `keys`, and deletes; how many. At the end, loads that ran at the start are void."""

    def incr(self, key: str, delta: int, start: int | None = None) -> int:
        """The number after adding to it, or to ``start``, for ever; it keeps its timeout.

        Raises:
            ValueError: There is no value, and no ``start``.
            TypeError: The value is no integer of 64 bits.
            OverflowError: The sum or the delta would not fit 64 bits; nothing was changed.
        """

    def ttl(self, key: str, default: _T) -> float | _T | None:
        """The seconds that a value still has, None for no end; the default without a value."""

    def collect(self, operation: str, keys: list[str], arguments: tuple[object, ...]) -> Any:
        """Does an operation on the collections under keys, by its name in the cache API; what it
        gives.

        Raises:
            WrongKind: A key holds something else.
            ValueNotSupported: A member is of a type that the safe codec does not take.
            ValueError: A sum of scores is no number.
            IndexError: There is no element at the index.
        """

    def get_or_set(self, key: str, loader: Callable[[], object], timeout: float | None) -> object:
        """The value; where there is none, what one loader of all who ask at once returns."""

    def rename(self, key: str, other: str) -> bool | None:
        """Moves a value, keeping its timeout; whether there was room, None where it is absent."""

    def rewrite(self, key: str) -> Literal["brought", "collection", "left"] | None:
        """Brings a value into the form that is written, or leaves it; what became of it."""

    def clear(self) -> None:
        """Makes every entry of the namespace absent, and ends every answer of its regions."""

    def eviction(self) -> str | None:
        """The policy by which a full store drops even locks; None where it drops nothing."""

    def explain(self, key: str) -> dict[str, object]:
        """What stands under a plain key, and what a reader would make of it."""

    def invalidate(self, tags: list[Tag]) -> None:
        """Ends every answer that carries one of the tags, for every read that starts later."""

    def deliver(self) -> None:
        """Tries again to deliver invalidations that the store did not take."""

    def statistics(self) -> dict[str, dict[str, object]]:
        """The numbers of all processes of the namespace, by region."""

    def late(self) -> int:
        """How often, in all processes, the store did not take what was to end answers."""

    def own_statistics(self) -> dict[str, dict[str, object]]:
        """The numbers of this process, by region."""

    def report(self) -> None:
        """Writes this process's numbers to the store, as happens by itself each second."""

    def on_event(
        self,
        event: Callable[[str, str, str | None, str], object],
        trouble: Callable[[str], object],
    ) -> None:
        """Calls back with region, outcome, refusal and key digest for each read that is no hit, and
        with what the store said instead of an answer where a read goes on without it.

        Raises:
            Misuse: There is a callback already.
        """

    @property
    def is_local(self) -> bool:
        """Whether calls are over in microseconds, so that an event loop may make them."""

    @property
    def is_given_up(self) -> bool:
        """Whether the store's server is not asked at present, because it did not answer."""

    def count_failure(self) -> None:
        """Notes that a connection could not be made."""

    def endpoint(self) -> tuple[str, int | None, float] | None:
        """A server's host and port, or its path and None; the seconds to connect in. Else None."""

    def walk(self, key: str, timeout: float | None) -> Walk | None:
        """A `get_or_set` that an event loop walks; None where the timeout is over at once."""

    def taking(
        self,
        name: str,
        *,
        limit: int | None,
        timeout: float | None,
        lease: float | None,
        patience: float | None,
    ) -> Taking:
        """One who wants the lock of a name, or with a limit a place of the semaphore, and waits so
        many seconds for it; None is for ever.

        Raises:
            Misuse: A number makes no sense.
        """

    def looking(self, name: str, *, limit: int | None) -> LockCall:
        """Asks whether the lock, or each place of the semaphore, is held."""

    def wire(self, event_loop: AbstractEventLoop) -> Wire | None:
        """The connection of a loop, where there is one that is of use."""

    def keep_wire(self, wire: Wire) -> None:
        """Keeps the connection of a loop; those of loops that are closed go."""

@final
class Wire:
    """The connection of an event loop to a store's server; it is called in that loop's thread.

    Those that ask the store give a future with what the method of `Engine` of the same name
    returns or raises. A caller that is cancelled disturbs no other.
    """

    def __new__(
        cls, engine: Engine, event_loop: AbstractEventLoop, socket: int, host: str, port: int | None
    ) -> Wire:
        """Takes over a socket that does not block: its number; its host and port, or its path."""

    def fileno(self) -> int:
        """The number of the socket; -1 where the connection is lost."""

    @property
    def is_lost(self) -> bool:
        """Whether the connection is lost."""

    @property
    def is_stranded(self) -> bool:
        """Whether its loop was closed without a word to it."""

    def get(self, key: str, default: object) -> Future[Any]: ...
    def get_many(self, keys: Iterable[str]) -> Future[dict[str, Any]]: ...
    def set(self, key: str, value: object, timeout: float | None) -> Future[bool]: ...
    def set_many(self, items: dict[str, object], timeout: float | None) -> list[Future[bool]]:
        """Stores values, each as `set` does; none where one cannot be pickled."""

    def add(self, key: str, value: object, timeout: float | None) -> Future[bool]: ...
    def replace(self, key: str, value: object, timeout: float | None) -> Future[bool]: ...
    def touch(self, key: str, timeout: float | None) -> Future[bool]: ...
    def delete(self, key: str) -> Future[bool]: ...
    def delete_many(self, keys: Iterable[str]) -> Future[int]: ...
    def has_key(self, key: str) -> Future[bool]: ...
    def incr(self, key: str, delta: int, start: int | None = None) -> Future[int]: ...
    def rename(self, key: str, other: str) -> Future[bool | None]: ...
    def collect(
        self, operation: str, keys: list[str], arguments: tuple[object, ...]
    ) -> Future[Any]: ...
    def ttl(self, key: str, default: object) -> Future[Any]: ...
    def keys(
        self, pattern: str, cursor: bytes, count: int
    ) -> Future[tuple[list[str], bytes | None]]: ...
    def delete_matching(
        self, pattern: str, cursor: bytes, count: int
    ) -> Future[tuple[int, bytes | None]]: ...
    def clear(self) -> Future[None]: ...
    def ask(self, walk: Walk) -> Future[None]:
        """Asks what a walk asks, and tells it the reply."""

    def take(self, taking: Taking) -> Future[None]:
        """Asks what one who wants a lock asks, and tells him the reply."""

    def run(self, call: LockCall) -> Future[bool | float | None]: ...
    def flush(self) -> None:
        """The loop's: writes what was asked in this turn."""

    def on_readable(self) -> None:
        """The loop's: the socket has bytes, or has ended."""

    def on_time(self) -> None:
        """The loop's: looks whether the oldest reply is overdue."""

    def close(self) -> None:
        """Closes the connection; who waits on it gets `Unavailable`."""

@final
class Taking:
    """One who wants a lock. Dropped or abandoned at any point it leaves none taken."""

    def run(self) -> Hold | None:
        """Goes the whole way in this thread; what is held. A signal may end it."""

    def advance(self) -> tuple[str, float | Hold | None]:
        """What to do next: ``("ask", None)``, ``("await", seconds)``, ``("pause", seconds)`` or
        ``("done", Hold or None)``.
        """

    def ask_here(self) -> None:
        """Asks a store of this machine."""

    def on_told(self, callback: Callable[[], object]) -> bool:
        """Calls back, from any thread, when a place is free; true where it is already."""

    def abandon(self) -> None:
        """Wants no place any more."""

@final
class Hold:
    """A lock that is held. Dropped it is given back, unless it has a timeout. Void in a fork."""

    @property
    def fencing_token(self) -> int:
        """Greater than that of every earlier holder."""

    @property
    def is_lost(self) -> bool:
        """Whether it is known here that it is not held any more."""

    def releasing(self) -> LockCall:
        """Gives it back."""

    def prolonging(self, by: float, replace: bool) -> LockCall:
        """Has it held so many seconds longer, or so many from now; `Misuse` where it cannot be."""

    def looking(self) -> LockCall:
        """Asks whether it is held."""

@final
class LockCall:
    """A question about locks, to be asked once."""

    def run(self) -> bool | float | None:
        """Asks in this thread: a truth, the seconds that the lock is held now, or None.

        Raises:
            LockLost: It was not held any more.
        """

@final
class Tag:
    """Something that answers depend on. Immutable; equal tags are equal."""

    @staticmethod
    def namespace() -> Tag:
        """Everything in the namespace."""

    @staticmethod
    def region(name: str) -> Tag:
        """Every answer of a region."""

    @staticmethod
    def named(name: str) -> Tag:
        """Something outside the database."""

    @staticmethod
    def rows(database: str, schema: str, table: str, columns: list[tuple[str, _Column]]) -> Tag:
        """The rows in which each column has its value.

        Raises:
            KeyFieldError: A value is of no type that a tag can hold.
        """

    @staticmethod
    def table(database: str, schema: str, table: str) -> Tag:
        """A table, ended by any captured write."""

    @staticmethod
    def table_overflow(database: str, schema: str, table: str) -> Tag:
        """A table, ended by a write whose rows could not be listed."""

    @staticmethod
    def principal(kind: str, value: _Column) -> Tag:
        """Every answer made for a session, tenant or user."""

    @staticmethod
    def rights(kind: str, value: _Column) -> Tag:
        """Every answer that depends on the rights of a session, tenant or user."""

    @staticmethod
    def of_canonical(canonical: bytes) -> Tag:
        """The tag of canonical bytes: of those that `canonical` gave, here or elsewhere."""

    def canonical(self) -> bytes:
        """The canonical bytes: the same in every process and for good."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Load:
    """A load under way: what its loader may tell, and the ``outer`` of reads inside it."""

    def depends(self, tags: list[Tag]) -> None:
        """Adds tags to the answer; to be called before the data they cover is read."""

    def forbid_storing(self) -> None:
        """The answer is given to its caller and to nobody else."""

@disjoint_base
class CacheBase:
    """The base of `SureCache`: what names are made of, the engine, and the calls made most."""

    key_prefix: str
    version: int
    key_func: Any
    names_as_django: bool
    """Whether the class makes and checks names as Django's own do."""

    def __new__(cls, *_arguments: object, **_named: object) -> CacheBase: ...
    @property
    def engine(self) -> Engine:
        """The store, opened at first use and shared with all aliases and threads that mean it."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """The value under a key, or the default."""

    def _get_many(self, keys: Iterable[Any], version: int | None) -> dict[Any, Any]:
        """The values found, by key; one question for all of them."""

    def _set(self, key: object, value: object, timeout: float | None, version: int | None) -> bool:
        """Stores a value, as `Engine.set` does."""

    def _plain_name(self, key: object, version: int | None = None) -> str | None:
        """The name of a key as Django makes it; None where Django itself has to say what it is."""

@final
class Region:
    """A declared region in an engine.

    Admission says what the caller's context allows: ``full``; ``read_only`` where a load would see
    a fixed snapshot; ``bypass`` inside a transaction that has written.
    """

    def __new__(
        cls,
        engine: Engine,
        name: str,
        *,
        version: int,
        fields: KeyFields,
        scope: list[tuple[str, str, bool]],
        depends: list[tuple[object, ...]],
        ttl: float | None,
        stale_while_revalidate: float = 0.0,
        stale_if_error: float = 0.0,
        wait: float = 30.0,
        lease: float = 2.0,
        codec: str = "msgpack",
        structs: Shape | None = None,
    ) -> Region:
        """Takes a declaration.

        Args:
            scope: Kind (session, tenant, user), key field, whether rights decide; none is public.
            depends: ``("rows", database, schema, table, [(column, field)])``,
                ``("table", database, schema, table)`` or ``("named", name)``.
            ttl: Seconds; None for answers that only a writer ends.
            stale_while_revalidate: Seconds past the TTL while another reader refreshes.
            stale_if_error: Seconds past the TTL when the load fails.
            wait: Seconds that anyone waits for somebody else's live load.
            lease: Seconds that a lease stands without renewal.

        Raises:
            DeclarationError: It cannot be right.
        """

    def get_or_load(
        self,
        call: Callable[[Callable[..., object], dict[str, object], Load], object],
        loader: Callable[..., object],
        key: dict[str, object],
        admission: _Admission,
        outer: Load | None,
    ) -> object:
        """The answer; where it is not in the store, what ``call(loader, key, load)`` returns.

        Raises:
            LoadTimeout: Nobody's load ended within twice the region's wait.
            Exception: What the loader raised; who waited for it gets a copy, with it as the cause.
        """

    def get_or_load_in(self, caller: object, loader: object, key: dict[str, object]) -> object:
        """As `get_or_load`, fully admitted and outside of loads; ``caller._load`` is the call."""

    def get_or_load_many(
        self,
        call: Callable[[list[int], Load], dict[int, object]],
        keys: list[dict[str, object]],
        admission: _Admission,
        outer: Load | None,
    ) -> list[object]:
        """The answers of many keys, in order; ``call`` gets the indexes of those to load."""

    def peek(self, key: dict[str, object], default: object) -> object:
        """The answer, where it is in the store; the default where not."""

    def explain(self, key: dict[str, object]) -> dict[str, object]:
        """What stands under a key, and what a reader would make of it."""

    def invalidate(self, key: dict[str, object]) -> None:
        """Deletes one answer, and voids a load of it that is running."""

    def walk(self, key: dict[str, object], admission: _Admission, outer: Load | None) -> Walk:
        """A read that an event loop walks."""

@final
class Walk:
    """One read on its way. Dropped before its end it gives everything back."""

    def advance(self) -> tuple[str, object]:
        """What to do next.

        ``("ask", None)``: let the store be asked, by `Wire.ask`, or tell `unanswered`.
        ``("load", Load)``: run the loader, then `loaded` or `failed`. ``("await", seconds)``: wait
        for `on_landed`'s callback, then `waited`. ``("pause", seconds)``: sleep, then `paused`.
        ``("done", value)``: the end; a load that failed is raised.
        """

    def unanswered(self, why: str) -> None:
        """The store could not be asked."""

    def loaded(self, value: object) -> None:
        """The loader returned. Raises where the value cannot be stored as it is: then `failed`."""

    def failed(self, error: Exception) -> None:
        """The loader raised."""

    def on_landed(self, callback: Callable[[], object]) -> bool:
        """Calls back, from any thread, when the awaited flight lands; true where it has."""

    def waited(self) -> None:
        """The wait is over, whether the flight has landed or not."""

    def paused(self) -> None:
        """The pause is over."""

    def abandon(self) -> None:
        """Gives everything back; the walk is over."""

"""Regions: declared kinds of cached answers.

A region says under which key, for whom, for how long and depending on what an answer is kept. What
happens to a read is decided in the core; here the declaration is checked, the loader called, and
the database asked what it allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, ParamSpec, TypeVar, cast

from surecache._absent import ABSENT
from surecache._core import Region as CoreRegion
from surecache._core import Tag as CoreTag
from surecache.django import _engines, _loading, _registry, _transactions, _walking
from surecache.django._answers import Kept, NoAnswer, checked
from surecache.django._declaration import Declaration
from surecache.django._declare import Dependency
from surecache.django._loaders import Loaders
from surecache.django._loading import current, running
from surecache.django._scope import Scope, Uncacheable
from surecache.django._spans import Span
from surecache.django._transactions import BYPASS, FULL
from surecache.django._watch import busy
from surecache.errors import KeyFieldError, Misuse

if TYPE_CHECKING:
    from surecache._core import Engine, Load

__all__ = ["Region"]

_P = ParamSpec("_P")
_T = TypeVar("_T")

DEFAULT_TTL: Final = 300.0
_UNSCOPED: Final = Uncacheable("no scope was declared")
_NONE: Final = ()
"""What a call without such arguments has: there is one empty tuple."""


class Region:
    """A declared kind of cached answer.

    Args:
        name: Unique in the namespace.
        key: Name and type of each key field: int, str, bool, bytes, date, UUID, or one of them or
            None.
        scope: Who may be given the answer; `Uncacheable` for what cannot be cached.
        ttl: How long an answer is given, in seconds or as a timedelta; None: until it is ended.
            Default: 300 s.
        depends_on: What ends answers: rows, tables, named things.
        value: The type of answers that are dataclasses, msgspec structs or hold such.
        cache: The alias of the cache.
        database: The alias of the database that loaders read, and that `depends_on` is in.
        version: To be raised when the same key gives another answer than before.
        stale_while_revalidate: How long past its TTL an answer may be given while it is refreshed.
        stale_if_error: How long past its TTL an answer may be given when the load fails.
        wait: The longest that anyone waits for somebody else's live load. Default: of the cache.
        lease: How long a load that died keeps others from loading. Default: of the cache.
        codec: ``msgpack``, or ``pickle`` for values that the safe codec does not take.

    Raises:
        DeclarationError: Something cannot be right; says what was wanted and found.
    """

    def __init__(
        self,
        name: str,
        *,
        key: Mapping[str, Any],
        scope: Scope | Uncacheable = _UNSCOPED,
        ttl: Span | None = DEFAULT_TTL,
        depends_on: Iterable[Dependency] = (),
        value: Any = None,
        cache: str = "default",
        database: str = "default",
        version: int = 1,
        stale_while_revalidate: Span = 0.0,
        stale_if_error: Span = 0.0,
        wait: Span | None = None,
        lease: Span | None = None,
        codec: Literal["msgpack", "pickle"] = "msgpack",
    ) -> None:
        self.name = name
        self.cache = cache
        self.database = database
        self.place = _registry.place_of_caller()
        self.declaration = Declaration.of(
            name,
            key=key,
            scope=None if scope is _UNSCOPED else scope,
            ttl=ttl,
            depends_on=depends_on,
            value=value,
            version=version,
            stale_while_revalidate=stale_while_revalidate,
            stale_if_error=stale_if_error,
            wait=wait,
            lease=lease,
            codec=codec,
        )
        self.is_cacheable = not isinstance(scope, Uncacheable)
        self._loaders = Loaders(name)
        self._bound_in: object = None
        """The engines under which `_bound` is the region."""
        self._bound: CoreRegion
        _registry.add(self)

    def __repr__(self) -> str:
        return f"<Region {self.name}>"

    def get_or_load(self, loader: Callable[_P, _T], /, *unnamed: _P.args, **key: _P.kwargs) -> _T:
        """The answer; where none is found that may be believed, what the loader returns.

        One load runs for all who ask at once, over threads and processes; the others wait for it.
        Each caller gets a value of its own.

        Args:
            loader: Called in this thread with the key fields as keywords; the same one at each
                call. What it raises reaches the caller, and those who waited for it as a copy.
            unnamed: None: key fields are named.
            key: The key fields.

        Raises:
            KeyFieldError: A field is missing, unknown or of another type than declared.
            Misuse: The loader is another one than before, or the load that runs here may not hold
                the answer.
            LoadTimeout: Nobody's load ended within twice `wait`.
            ValueNotSupported: The value would not come back as it is.
        """
        known = self._loaders
        if loader is not known.usual and getattr(loader, "__code__", None) is not known.plain:
            known.check(loader, "plain")
        try:
            if (
                self._bound_in is _engines.opened
                and unnamed is _NONE
                and not busy
                and (not running or current() is None)
                and self.is_cacheable
            ):
                # The usual case, in as few calls as can be.
                read = self._bound.get_or_load_in(self, loader, key)
            elif unnamed:
                raise self._unnamed(unnamed)
            else:
                read = self._read(loader, key)
            return read  # type: ignore[return-value]
        except NoAnswer:
            return ABSENT  # type: ignore[return-value]

    async def aget_or_load(
        self, loader: Callable[_P, Any], /, *unnamed: _P.args, **key: _P.kwargs
    ) -> Any:
        """See `get_or_load`. A coroutine function is awaited in this task; another loader is called
        in the thread of Django's database calls. Nothing else blocks the event loop or a thread.
        """
        if unnamed:
            raise self._unnamed(unnamed)
        try:
            return await _walking.read(self, loader, key)
        except NoAnswer:
            return ABSENT

    def get_or_load_many(
        self,
        load_many: Callable[[list[dict[str, Any]]], Sequence[_T]],
        keys: Iterable[Mapping[str, Any]],
    ) -> list[_T]:
        """The answers of many keys, in their order: one fetch, one load of what is missing.

        Args:
            load_many: Called with the keys that this caller loads, each a dict of its fields;
                returns a value for each, in their order. May be called more than once.
            keys: The keys, each a mapping of its fields.

        Raises:
            Misuse: `load_many` returned another number of values than it was asked for, or reads
                one of these keys that is not there yet: it would wait for itself.
        """
        self._loaders.check(load_many, "many")
        listed = [dict(key) for key in keys]
        admission = self.admission()
        values: dict[int, Any] = {}
        call = partial(self._load_many, load_many, listed, values)
        around = _loading.around(admission == FULL)
        read = self.bound().get_or_load_many(call, listed, admission, around)
        if not self.is_cacheable:
            read = [values[index] for index in range(len(listed))]
        return cast("list[_T]", read)

    async def aget_or_load_many(
        self,
        load_many: Callable[[list[dict[str, Any]]], Any],
        keys: Iterable[Mapping[str, Any]],
    ) -> list[Any]:
        """See `get_or_load_many`. All of it happens in the thread of Django's database calls, where
        a coroutine function is awaited on the event loop.
        """
        return await _walking.read_many(self, load_many, keys)

    def peek(self, **key: Any) -> Any:
        """The answer that may be believed, or `ABSENT`. Loads nothing.

        Inside a loader it ends the storing of what is loaded: what was peeked at is not tracked.
        """
        loading = current()
        if loading is not None:
            loading.forbid_storing()
        if self.admission() == BYPASS:
            return ABSENT
        return self.bound().peek(key, ABSENT)

    def explain(self, **key: Any) -> dict[str, Any]:
        """What stands in the store for a key, and whether a read here would use it.

        Counts nothing and changes nothing. ``admission`` is what the transaction here allows.
        """
        explained = self.bound().explain(key)
        return {"region": self.name, "admission": self.admission(), **explained}

    def invalidate(self, **key: Any) -> None:
        """Deletes the answer of a key, and voids a load of it that runs; without a key: ends all
        answers of the region.

        Takes effect at the commit of the database's transaction, where one is open. Answers of
        other regions that were built from the one deleted are not ended: what they share is named
        in `depends_on`, and ended by `surecache.django.invalidate`.

        Raises:
            KeyFieldError: As in `get_or_load`.
            Unavailable: The store did not take it.
        """
        bound, tags = self.bound(), [CoreTag.region(self.name)]
        if key:
            self.declaration.check_key(key)
            # Whoever delivers for a killed process ends more than the key: all of the region.
            hook = _transactions.Hook(lambda: bound.invalidate(key), tags)
        else:
            engine = self.engine
            hook = _transactions.Hook(lambda: engine.invalidate(tags), tags)
        _transactions.at_commit(self.database, hook)

    async def ainvalidate(self, **key: Any) -> None:
        """See `invalidate`. Looks for the transaction in the thread of Django's database calls."""
        await _walking.in_thread(self.invalidate, **key)

    @property
    def engine(self) -> Engine:
        """The engine of the region's cache."""
        return _engines.of_alias(self.cache)[0]

    @property
    def tables(self) -> Mapping[str, frozenset[str]]:
        """The tables that answers depend on, each with the aliases of its databases."""
        return self.declaration.tables(self.database)

    def admission(self) -> _transactions.Admission:
        """What the database and the declaration allow a read here."""
        if not self.is_cacheable:
            return BYPASS
        return _transactions.admission(self.database)

    def bound(self) -> CoreRegion:
        """The region in the engine of its cache as the settings are now."""
        if self._bound_in is not _engines.opened:
            opened = _engines.opened
            engine, settings = _engines.of_alias(self.cache)
            self._bound = self.declaration.bind(engine, self.database, settings)
            self._bound_in = opened
        return self._bound

    def check_loader(self, loader: Callable[..., Any], flavour: str) -> None:
        """Takes a loader at its first use; another one later is refused."""
        self._loaders.check(loader, flavour)

    def entered(self, load: Load) -> Any:
        """While it lasts, a loader of this region runs here."""
        return _loading.entered(load if self.is_cacheable else None, self.database)

    def _read(self, loader: Callable[..., Any], key: dict[str, Any]) -> Any:
        bound, admission = self.bound(), self.admission()
        call = self._load if self.is_cacheable else Kept(self._load)
        around = _loading.around(admission == FULL)
        value = bound.get_or_load(call, loader, key, admission, around)
        return call.value if isinstance(call, Kept) else value

    def check_after(self, loading: _loading.Loading) -> None:
        """Asks again after the load: the loader may have left a transaction open."""
        if self.is_cacheable and self.admission() != FULL:
            loading.forbid_storing()

    def _load(self, loader: Callable[..., Any], key: Mapping[str, Any], load: Load) -> Any:
        with self.entered(load) as loading:
            value = loader(**key)
        self.check_after(loading)
        return checked(value)

    def _load_many(
        self,
        load_many: Callable[[list[dict[str, Any]]], Sequence[Any]],
        keys: list[dict[str, Any]],
        found: dict[int, Any],
        asked: list[int],
        load: Load,
    ) -> dict[int, Any]:
        with self.entered(load) as loading:
            values = load_many([dict(keys[index]) for index in asked])
        self.check_after(loading)
        if isinstance(values, str | bytes | Mapping) or not isinstance(values, Sequence):
            raise Misuse(
                f"region {self.name}: wanted a list of values in the order of the keys,"
                f" found: {type(values).__name__}"
            )
        if len(values) != len(asked):
            raise Misuse(
                f"region {self.name}: wanted a value for each of {len(asked)} keys,"
                f" found: {len(values)}"
            )
        brought = dict(zip(asked, values, strict=True))
        if self.is_cacheable:
            return brought
        found.update(brought)
        return dict.fromkeys(brought)

    def _unnamed(self, unnamed: Sequence[object]) -> KeyFieldError:
        names = ", ".join(f"{name}=..." for name in self.declaration.fields)
        return KeyFieldError(
            f"region {self.name}: wanted key fields by name ({names}), found without:"
            f" {len(unnamed)}"
        )

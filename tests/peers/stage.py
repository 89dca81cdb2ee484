"""What a scene is played on: caches of one subject, a server and a folder of its own."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, TypeVar

from django.core.cache import caches

from tests.django.database import in_a_file
from tests.peers import subjects
from tests.peers.loading import (
    CashewsLoading,
    DogpileLoading,
    Loading,
    RegionLoading,
    loop_in_a_thread,
)
from tests.servers import RedisServer

__all__ = ["Stage"]

_T = TypeVar("_T")


class Stage:
    """Opens what a scene asks for, and closes it at the end.

    Args:
        subject: The cache that the scene is played on.
        settings: Django's, which are put back after the test.
        by_region: Whether surecache keeps answers of loaders in a region.
    """

    def __init__(self, subject: str, settings: Any, *, by_region: bool = False) -> None:
        self.subject = subject
        self.settings = settings
        self.by_region = by_region
        self._opened = ExitStack()

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()

    def enter(self, context: AbstractContextManager[_T]) -> _T:
        """Enters a context that is left at the end."""
        return self._opened.enter_context(context)

    @cached_property
    def folder(self) -> Path:
        """Its name is short: names of sockets must be."""
        return Path(self.enter(TemporaryDirectory(prefix="surecache-peers-")))

    @cached_property
    def server(self) -> RedisServer:
        """A server that nobody else uses."""
        return self.enter(RedisServer(self.folder / "redis"))

    @cached_property
    def database(self) -> str:
        """The alias of a database with one row, whose text is "old"."""
        return self.enter(in_a_file(self.folder / "site.sqlite3"))

    @property
    def location(self) -> str:
        """Where the subject keeps its values."""
        is_local = self.subject in subjects.LOCAL
        server = "" if is_local else self.server.location
        return subjects.location(self.subject, self.folder, server)

    def caches(self, **aliases: dict[str, Any]) -> list[Any]:
        """Django's caches of these aliases, with what each wants: see `subjects.config`."""
        place = self.location
        self.settings.CACHES = {
            name: subjects.config(self.subject, wishes.pop("location", place), **wishes)
            for name, wishes in aliases.items()
        }
        return [caches[name] for name in aliases]

    def cache(self, **wishes: Any) -> Any:
        """The one cache that there is."""
        return self.caches(default=wishes)[0]

    def loading(self, database: str = "default", **wishes: Any) -> Loading:
        """What keeps the answer of a loader, by `get_or_set`, and ends it, by `delete`.

        Args:
            database: The alias of the database that loaders read.
            wishes: Of a cache that is one of Django's: see `subjects.config`.
        """
        if self.subject == "dogpile.cache":
            return DogpileLoading()
        if self.subject == "cashews":
            return CashewsLoading(self.enter(loop_in_a_thread()))
        cache = self.cache(**wishes)
        is_ours = self.subject not in subjects.PEERS
        return RegionLoading(database) if self.by_region and is_ours else cache

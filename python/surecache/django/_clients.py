"""Raw clients: redis-py on the settings of a cache, for what the cache itself does not have.

They are made at first use, one for each process and store, and never closed. What they read and
write is not sealed and knows nothing of the cache: keys of the cache are for the cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.cache import caches

from surecache._core import fork_generation, server_parts
from surecache.django._made_keys import CacheKey
from surecache.errors import Misuse

if TYPE_CHECKING:
    from redis import Redis

    from surecache.django._backend import SureCache
    from surecache.django.conf import Settings

__all__ = ["Client", "get_redis_connection"]

_clients: dict[tuple[int, tuple[object, ...]], Redis] = {}
"""By process: a forked child does not touch what its parent talks on."""


def get_redis_connection(alias: str = "default", write: bool = True) -> Redis:
    """The client of redis-py for a cache's server, with the cache's own settings.

    Args:
        alias: Of the cache.
        write: Taken for the sake of django-redis' callers: the server is the primary in any case.

    Raises:
        Misuse: The cache is no SureCache on a server, or redis-py is not installed.
    """
    from surecache.django._backend import SureCache

    cache = caches[alias]
    if not isinstance(cache, SureCache):
        name = f"{type(cache).__module__}.{type(cache).__qualname__}"
        raise Misuse(f"cache {alias}: wanted surecache.django.SureCache, found: {name}")
    return cache.client.get_client(write)


class Client:
    """What django-redis has as ``cache.client``: the raw client, and the cache's own methods."""

    def __init__(self, cache: SureCache) -> None:
        self._cache = cache

    def get_client(self, write: bool = True, tried: list[int] | None = None) -> Redis:
        """See `get_redis_connection`."""
        if self._cache.engine.is_local:
            raise Misuse("a raw client: wanted a cache on a server, found: one without")
        settings = self._cache.settings
        place = (fork_generation(), settings.store)
        client = _clients.get(place)
        if client is None:
            # Of two threads that make one at once, one gets the other's.
            client = _clients.setdefault(place, _made(settings))
        return client

    def make_key(self, key: Any, version: int | None = None, prefix: str | None = None) -> CacheKey:
        """The name of a key in the store; the cache's methods take it as that key."""
        if isinstance(key, CacheKey):
            return key
        if prefix is None:
            return CacheKey(self._cache.make_key(key, version))
        version = self._cache.version if version is None else version
        return CacheKey(self._cache.key_func(key, prefix, version))

    def make_pattern(
        self, pattern: str, version: int | None = None, prefix: str | None = None
    ) -> CacheKey:
        """The pattern of names in the store; the cache's methods take it as that pattern."""
        return CacheKey(self._cache.make_pattern(pattern, version, prefix))

    def __contains__(self, key: Any) -> bool:
        return key in self._cache

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(self._cache, name):
            raise AttributeError(f"cache.client: wanted a method of the cache, found: {name}")
        return getattr(self._cache, name)


def _made(settings: Settings) -> Redis:
    said = server_parts(settings.location)
    try:
        from redis import Redis
        from redis.sentinel import Sentinel
    except ImportError as error:
        raise Misuse(
            "a raw client: wanted the package redis, found none\nhint: pip install redis"
        ) from error
    common = {
        "socket_connect_timeout": settings.connect_timeout or said["connect_timeout"],
        "socket_timeout": settings.timeout or said["timeout"],
        **_secured(settings, said),
    }
    own = {
        "db": said["database"],
        "username": said["username"],
        "password": said["password"],
        "max_connections": settings.max_connections,
        **common,
    }
    if said["service"] is not None:
        sentinels: Any = Sentinel  # it has no types
        found = sentinels(said["servers"], sentinel_kwargs=common, **own)
        client: Redis = found.master_for(said["service"])
        return client
    host, port = said["servers"][0]
    where = {"unix_socket_path": host} if port is None else {"host": host, "port": port}
    return Redis(**where, **own)


def _secured(settings: Settings, said: dict[str, Any]) -> dict[str, Any]:
    if not said["tls"]:
        return {}
    certificate, key = settings.tls_identity or (None, None)
    return {
        "ssl": True,
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
        "ssl_ca_certs": settings.tls_ca_file,
        "ssl_certfile": certificate,
        "ssl_keyfile": key,
    }

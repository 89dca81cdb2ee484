"""surecache in Django: the cache backend, and regions for services.

surecache.django
    SureCache           CACHES["default"]["BACKEND"]; _twins its asynchronous half
    conf, _engines      settings of an alias; one engine for all that are alike
    Region              a declared kind of cached answer; _walking its asynchronous half
    Scope, Uncacheable  who may be given an answer
    Row, Rows, Table, Tag   what an answer depends on
    depends, invalidate, revoke   what a loader found; what ends answers
    get_redis_connection   the raw client of a cache on a server
    _transactions, _watch, _statements   what the database allows a read to do
    apps, checks, management   wiring, system checks, `manage.py surecache`

Settings are read when a cache is first used, never at import.
"""

from __future__ import annotations

from surecache._absent import ABSENT
from surecache.django._backend import SureCache
from surecache.django._clients import get_redis_connection
from surecache.django._declare import Row, Rows, Table, Tag
from surecache.django._ending import ainvalidate, arevoke, invalidate, revoke
from surecache.django._loading import depends
from surecache.django._region import Region
from surecache.django._scope import Scope, Uncacheable

__all__ = [
    "ABSENT",
    "Region",
    "Row",
    "Rows",
    "Scope",
    "SureCache",
    "Table",
    "Tag",
    "Uncacheable",
    "ainvalidate",
    "arevoke",
    "depends",
    "get_redis_connection",
    "invalidate",
    "revoke",
]

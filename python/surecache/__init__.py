"""The cache that is hard to get wrong.

`surecache.errors` has the exceptions, `surecache.django` (where Django is installed) the cache
backend and the regions. `surecache._core` is the native module: private.
"""

from __future__ import annotations

from surecache.errors import (
    Corrupt,
    DeclarationError,
    KeyFieldError,
    LoadTimeout,
    LockError,
    LockLost,
    LockNotHeld,
    LockTimeout,
    Misuse,
    SurecacheError,
    Unavailable,
    ValueNotSupported,
    WrongKind,
)

__all__ = [
    "Corrupt",
    "DeclarationError",
    "KeyFieldError",
    "LoadTimeout",
    "LockError",
    "LockLost",
    "LockNotHeld",
    "LockTimeout",
    "Misuse",
    "SurecacheError",
    "Unavailable",
    "ValueNotSupported",
    "WrongKind",
]

"""The exceptions of surecache.

SurecacheError
    Misuse                  calling code, a declaration or a setting is wrong
        DeclarationError    a region is declared in a way that cannot be right
        KeyFieldError       a key field has a wrong type or name (also a TypeError)
        ValueNotSupported   a value would not come back as it is (also a TypeError)
        WrongKind           the key holds something else (also a TypeError)
    Unavailable             the store could not be reached, or refused
    Corrupt                 stored bytes or the store's files are damaged
    LoadTimeout             somebody else's load did not end in time (also a TimeoutError)
    LockError               a lock is not what the caller took it for
        LockLost            it is not held any more: its time was over before it was released
        LockNotHeld         the caller has not acquired it
        LockTimeout         others held it for all of blocking_timeout (also a TimeoutError)

What a loader raises is never among them: it reaches the caller untouched.
"""

from __future__ import annotations

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


class SurecacheError(Exception):
    """Whatever surecache itself could not do."""


class Misuse(SurecacheError):
    """The calling code, a declaration or a setting is wrong: mend it; trying again is no use."""


class DeclarationError(Misuse):
    """A region, a scope or a dependency is declared in a way that cannot be right."""


class KeyFieldError(Misuse, TypeError):
    """A key field is missing, unknown, or of another type than declared."""


class ValueNotSupported(Misuse, TypeError):
    """A value would not come back equal and of the same type, so it is not stored.

    The message begins with the path of the part that is not supported, such as
    ``value.items[3].price``.
    """


class WrongKind(Misuse, TypeError):
    """The key holds another kind of thing than the call is for: a set, say, and not a value."""


class Unavailable(SurecacheError):
    """The store could not be reached, or refused.

    What was asked may have been carried out all the same.
    """


class Corrupt(SurecacheError):
    """Stored bytes, or the files of the store, are damaged."""


class LoadTimeout(SurecacheError, TimeoutError):
    """Somebody else's load did not end within the time that is waited for one."""


class LockError(SurecacheError):
    """A lock is not what the caller took it for."""


class LockLost(LockError):
    """A lock was not held any more when it was released or prolonged: its time was over before.

    Others may have held it since, so that what it protects may have been changed by two at once.
    """


class LockNotHeld(LockError):
    """A lock was released, prolonged or looked at by one who has not acquired it."""


class LockTimeout(LockError, TimeoutError):
    """A lock was held by others for all of the time that was to be waited for it."""

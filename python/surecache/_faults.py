"""Exceptions of a load, for those who waited for it."""

from __future__ import annotations

import copy

__all__ = ["copy_of"]


def copy_of(error: Exception) -> Exception:
    """A copy of a loader's exception, with the original as its cause.

    An exception object belongs to one raise: its traceback and context change as it travels. One
    that cannot be copied is handed out itself.
    """
    try:
        twin = copy.copy(error)
    except Exception:  # whatever a class does in its own copying
        return error
    if type(twin) is not type(error) or twin is error:
        return error
    twin.__cause__ = error
    return twin

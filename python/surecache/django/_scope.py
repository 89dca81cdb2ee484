"""Who may be given an answer.

A scope stands in a region's declaration with the names of key fields, and in `invalidate` with the
value of one principal.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from surecache._core import Tag as CoreTag
from surecache.errors import DeclarationError, Misuse

__all__ = ["Principal", "Scope", "Uncacheable"]


@dataclass(frozen=True)
class Principal:
    """One party of a scope: its kind, the key field that names it (or its value), and whether its
    rights decide.
    """

    kind: str
    value: object
    authz: bool


@dataclass(frozen=True)
class Scope:
    """Who may be given the answer; not what it is about.

    It is part of the key and of the seal: an answer made for one principal is never found for
    another. `Scope.public`, `Scope.tenant`, `Scope.user`, `Scope.session`; joined with ``&``.
    """

    principals: tuple[Principal, ...]
    reason: str | None = None

    @classmethod
    def public(cls, reason: str) -> Scope:
        """Anybody may be given the answer.

        Args:
            reason: Why, for whoever reads the declaration.
        """
        return cls((), _reason("Scope.public", reason))

    @classmethod
    def tenant(cls, field: object, authz: bool = False) -> Scope:
        """One customer of a shared system only. Arguments as in `user`."""
        return cls((Principal("tenant", field, authz),))

    @classmethod
    def user(cls, field: object, authz: bool = False) -> Scope:
        """One user only.

        Args:
            field: In a declaration the name of the key field that holds the user's id; in
                `invalidate` the id.
            authz: The answer depends on the user's rights: `revoke` ends it.
        """
        return cls((Principal("user", field, authz),))

    @classmethod
    def session(cls, field: object, authz: bool = False) -> Scope:
        """One session only. Arguments as in `user`."""
        return cls((Principal("session", field, authz),))

    def __and__(self, other: object) -> Scope:
        """For those only who are both."""
        if not isinstance(other, Scope):
            return NotImplemented
        if not self.principals or not other.principals:
            raise DeclarationError(f"wanted principals on both sides of &, found: {self} & {other}")
        joined = Scope(self.principals + other.principals)
        kinds = [principal.kind for principal in joined.principals]
        if len(set(kinds)) < len(kinds):
            raise DeclarationError(f"wanted one principal of a kind, found: {joined}")
        return joined

    def __str__(self) -> str:
        if not self.principals:
            return f"Scope.public({self.reason!r})"
        return " & ".join(map(_shown, self.principals))

    @property
    def has_authz(self) -> bool:
        """Whether rights decide."""
        return any(principal.authz for principal in self.principals)

    def declared(self, region: str, fields: Collection[str]) -> list[tuple[str, str, bool]]:
        """Kind, key field and authz of each principal, for the core.

        Raises:
            DeclarationError: A field is not in the key.
        """
        found = []
        for kind, value, authz in ((each.kind, each.value, each.authz) for each in self.principals):
            if not isinstance(value, str) or value not in fields:
                names = ", ".join(fields) or "none"
                raise DeclarationError(
                    f"region {region}: wanted a scope of key fields ({names}),"
                    f" found: Scope.{kind}({value!r})"
                    f"\nhint: put who it is made for into the key: key={{{value!r}: ...}}"
                )
            found.append((kind, value, authz))
        return found

    def tag(self) -> CoreTag:
        """The tag of all answers made for this principal.

        Raises:
            Misuse: It is not exactly one principal.
        """
        kind, value = self.principal()
        return CoreTag.principal(kind, value)

    def principal(self) -> tuple[str, Any]:
        """Kind and value of the one principal."""
        if len(self.principals) != 1:
            raise Misuse(
                f"wanted one principal, found: {self}"
                "\nhint: name each by itself: all of its answers end"
            )
        only = self.principals[0]
        return only.kind, only.value


@dataclass(frozen=True)
class Uncacheable:
    """Stands where a scope stands, for answers whose context cannot be put into a key.

    Such a region always loads and stores nothing; it is counted, and so is who uses it.
    """

    reason: str

    def __post_init__(self) -> None:
        _reason("Uncacheable", self.reason)


def _reason(where: str, reason: object) -> str:
    if not isinstance(reason, str) or not reason.strip():
        raise DeclarationError(f"{where}: wanted a reason in words, found: {reason!r}")
    return reason


def _shown(principal: Principal) -> str:
    authz = ", authz=True" if principal.authz else ""
    return f"Scope.{principal.kind}({principal.value!r}{authz})"

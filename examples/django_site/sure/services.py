"""The services on surecache: the same reads and writes as in `naive`, in about as many lines.

This version of surecache does not yet watch the database, so each write function names what it
has changed with `invalidate` or `revoke`. Inside a transaction these take effect at its commit.
"""

from typing import Any

from accounts.models import AuditEntry, Membership, TeamPermission, User
from accounts.queries import read_profile, read_rights
from django.db import transaction
from django.db.models import F
from events.queries import read_dashboard
from flags.models import Flag
from measured.loads import count_load
from surecache.django import Row, Rows, Table, invalidate, revoke

from sure import regions


def load_profile(user_id: int) -> dict[str, Any]:
    count_load("surecache", "profile", user_id)
    return read_profile(user_id)


def load_rights(user_id: int, team_id: int) -> dict[str, Any]:
    return read_rights(user_id, team_id)


def load_dashboard(user_id: int, team_id: int) -> dict[str, Any]:
    count_load("surecache", "dashboard", team_id)
    rights = regions.rights.get_or_load(load_rights, user_id=user_id, team_id=team_id)
    return read_dashboard(user_id, team_id, rights)


def load_flags() -> dict[str, bool]:
    count_load("surecache", "flags", 0)
    return dict(Flag.objects.order_by("name").values_list("name", "enabled"))


def get_user_profile(user_id: int) -> dict[str, Any]:
    return regions.user_profile.get_or_load(load_profile, user_id=user_id)


@transaction.atomic
def update_user_profile(user_id: int, **data: str) -> int:
    """Changes the profile and returns its new version."""
    User.objects.filter(id=user_id).update(version=F("version") + 1, **data)
    invalidate(Row(User, id=user_id))
    AuditEntry.objects.create(user_id=user_id, text=f"profile: {', '.join(sorted(data))}")
    return User.objects.values_list("version", flat=True).get(id=user_id)


def get_dashboard(user_id: int, team_id: int) -> dict[str, Any]:
    return regions.dashboard.get_or_load(load_dashboard, user_id=user_id, team_id=team_id)


def grant_permission(user_id: int, team_id: int, kind: str) -> None:
    TeamPermission.objects.get_or_create(user_id=user_id, team_id=team_id, kind=kind)
    invalidate(Rows(TeamPermission, user_id=user_id))


def revoke_permission(user_id: int, team_id: int, kind: str) -> None:
    TeamPermission.objects.filter(user_id=user_id, team_id=team_id, kind=kind).delete()
    revoke(User(id=user_id))


def change_role(user_id: int, team_id: int, role: str) -> int:
    """Gives the user another role in the team and returns the membership's new version."""
    membership = Membership.objects.filter(user_id=user_id, team_id=team_id)
    membership.update(role=role, version=F("version") + 1)
    invalidate(Rows(Membership, user_id=user_id))
    return membership.values_list("version", flat=True).get()


def get_flags() -> dict[str, bool]:
    return regions.flags.get_or_load(load_flags)


def set_flag(name: str, enabled: bool) -> None:
    Flag.objects.filter(name=name).update(enabled=enabled)
    invalidate(Table(Flag))

"""The usual cache-aside, as most articles write it, over Django's own file-based cache.

Nothing here is slowed down or made worse on purpose; each function is what is usually found.
What goes wrong, and which part of the demo counts it:

- `get`, `if None`, `set`: whoever finds the key cold loads it, all at once (a);
- the dashboard's key leaves out the user whose permissions shaped the answer (b);
- a revoked permission lives on in the cached answer until its TTL (c);
- the delete stands inside the transaction: a reader refills the old row before the commit (d);
- the delete does not reach a load that is already running, which then stores the old answer (e).
"""

from typing import Any

from accounts.models import AuditEntry, Membership, TeamPermission, User
from accounts.queries import read_profile, read_rights
from django.core.cache import caches
from django.db import transaction
from django.db.models import F
from events.queries import read_dashboard
from flags.models import Flag
from measured.loads import count_load

PROFILE_TTL_S = 300
DASHBOARD_TTL_S = 15
FLAGS_TTL_S = 60

cache = caches["naive"]


def get_user_profile(user_id: int) -> dict[str, Any]:
    key = f"user_profile:{user_id}"
    profile = cache.get(key)
    if profile is None:
        count_load("naive", "profile", user_id)
        profile = read_profile(user_id)
        cache.set(key, profile, PROFILE_TTL_S)
    return profile


@transaction.atomic
def update_user_profile(user_id: int, **data: str) -> int:
    """Changes the profile and returns its new version."""
    User.objects.filter(id=user_id).update(version=F("version") + 1, **data)
    cache.delete(f"user_profile:{user_id}")
    AuditEntry.objects.create(user_id=user_id, text=f"profile: {', '.join(sorted(data))}")
    return User.objects.values_list("version", flat=True).get(id=user_id)


def get_dashboard(user_id: int, team_id: int) -> dict[str, Any]:
    key = f"dashboard:{team_id}"
    dashboard = cache.get(key)
    if dashboard is None:
        count_load("naive", "dashboard", team_id)
        rights = read_rights(user_id, team_id)
        dashboard = read_dashboard(user_id, team_id, rights)
        cache.set(key, dashboard, DASHBOARD_TTL_S)
    return dashboard


def grant_permission(user_id: int, team_id: int, kind: str) -> None:
    TeamPermission.objects.get_or_create(user_id=user_id, team_id=team_id, kind=kind)


def revoke_permission(user_id: int, team_id: int, kind: str) -> None:
    TeamPermission.objects.filter(user_id=user_id, team_id=team_id, kind=kind).delete()


def change_role(user_id: int, team_id: int, role: str) -> int:
    """Gives the user another role in the team and returns the membership's new version."""
    membership = Membership.objects.filter(user_id=user_id, team_id=team_id)
    membership.update(role=role, version=F("version") + 1)
    cache.delete(f"dashboard:{team_id}")
    return membership.values_list("version", flat=True).get()


def get_flags() -> dict[str, bool]:
    flags = cache.get("flags")
    if flags is None:
        count_load("naive", "flags", 0)
        flags = dict(Flag.objects.order_by("name").values_list("name", "enabled"))
        cache.set("flags", flags, FLAGS_TTL_S)
    return flags


def set_flag(name: str, enabled: bool) -> None:
    Flag.objects.filter(name=name).update(enabled=enabled)
    cache.delete("flags")

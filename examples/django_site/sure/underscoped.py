"""The naive dashboard's key, declared with surecache: what it says to that.

The naive key is the team alone, although the answer depends on the user's permissions.
"""

from collections.abc import Callable

from surecache.django import Region, Scope

from sure import regions
from sure.services import load_rights

KEY = {"team_id": int}


def refusals(user_id: int, team_id: int) -> list[dict[str, str]]:
    """Tries the under-scoped declarations; each item says what was tried and the refusal.

    An item without a refusal has an empty one: the demo takes that as a failure.
    """

    def without_scope() -> None:
        Region("dashboard_without_scope", key=KEY, ttl=15)  # type: ignore[call-arg]

    def scope_outside_key() -> None:
        Region("dashboard_scope_outside_key", key=KEY, ttl=15, scope=Scope.user("user_id"))

    def rights_in_the_loader() -> None:
        region = Region("dashboard_by_team", key=KEY, ttl=15, scope=Scope.tenant("team_id"))
        region.get_or_load(load_by_team, team_id=team_id)

    def load_by_team(team_id: int) -> dict[str, object]:
        return regions.rights.get_or_load(load_rights, user_id=user_id, team_id=team_id)

    return [
        tried("key: the team; no scope", without_scope),
        tried("key: the team; scope: a user who is not in the key", scope_outside_key),
        tried("key and scope: the team; its loader reads a user's rights", rights_in_the_loader),
    ]


def tried(declaration: str, declare: Callable[[], None]) -> dict[str, str]:
    """Runs `declare` and notes its error."""
    try:
        declare()
    except Exception as error:  # which class it is belongs to what is shown
        return {"declaration": declaration, "refusal": f"{type(error).__name__}: {error}"}
    return {"declaration": declaration, "refusal": ""}

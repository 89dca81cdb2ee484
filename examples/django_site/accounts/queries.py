"""What both halves of the site read about users: straight from the database, no cache."""

from typing import Any

from accounts.models import Membership, TeamPermission, User


class NotAMemberError(LookupError):
    """The user does not belong to the team."""


def read_profile(user_id: int) -> dict[str, Any]:
    """The profile page of one user.

    Raises:
        User.DoesNotExist: there is no such user.
    """
    user = User.objects.get(id=user_id)
    teams = Membership.objects.filter(user_id=user_id).order_by("team_id")
    return {
        "user_id": user.id,
        "name": user.get_full_name(),
        "title": user.title,
        "email": user.email,
        "version": user.version,
        "teams": list(teams.values_list("team__name", flat=True)),
    }


def read_rights(user_id: int, team_id: int) -> dict[str, Any]:
    """Role and visible kinds of events of one user in one team.

    Raises:
        NotAMemberError: the user does not belong to the team.
    """
    membership = (
        Membership.objects.filter(user_id=user_id, team_id=team_id)
        .values("role", "version", "team__name")
        .first()
    )
    if membership is None:
        raise NotAMemberError(f"wanted a member of team {team_id}, found user: {user_id}")
    kinds = TeamPermission.objects.filter(user_id=user_id, team_id=team_id)
    return {
        "team": membership["team__name"],
        "role": membership["role"],
        "role_version": membership["version"],
        "permissions": list(kinds.order_by("kind").values_list("kind", flat=True)),
    }

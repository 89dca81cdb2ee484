"""Who asks. The example has no passwords: a header, or a cookie in the browser, names the user."""

from typing import Any

from accounts.models import Team, User
from django.core.exceptions import BadRequest
from django.http import HttpRequest

COOKIE = "acting_as"
FIRST_USER = 1


class BadUserError(BadRequest):
    """The request names no usable user."""


def acting_user(request: HttpRequest) -> int:
    """The id of the user who asks; the first user when nobody is named.

    Raises:
        BadUserError: the header or cookie is not a number.
    """
    named = request.headers.get("X-User-Id") or request.COOKIES.get(COOKIE) or str(FIRST_USER)
    if not named.isdecimal():
        raise BadUserError(f"wanted the number of a user, found: {named}")
    return int(named)


def context(request: HttpRequest) -> dict[str, Any]:
    """For every page: who asks, and whom one can be. Straight from the database, no cache."""
    user_id = acting_user(request)
    return {
        "acting": User.objects.filter(id=user_id).first(),
        "acting_id": user_id,
        "home_team": Team.objects.filter(membership__user_id=user_id).order_by("id").first(),
        "path": request.path,
    }

"""The pages to click through: both halves side by side, and what each read cost.

A button writes through the write functions of both halves, one after the other, so that each
has the chance to keep its own cache right.
"""

from dataclasses import dataclass
from typing import Any

from accounts.models import Membership, Team, TeamPermission, User
from accounts.queries import NotAMemberError
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from events.models import KINDS

from pages.acting import COOKIE, acting_user
from pages.halves import Read, load_half, read
from pages.plot import draw_days

YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True)
class Card:
    """What one half answered: a read, or the words of why there is none."""

    half: str
    read: Read | None
    error: str = ""
    explanation: str = ""

    @property
    def value(self) -> Any:
        return self.read.value if self.read else None


def ask(half: str, service: str, **key: Any) -> Card:
    """One half's answer; the user's lack of rights is an answer too."""
    explain = getattr(load_half(half), "explain", None)
    explanation = explain(service, **key) if explain else ""
    try:
        return Card(half, read(half, service, **key), explanation=explanation)
    except NotAMemberError as error:
        return Card(half, None, error=str(error))


def ask_all(service: str, **key: Any) -> list[Card]:
    return [ask(half, service, **key) for half in settings.HALVES]


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    teams = Team.objects.order_by("id")
    users = User.objects.order_by("id").prefetch_related("membership_set__team")
    return render(request, "home.html", {"teams": teams, "users": users[:36]})


@require_GET
def profile(request: HttpRequest, user_id: int) -> HttpResponse:
    get_object_or_404(User, id=user_id)
    cards = ask_all("get_user_profile", user_id=user_id)
    return render(request, "profile.html", {"cards": cards, "user_id": user_id})


@require_GET
def dashboard(request: HttpRequest, team_id: int) -> HttpResponse:
    team = get_object_or_404(Team, id=team_id)
    user_id = acting_user(request)
    cards = ask_all("get_dashboard", user_id=user_id, team_id=team_id)
    mine = TeamPermission.objects.filter(user_id=user_id, team_id=team_id)
    held = set(mine.values_list("kind", flat=True))
    return render(
        request,
        "dashboard.html",
        {
            "team": team,
            "cards": [
                (card, draw_days(card.value["days"]) if card.value else "") for card in cards
            ],
            "kinds": [(kind, kind in held) for kind in KINDS],
            "held": sorted(held),
            "is_member": Membership.objects.filter(user_id=user_id, team_id=team_id).exists(),
        },
    )


@require_GET
def flags(request: HttpRequest) -> HttpResponse:
    return render(request, "flags.html", {"cards": ask_all("get_flags")})


@require_POST
def act_as(request: HttpRequest) -> HttpResponse:
    user = get_object_or_404(User, id=request.POST.get("user") or 0)
    team = Team.objects.filter(membership__user=user).order_by("id").first()
    response = redirect("dashboard", team.id) if team else redirect("home")
    response.set_cookie(COOKIE, str(user.id), max_age=YEAR_S, httponly=True, samesite="Lax")
    return response


@require_POST
def save_profile(request: HttpRequest, user_id: int) -> HttpResponse:
    get_object_or_404(User, id=user_id)
    title = request.POST.get("title", "").strip()
    if not 0 < len(title) <= 80:
        return HttpResponseBadRequest(f"wanted a title of 1 to 80 characters, found: {title}")
    for half in settings.HALVES:
        load_half(half).update_user_profile(user_id, title=title)
    return redirect("profile", user_id)


@require_POST
def set_permission(request: HttpRequest, team_id: int) -> HttpResponse:
    kind, user_id = request.POST.get("kind", ""), acting_user(request)
    get_object_or_404(Membership, user_id=user_id, team_id=team_id)
    if kind not in KINDS:
        return HttpResponseBadRequest(f"wanted one of {', '.join(KINDS)}, found: {kind}")
    revoking = request.POST.get("do") == "revoke"
    for half in settings.HALVES:
        services = load_half(half)
        write = services.revoke_permission if revoking else services.grant_permission
        write(user_id, team_id, kind)
    return redirect("dashboard", team_id)


@require_POST
def set_flag(request: HttpRequest) -> HttpResponse:
    for half in settings.HALVES:
        load_half(half).set_flag(request.POST.get("name", ""), request.POST.get("do") == "on")
    return redirect("flags")

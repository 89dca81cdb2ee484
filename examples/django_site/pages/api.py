"""The site as JSON, for the demo's clients: each half under its own address.

Each answer is an envelope: `value`, `loaded` (this request ran the loader), `took_ms` (the call
of the service) and `worker` (process id). Writes answer when the service function has returned.
"""

import json
import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from accounts.models import User
from accounts.queries import NotAMemberError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from pages.acting import BadUserError, acting_user
from pages.halves import Read, load_half, read

View = Callable[..., JsonResponse]


def api(view: View) -> View:
    """Turns the errors that a caller can cause into answers that say what was wrong."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        try:
            return view(request, *args, **kwargs)
        except NotAMemberError as error:
            return JsonResponse({"error": str(error)}, status=403)
        except User.DoesNotExist as error:
            return JsonResponse({"error": str(error)}, status=404)
        except (BadUserError, KeyError, json.JSONDecodeError) as error:
            return JsonResponse({"error": f"bad request: {error}"}, status=400)

    return csrf_exempt(answer)


def envelope(answer: Read) -> JsonResponse:
    return JsonResponse(
        {
            "value": answer.value,
            "loaded": answer.loaded,
            "took_ms": round(answer.took_ms, 4),
            "worker": os.getpid(),
        }
    )


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"worker": os.getpid()})


@api
@require_GET
def profile(request: HttpRequest, half: str, user_id: int) -> JsonResponse:
    return envelope(read(half, "get_user_profile", user_id=user_id))


@api
@require_GET
def dashboard(request: HttpRequest, half: str, team_id: int) -> JsonResponse:
    user_id = acting_user(request)
    return envelope(read(half, "get_dashboard", user_id=user_id, team_id=team_id))


@api
@require_POST
def update_profile(request: HttpRequest, half: str, user_id: int) -> JsonResponse:
    title = json.loads(request.body)["title"]
    version = load_half(half).update_user_profile(user_id, title=title)
    return JsonResponse({"version": version})


@api
@require_POST
def change_role(request: HttpRequest, half: str, team_id: int, user_id: int) -> JsonResponse:
    role = json.loads(request.body)["role"]
    return JsonResponse({"version": load_half(half).change_role(user_id, team_id, role)})


@api
@require_POST
def revoke(request: HttpRequest, half: str, team_id: int, user_id: int) -> JsonResponse:
    kind = json.loads(request.body)["kind"]
    load_half(half).revoke_permission(user_id, team_id, kind)
    return JsonResponse({"revoked": kind})

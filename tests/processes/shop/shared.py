"""The region that a Rust program declares too: `crates/surecache/examples/shared_region.rs`."""

from typing import Any

from django.core.cache import cache
from surecache.django import Region, Row, Scope, invalidate

from tests.processes.shop.worker import stop_at

SAME = "the profile page is the same for everybody"

user_profile = Region(
    "user_profile",
    key={"user_id": int},
    scope=Scope.public(SAME),
    ttl=300,
    depends_on=[Row("auth_user", id="user_id")],
)


def profile(user_id: int, name: str) -> dict[str, Any]:
    """A value of every type that both languages have."""
    return {
        "user_id": user_id,
        "name": name,
        "email": "ada@example.org",
        "score": -1.25,
        "teams": ["core", "z\xfcrich", ""],
        "flags": {"beta": False, "new": True},
    }


def get(user_id: int, gate: str | None = None) -> dict[str, Any]:
    """Reads; a load, where one is needed, stops at the gate. Tells whether it loaded."""
    loaded = []

    def load(user_id: int) -> dict[str, Any]:
        loaded.append(user_id)
        if gate:
            stop_at(gate)
        return profile(user_id, "loaded by Django")

    value = user_profile.get_or_load(load, user_id=user_id)
    return {"value": value, "loaded": bool(loaded)}


def update(user_id: int) -> None:
    """Says that the user's row has changed."""
    invalidate(Row("auth_user", id=user_id))


def delete(user_id: int) -> None:
    """Deletes the answer for the user."""
    user_profile.invalidate(user_id=user_id)


def explain(user_id: int) -> str | None:
    """Why a reader would not use what stands there; ``None`` where it would."""
    return user_profile.explain(user_id=user_id)["refusal"]


def counts() -> dict[str, Any]:
    """Outcomes and refusals of this process."""
    numbers = cache.engine.own_statistics()["user_profile"]
    return {"outcomes": numbers["outcomes"], "refusals": numbers["refusals"]}

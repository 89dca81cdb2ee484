"""What is cached: for whom, for how long, and what it depends on.

The scope says who may be given an answer. It is part of the key and of the seal, so an answer
that was made for one user cannot be given to another.
"""

from accounts.models import Membership, Team, TeamPermission, User
from flags.models import Flag
from surecache.django import Region, Row, Rows, Scope, Table

user_profile = Region(
    "user_profile",
    key={"user_id": int},
    scope=Scope.public("the profile page is the same for everybody"),
    ttl=300,
    depends_on=[Row(User, id="user_id"), Rows(Membership, user_id="user_id")],
)

# What a user may do in a team. `authz=True`: revoke(user) ends every answer of this scope.
rights = Region(
    "rights",
    key={"user_id": int, "team_id": int},
    scope=Scope.tenant("team_id") & Scope.user("user_id", authz=True),
    ttl=300,
    depends_on=[Rows(Membership, user_id="user_id"), Rows(TeamPermission, user_id="user_id")],
)

# Five minutes although permissions shape the answer: the TTL is not the lifetime of a permission.
dashboard = Region(
    "dashboard",
    key={"user_id": int, "team_id": int},
    scope=Scope.tenant("team_id") & Scope.user("user_id", authz=True),
    ttl=300,
    depends_on=[
        Row(Team, id="team_id"),
        Rows(Membership, user_id="user_id"),
        Rows(TeamPermission, user_id="user_id"),
    ],
)

flags = Region(
    "flags",
    key={},
    scope=Scope.public("switches are the same for everybody"),
    ttl=60,
    depends_on=[Table(Flag)],
)

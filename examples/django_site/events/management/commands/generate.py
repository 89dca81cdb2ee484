"""`manage.py generate`: fills an empty database with the same people and events each time."""

import itertools
import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from accounts.models import Membership, Team, TeamPermission, User
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from flags.models import Flag

from events.models import KINDS, Event

SEED = 20
TEAMS = 20
USERS_PER_TEAM = 12
EVENTS = 800_000
DAYS = 120
ACTORS = 3000
FIRST_DAY = date(2025, 1, 1)
BATCH_ROWS = 100_000
FLAGS = {"dark_mode": False, "export_csv": True, "new_search": False, "weekly_mail": True}

GIVEN = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gita", "Hugo", "Iris", "Jon", "Kim", "Lea")
FAMILY = ("Adler", "Brook", "Costa", "Dunn", "Egli", "Ford", "Gray", "Hale", "Iver", "Jung")
NAMES = ("Harbour", "Orchard", "Summit", "Meadow", "Canyon", "Lantern", "Beacon", "Willow",
         "Granite", "Juniper", "Falcon", "Cobalt", "Prairie", "Saffron", "Thistle", "Driftwood",
         "Compass", "Marble", "Tundra", "Velvet")  # fmt: skip


class Command(BaseCommand):
    help = "Fill an empty database with users, teams, permissions, flags and events."

    def handle(self, *args: Any, **options: Any) -> None:
        if Team.objects.exists():
            raise CommandError("wanted an empty database, found one with teams")
        started = time.perf_counter()
        with transaction.atomic():
            make_people()
            Flag.objects.bulk_create(Flag(name=name, enabled=on) for name, on in FLAGS.items())
            self.stdout.write(f"{TEAMS} teams, {TEAMS * USERS_PER_TEAM} users")
            for done in insert_events():
                seconds = time.perf_counter() - started
                self.stdout.write(f"{done:,} of {EVENTS:,} events after {seconds:.1f} s")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def make_people() -> None:
    """Twelve users a team; each has another set of permissions, the first one all of them.

    The first user of a team is a member of the next team too, with one permission there.
    """
    Team.objects.bulk_create(Team(id=n, name=NAMES[n - 1]) for n in range(1, TEAMS + 1))
    users = range(1, TEAMS * USERS_PER_TEAM + 1)
    User.objects.bulk_create(map(make_user, users))
    sets = permission_sets()
    members, permissions = [], []
    for user_id in users:
        team_id, place = 1 + (user_id - 1) // USERS_PER_TEAM, (user_id - 1) % USERS_PER_TEAM
        members.append(Membership(user_id=user_id, team_id=team_id))
        rights = [(team_id, kind) for kind in sets[place]]
        if place == 0:
            members.append(Membership(user_id=user_id, team_id=team_id % TEAMS + 1))
            rights.append((team_id % TEAMS + 1, "visits"))
        permissions += [TeamPermission(user_id=user_id, team_id=t, kind=kind) for t, kind in rights]
    Membership.objects.bulk_create(members)
    TeamPermission.objects.bulk_create(permissions)


def make_user(user_id: int) -> User:
    given, family = GIVEN[user_id % len(GIVEN)], FAMILY[user_id // len(GIVEN) % len(FAMILY)]
    return User(
        id=user_id,
        username=f"user{user_id}",
        email=f"user{user_id}@example.com",
        first_name=given,
        last_name=family,
        title="Analyst",
        password="!",
    )


def permission_sets() -> list[tuple[str, ...]]:
    """Subsets of the kinds, the largest first, each once."""
    sizes = range(len(KINDS), 0, -1)
    return list(itertools.chain.from_iterable(itertools.combinations(KINDS, n) for n in sizes))


def insert_events() -> Iterator[int]:
    """Inserts all events and yields how many are in after each batch."""
    table = Event._meta.db_table
    insert = f"INSERT INTO {table} (team_id, kind, actor_id, day, amount) VALUES (?, ?, ?, ?, ?)"
    rows = make_rows()
    with connection.cursor() as cursor:
        for done in range(0, EVENTS, BATCH_ROWS):
            size = min(BATCH_ROWS, EVENTS - done)
            # Past Django's cursor, which would rewrite the statement for each row.
            cursor.cursor.connection.executemany(insert, itertools.islice(rows, size))
            yield done + size


def make_rows() -> Iterator[tuple[int, str, int, str, int]]:
    """Endless: team, kind, actor, day, amount; few actors do most, small amounts are common."""
    chance = random.Random(SEED).random
    days = [(FIRST_DAY + timedelta(days=n)).isoformat() for n in range(DAYS)]
    for number in itertools.count():
        yield (
            1 + number % TEAMS,
            KINDS[int(chance() * len(KINDS))],
            1 + int(chance() * chance() * ACTORS),
            days[int(chance() * DAYS)],
            100 + int(chance() * chance() * 20_000),
        )

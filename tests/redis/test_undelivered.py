"""Invalidations that the server does not take: they are told, kept, and delivered by themselves.

Another process is played by another engine on the same server and namespace, which none of the
settings name: what is invalidated here reaches it by way of the server only.
"""

# ruff: noqa: A002 -- a key field has the name of its column

import asyncio
import contextlib
import logging
from dataclasses import replace

import pytest
from django.db import transaction
from surecache import django as sure
from surecache.django import ABSENT, Scope, Tag, invalidate, revoke
from surecache.django._engines import open_engine
from surecache.errors import Unavailable

from tests.redis.watching import until

THING = Tag("thing")


class Answers:
    """Answers made from a thing, read here and in another process."""

    def __init__(self, cache, region) -> None:
        self.thing = "old"
        self.region = region
        there = open_engine(replace(cache.settings, timeout=1.0))
        self._there = region.declaration.bind(there, "default", cache.settings)

    def here(self):
        """What this process is given, on both ways."""
        read = self.region.get_or_load(self._load, id=1)
        awaited = asyncio.run(self.region.aget_or_load(self._load, id=1))
        assert read == awaited
        return read

    def there(self):
        """What the other process finds."""
        return self._there.peek({"id": 1}, ABSENT)

    def are_new_everywhere(self):
        """Whether the other process knows; this one always does."""
        assert self.here() == "new"
        # The outage has cut its connections, too.
        with contextlib.suppress(Unavailable):
            return self.there() != "old"

    def _load(self, id):
        return self.thing


@pytest.fixture
def answers(cache, declare):
    region = declare(depends_on=[THING], scope=Scope.user("id", authz=True))
    answers = Answers(cache, region)
    assert [answers.here(), answers.there()] == ["old", "old"]
    return answers


class Outage:
    """Keeps writes from a server. One that refuses them can still be read."""

    def __init__(self, server, kind) -> None:
        self._server, self._kind = server, kind

    def begin(self) -> None:
        if self._kind == "paused":
            self._server.pause()
        else:
            self._server.ask("CONFIG", "SET", "min-replicas-to-write", "1")

    def end(self) -> None:
        if self._kind == "paused":
            self._server.resume()
        else:
            self._server.ask("CONFIG", "SET", "min-replicas-to-write", "0")


@pytest.fixture(params=["paused", "refusing"])
def outage(request, redis_server):
    return Outage(redis_server, request.param)


@pytest.fixture(
    params=[
        lambda region: invalidate(THING),
        lambda region: revoke(1),
        lambda region: region.invalidate(),
    ],
    ids=["tag", "rights", "region"],
)
def end(request):
    """The ways to end an answer by one of its tags."""
    return request.param


def test_it_raises_and_is_delivered_by_itself(answers, outage, end):
    outage.begin()
    answers.thing = "new"
    with pytest.raises(Unavailable):
        end(answers.region)
    for _ in range(3):
        assert answers.here() == "new"
    outage.end()
    until(answers.are_new_everywhere)


async def test_the_asynchronous_twin_raises_too(answers, outage):
    outage.begin()
    with pytest.raises(Unavailable):
        await sure.ainvalidate(THING)


def test_what_was_not_believed_is_counted(answers, redis_server):
    Outage(redis_server, "refusing").begin()
    with pytest.raises(Unavailable):
        invalidate(THING)
    answers.here()
    numbers = answers.region.engine.own_statistics()[answers.region.name]
    assert numbers["refusals"] == {"undelivered": 2}
    assert answers.region.explain(id=1)["refusal"] == "undelivered"


def test_at_a_commit_it_is_logged_and_no_error(answers, outage, end, caplog, transactional_db):
    """The transaction is committed whatever comes after it. An error would tell its caller that it
    is not, and keep the hooks of others from being run.
    """
    outage.begin()
    caplog.clear()
    others = []
    with transaction.atomic():
        end(answers.region)
        transaction.on_commit(lambda: others.append("run"))
    assert others == ["run"]
    told = [each for each in caplog.records if each.name.split(".")[0] == "surecache"]
    assert max(each.levelno for each in told) >= logging.WARNING


def test_at_a_commit_it_is_delivered_by_itself(answers, outage, end, transactional_db):
    """Whether or not the commit raises, which another test is about."""
    outage.begin()
    answers.thing = "new"
    with contextlib.suppress(Unavailable), transaction.atomic():
        end(answers.region)
    for _ in range(3):
        assert answers.here() == "new"
    outage.end()
    until(answers.are_new_everywhere)


def test_one_answer_that_is_not_deleted_at_a_commit_is_not_believed(
    answers, outage, transactional_db
):
    """It is ended by its own key, so there is no tag to remember."""
    outage.begin()
    answers.thing = "new"
    with contextlib.suppress(Unavailable), transaction.atomic():
        answers.region.invalidate(id=1)
    assert answers.here() == "new"
    outage.end()
    until(answers.are_new_everywhere)


def test_a_process_that_only_writes_delivers_by_itself(cache, answers, redis_server):
    """A command that reads nothing, and goes on with other work after it was told."""
    writer = open_engine(replace(cache.settings, timeout=2.0))
    outage = Outage(redis_server, "refusing")
    outage.begin()
    with pytest.raises(Unavailable):
        writer.invalidate([THING.tag()])
    outage.end()
    until(lambda: answers.region.peek(id=1) is ABSENT)

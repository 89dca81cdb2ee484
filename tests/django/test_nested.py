"""Regions read inside loaders: tags are handed over, scopes must be covered."""

# ruff: noqa: A001, A002, A006 -- a key field has the name of its column

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from surecache.django import ABSENT, Row, Rows, Scope, Table, Tag, depends, invalidate
from surecache.errors import Misuse

from tests.django.database import Gate, other_threads


def test_only_the_inner_row_changes(declare, door):
    inner = declare(key={"user_id": int}, depends_on=[Row(User, id="user_id")])
    outer = declare(key={"page": int})
    name = ["old"]

    def load_inner(user_id):
        return name[0]

    def load_outer(page):
        return [page, inner.get_or_load(load_inner, user_id=42)]

    assert door.load(outer, load_outer, page=1) == [1, "old"]
    assert door.load(outer, load_outer, page=1) == [1, "old"]
    name[0] = "new"
    invalidate(Row(User, id=43))
    assert outer.peek(page=1) == [1, "old"]
    invalidate(Row(User, id=42))
    assert outer.peek(page=1) is ABSENT
    assert door.load(outer, load_outer, page=1) == [1, "new"]


def test_the_inner_answer_was_stored_before(declare, door, counted):
    """The outer load rests on an answer that another load had stored: its tags come with it."""
    inner, outer = declare(depends_on=[Tag("inner")]), declare()
    inner.get_or_load(counted, id=1)
    door.load(outer, lambda id: inner.get_or_load(counted, id=1), id=1)
    assert counted.calls == 1
    invalidate(Tag("inner"))
    assert outer.peek(id=1) is ABSENT


def test_the_inner_row_changes_while_the_outer_load_runs(declare):
    """The outer loader has read the inner answer; its row changes; the outer load ends. What it
    brings is not believed by anyone who starts later.
    """
    inner, outer = declare(depends_on=[Tag("inner")]), declare()
    value, gate = ["old"], Gate()

    def load_outer(id):
        found = inner.get_or_load(lambda id: value[0], id=id)
        if found == "old":
            gate.hold()
        return found

    with other_threads() as pool:
        loading = pool.submit(outer.get_or_load, load_outer, id=1)
        gate.await_begun()
        value[0] = "new"
        invalidate(Tag("inner"))
        gate.let_go()
        assert loading.result() == "old"
    assert outer.peek(id=1) is ABSENT
    assert outer.get_or_load(load_outer, id=1) == "new"


def test_three_levels(declare, door):
    low, middle, high = declare(depends_on=[Tag("low")]), declare(), declare()

    def load_middle(id):
        return low.get_or_load(lambda id: "answer", id=id)

    door.load(high, lambda id: middle.get_or_load(load_middle, id=id), id=1)
    assert [region.peek(id=1) for region in (high, middle, low)] == ["answer"] * 3
    invalidate(Tag("low"))
    assert [region.peek(id=1) for region in (high, middle, low)] == [ABSENT] * 3


def test_an_outer_scope_must_cover_the_inner_one(declare, door):
    mine = declare(key={"user_id": int}, scope=Scope.user("user_id"))
    by_team = declare(key={"team_id": int}, scope=Scope.tenant("team_id"))
    load_mine = lambda user_id: "secret"  # noqa: E731

    def load_by_team(team_id):
        return mine.get_or_load(load_mine, user_id=42)

    with pytest.raises(Misuse, match="wanted an outer scope that covers the inner one"):
        door.load(by_team, load_by_team, team_id=7)
    mine.get_or_load(load_mine, user_id=42)
    with pytest.raises(Misuse, match="covers the inner one"):
        door.load(by_team, load_by_team, team_id=7)
    assert by_team.peek(team_id=7) is ABSENT


def test_another_user_s_answer_is_not_covered(declare, door):
    mine = declare(key={"user_id": int}, scope=Scope.user("user_id"))
    outer = declare(key={"user_id": int}, scope=Scope.user("user_id"))

    def load(user_id):
        return mine.get_or_load(lambda user_id: user_id, user_id=user_id + 1)

    with pytest.raises(Misuse, match="covers the inner one"):
        door.load(outer, load, user_id=1)


def test_a_loader_that_asks_for_its_own_key_is_refused(declare, door):
    region = declare()

    def load(id):
        return region.get_or_load(load, id=id)

    with pytest.raises(Misuse, match="does not ask for the answer it is loading"):
        door.load(region, load, id=1)


def test_a_loader_may_ask_for_another_key_of_its_region(declare, door):
    region = declare(depends_on=[Row("node", id="id")])

    def load(id):
        return [id, *(region.get_or_load(load, id=id - 1) if id else [])]

    assert door.load(region, load, id=3) == [3, 2, 1, 0]
    invalidate(Row("node", id=1))
    assert [region.peek(id=id) is ABSENT for id in range(4)] == [False, True, True, True]


@pytest.mark.parametrize(
    ("found", "ending"),
    [
        (Tag("rates"), Tag("rates")),
        (Row(User, id=7), Row(User, id=7)),
        (Row(User, id=7), Table(User)),
        (Rows("auth_user", id=7), Row(User, id=7)),
        (Table(User), Row(User, id=8)),
    ],
    ids=repr,
)
def test_what_a_loader_found_ends_its_answer(declare, door, found, ending):
    region = declare()

    def load(id):
        depends(found)
        return "answer"

    door.load(region, load, id=1)
    assert region.peek(id=1) == "answer"
    invalidate(Tag("another"), Row(User, id=9) if found != Table(User) else Tag("another"))
    assert region.peek(id=1) == "answer"
    invalidate(ending)
    assert region.peek(id=1) is ABSENT


def test_what_was_found_changes_while_it_is_loaded(declare):
    region, gate = declare(), Gate()

    def load(id):
        depends(Tag("rates"))
        gate.hold()
        return "old"

    with other_threads() as pool:
        loading = pool.submit(region.get_or_load, load, id=1)
        gate.await_begun()
        invalidate(Tag("rates"))
        gate.let_go()
        assert loading.result() == "old"
    assert region.peek(id=1) is ABSENT


def test_what_is_no_dependency_is_refused(declare, door):
    def load(id):
        depends(Scope.user(1))

    with pytest.raises(Misuse, match="depends: wanted Row, Rows, Table or Tag"):
        door.load(declare(), load, id=1)


def test_a_region_read_in_a_load_of_many_is_handed_to_each(declare, door):
    inner, outer = declare(depends_on=[Tag("inner")]), declare()
    calls = []

    def load_inner(id):
        calls.append(id)
        return "inner"

    def load_many(keys):
        shared = inner.get_or_load(load_inner, id=1)
        return [f"{key['id']} {shared}" for key in keys]

    keys = [{"id": 1}, {"id": 2}, {"id": 3}]
    found = door.call(outer, "get_or_load_many", load_many, keys)
    assert found == ["1 inner", "2 inner", "3 inner"]
    assert calls == [1]
    assert [outer.peek(**key) for key in keys] == found
    invalidate(Tag("inner"))
    assert [outer.peek(**key) for key in keys] == [ABSENT] * 3


def test_a_read_in_a_load_of_many_is_made_once(declare, door):
    inner, outer = declare(depends_on=[Tag("inner")]), declare()

    def load_inner(id):
        return "inner"

    def load_many(keys):
        return [f"{key['id']} {inner.get_or_load(load_inner, id=1)}" for key in keys]

    inner.get_or_load(load_inner, id=1)

    keys = [{"id": id} for id in range(20)]
    found = door.call(outer, "get_or_load_many", load_many, keys)
    assert found == [f"{id} inner" for id in range(20)]
    assert inner.engine.own_statistics()[inner.name]["outcomes"]["hit"] == 20


def test_what_an_asynchronous_loader_of_many_reads_is_read_once(declare):
    inner, outer = declare(depends_on=[Tag("inner")]), declare()

    async def load_inner(id):
        return "inner"

    async def load_many(keys):
        shared = await inner.aget_or_load(load_inner, id=1)
        return [f"{key['id']} {shared}" for key in keys]

    keys = [{"id": id} for id in range(20)]
    found = async_to_sync(outer.aget_or_load_many)(load_many, keys)
    assert found == [f"{id} inner" for id in range(20)]
    assert inner.engine.own_statistics()[inner.name]["reads"] == 1
    invalidate(Tag("inner"))
    assert [outer.peek(**key) for key in keys] == [ABSENT] * 20


def test_what_a_loader_of_many_found_ends_all_its_answers(declare, door):
    region = declare()

    def load_many(keys):
        depends(Tag("rates"))
        return [key["id"] for key in keys]

    keys = [{"id": 1}, {"id": 2}]
    assert door.call(region, "get_or_load_many", load_many, keys) == [1, 2]
    assert [region.peek(**key) for key in keys] == [1, 2]
    invalidate(Tag("rates"))
    assert [region.peek(**key) for key in keys] == [ABSENT] * 2


@pytest.mark.parametrize("ids", [(1, 2), (2, 1)], ids=repr)
def test_a_loader_of_many_that_asks_for_one_of_its_keys_is_refused(declare, door, ids):
    """The region waits for five seconds for somebody else's load: here nobody else loads."""
    region = declare(wait=5)

    def load_many(keys):
        return [region.get_or_load(lambda id: "parent", id=2) for _ in keys]

    with pytest.raises(Misuse, match="does not ask for an answer of those it is loading"):
        door.call(region, "get_or_load_many", load_many, [{"id": id} for id in ids])


def test_what_was_peeked_at_is_not_tracked_so_the_answer_is_not_stored(declare, door):
    inner, outer = declare(), declare()
    door.load(outer, lambda id: inner.peek(id=id) is ABSENT, id=1)
    assert outer.peek(id=1) is ABSENT


def test_many_keys_inside_a_loader_are_handed_over(declare, door):
    inner, outer = declare(depends_on=[Row("item", id="id")]), declare()

    def load_many(keys):
        return [key["id"] for key in keys]

    def load(id):
        return sum(inner.get_or_load_many(load_many, [{"id": n} for n in range(5)]))

    assert door.load(outer, load, id=1) == 10
    assert outer.peek(id=1) == 10
    invalidate(Row("item", id=3))
    assert outer.peek(id=1) is ABSENT

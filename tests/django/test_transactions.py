"""What transactions allow, on SQLite files with a connection a thread."""

# ruff: noqa: A002, A006 -- a key field has the name of its column

import contextlib
import contextvars

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connections, transaction
from surecache.django import ABSENT, Row, Tag, ainvalidate, invalidate

from tests.django.database import Gate, other_threads, text_of, write


@pytest.fixture
def region(declare, files):
    return declare(database=files, depends_on=[Row("item", id="id")])


@pytest.fixture
def load(files):
    def load(id):
        return text_of(files, id)

    return load


def test_outside_of_transactions_everything_is_allowed(region, load, files):
    assert region.admission() == "full"
    assert region.get_or_load(load, id=1) == "old"
    write(files, "new")
    assert region.get_or_load(load, id=1) == "old"
    invalidate(Row("item", id=1))
    assert region.get_or_load(load, id=1) == "new"


def test_a_load_in_an_older_snapshot_is_nobody_else_s(region, load, files):
    """A reader's transaction has fixed its snapshot; another process writes, commits and
    invalidates; then the reader loads. It gets what its snapshot holds. Nobody else ever does,
    neither from the store nor by joining its load.
    """
    gate = Gate()

    def load_slowly(id):
        text = text_of(files, id)
        if text == "old":
            gate.hold()
        return text

    def read_in_snapshot():
        with transaction.atomic(using=files):
            assert text_of(files) == "old"
            snapshot.let_go()
            written._let.wait(10)
            assert region.admission() == "read_only"
            return region.get_or_load(load_slowly, id=1)

    snapshot, written = Gate(), Gate()
    with other_threads(3) as pool:
        old = pool.submit(read_in_snapshot)
        assert snapshot._let.wait(10)
        write(files, "new")
        invalidate(Row("item", id=1))
        written.let_go()
        gate.await_begun()
        readers = [pool.submit(region.get_or_load, load_slowly, id=1) for _ in range(2)]
        assert [each.result() for each in readers] == ["new", "new"]
        gate.let_go()
        assert old.result() == "old"
    assert region.get_or_load(load_slowly, id=1) == "new"


def test_what_a_transaction_that_rolls_back_has_written_is_nobody_else_s(region, load, files):
    """A transaction writes, loads what it has written, and rolls back, while others read the same
    key: they see the committed row, before and after.
    """
    gate = Gate()

    def load_slowly(id):
        text = text_of(files, id)
        if text == "phantom":
            gate.hold()
        return text

    def write_and_roll_back():
        with contextlib.suppress(ZeroDivisionError), transaction.atomic(using=files):
            write(files, "phantom")
            assert region.admission() == "bypass"
            found = region.get_or_load(load_slowly, id=1)
            assert found == "phantom"
            raise ZeroDivisionError
        return found

    with other_threads(3) as pool:
        phantom = pool.submit(write_and_roll_back)
        gate.await_begun()
        readers = [pool.submit(region.get_or_load, load_slowly, id=1) for _ in range(2)]
        assert [each.result() for each in readers] == ["old", "old"]
        gate.let_go()
        assert phantom.result() == "phantom"
    assert region.get_or_load(load_slowly, id=1) == "old"
    assert region.peek(id=1) == "old"


def test_a_transaction_that_has_written_does_not_read_what_is_stored(region, load, files):
    assert region.get_or_load(load, id=1) == "old"
    with transaction.atomic(using=files):
        write(files, "mine")
        assert region.get_or_load(load, id=1) == "mine"
        assert region.peek(id=1) is ABSENT
        assert region.get_or_load_many(lambda keys: [load(**key) for key in keys], [{"id": 1}]) == [
            "mine"
        ]
    assert region.peek(id=1) == "old"


def test_a_transaction_that_only_reads_hits_and_does_not_store(region, load, files):
    with transaction.atomic(using=files):
        assert region.get_or_load(load, id=1) == "old"
    assert region.peek(id=1) is ABSENT
    assert region.get_or_load(load, id=1) == "old"
    with transaction.atomic(using=files):
        text_of(files)
        assert region.peek(id=1) == "old"


@pytest.mark.parametrize(
    "send",
    [
        lambda cursor: cursor.execute("UPDATE item SET text = 'x' WHERE id = 99"),
        lambda cursor: cursor.execute("CREATE TABLE other (id integer)"),
        lambda cursor: cursor.executemany("INSERT INTO item VALUES (%s, 'x')", [[7], [8]]),
        lambda cursor: cursor.executescript("SELECT 1"),
        lambda cursor: cursor.cursor.execute("UPDATE item SET text = 'x'"),
        lambda cursor: cursor.db.connection.execute("DELETE FROM item"),
    ],
    ids=["update", "ddl", "executemany", "executescript", "driver cursor", "driver connection"],
)
def test_whatever_way_something_was_sent(region, files, send):
    if region.peek(id=1) is not ABSENT:
        raise AssertionError
    with transaction.atomic(using=files):
        assert region.admission() == "read_only"
        with connections[files].cursor() as cursor:
            send(cursor)
        assert region.admission() == "bypass"
        with transaction.atomic(using=files):
            assert region.admission() == "bypass"
    assert region.admission() == "full"


def test_a_transaction_begun_by_hand(region, files):
    with connections[files].cursor() as cursor:
        cursor.execute("BEGIN")
        assert region.admission() == "bypass"
        cursor.execute("ROLLBACK")
    assert region.admission() == "full"


def test_manual_transaction_management(region, load, files):
    assert region.get_or_load(load, id=1) == "old"
    transaction.set_autocommit(False, using=files)
    try:
        invalidate(Row("item", id=1, database=files))
        transaction.rollback(using=files)
        assert region.admission() == "read_only"
        write(files, "new")
        assert region.admission() == "bypass"
        invalidate(Row("item", id=1, database=files))
        with other_threads() as pool:
            assert pool.submit(region.peek, id=1).result() == "old"
        transaction.commit(using=files)
        assert region.peek(id=1) is ABSENT
        assert region.admission() == "read_only"
    finally:
        transaction.set_autocommit(True, using=files)
    assert region.get_or_load(load, id=1) == "new"


def test_a_statement_with_rows_left_holds_its_snapshot(region, load, files):
    """SQLite: while a cursor has rows left, every other statement of its connection reads in its
    snapshot. A loop over `iterator()` that reads regions is such a place.
    """
    connection = connections[files]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO item VALUES (%s, 'x')", [[n] for n in range(2, 200)])
    with connection.cursor() as rows:
        rows.execute("SELECT id FROM item")
        rows.fetchone()
        assert region.admission() == "read_only"
        with other_threads() as pool:
            pool.submit(write, files, "new").result()
        invalidate(Row("item", id=1))
        assert region.get_or_load(load, id=1) == "old"
    assert region.admission() == "full"
    assert region.get_or_load(load, id=1) == "new"


def test_a_transaction_that_the_loader_opens_is_younger_than_the_load(region, files):
    def load(id):
        with transaction.atomic(using=files):
            return text_of(files, id)

    assert region.get_or_load(load, id=1) == "old"
    assert region.peek(id=1) == "old"


def test_a_loader_that_leaves_a_transaction_open_stores_nothing(region, files):
    opened = contextlib.ExitStack()

    def load(id):
        opened.enter_context(transaction.atomic(using=files))
        return text_of(files, id)

    with opened:
        assert region.get_or_load(load, id=1) == "old"
    assert region.peek(id=1) is ABSENT


def test_another_database_whose_transaction_has_written_taints_the_load(declare, files):
    """The region's own database allows everything; the loader reads another one, on which the
    caller's transaction has written.
    """
    region = declare(database="default")

    def load(id):
        return text_of(files, id)

    with transaction.atomic(using=files):
        write(files, "phantom")
        assert region.get_or_load(load, id=1) == "phantom"
        transaction.set_rollback(True, using=files)
    assert region.peek(id=1) is ABSENT


def test_an_invalidation_takes_effect_at_commit(region, load, files, door):
    assert region.get_or_load(load, id=1) == "old"
    with transaction.atomic(using=files):
        write(files, "new")
        invalidate(Row("item", id=1))
        with other_threads() as pool:
            assert pool.submit(region.get_or_load, load, id=1).result() == "old"
    assert region.get_or_load(load, id=1) == "new"


@pytest.mark.parametrize("by", ["row", "key", "region", "tag"])
def test_a_rollback_takes_the_invalidation_back(declare, files, load, by):
    region = declare(database=files, depends_on=[Row("item", id="id"), Tag("rates")])
    ends = {
        "key": lambda: region.invalidate(id=1),
        "region": region.invalidate,
        "row": lambda: invalidate(Row("item", id=1)),
        "tag": lambda: invalidate(Tag("rates")),
    }[by]
    region.get_or_load(load, id=1)
    with transaction.atomic(using=files):
        ends()
        transaction.set_rollback(True, using=files)
    assert region.peek(id=1) == "old"
    with transaction.atomic(using=files):
        with contextlib.suppress(ZeroDivisionError), transaction.atomic(using=files):
            ends()
            raise ZeroDivisionError
        assert region.peek(id=1) == "old"
    assert region.peek(id=1) == "old"
    with transaction.atomic(using=files):
        ends()
        assert region.peek(id=1) == "old"
    assert region.peek(id=1) is ABSENT


def test_a_hook_that_raises_does_not_drop_the_invalidation(region, load, files):
    def broken():
        raise LookupError("a hook of the application")

    @transaction.atomic(using=files)
    def change():
        transaction.on_commit(broken, using=files)
        write(files, "new")
        invalidate(Row("item", id=1))

    region.get_or_load(load, id=1)
    with pytest.raises(LookupError):
        change()
    assert region.get_or_load(load, id=1) == "new"


def test_own_hooks_of_the_application_still_run(region, files):
    done = []
    with transaction.atomic(using=files):
        transaction.on_commit(lambda: done.append("hook"), using=files)
        invalidate(Row("item", id=1))
    assert done == ["hook"]


def test_asynchronous_code_inside_a_transaction_of_its_caller(region, files):
    """`async_to_sync` inside `atomic`: the event loop's thread has a connection of its own, on
    which there is no transaction; the loader's thread is in it.
    """

    def load(id):
        return text_of(files, id)

    async def load_awaited(id):
        return await sync_to_async(text_of)(files, id)

    async def read():
        admissions.append(region.admission())
        return [await region.aget_or_load(each, id=1) for each in (load, load_awaited)]

    async def end():
        await ainvalidate(Row("item", id=1))
        invalidate(Row("item", id=1))

    admissions = []
    assert region.get_or_load(load, id=1) == "old"
    with transaction.atomic(using=files):
        write(files, "mine")
        assert async_to_sync(read)() == ["mine", "mine"]
        async_to_sync(end)()
        with other_threads() as pool:
            assert pool.submit(region.peek, id=1).result() == "old"
    assert admissions == ["bypass"]
    assert region.peek(id=1) is ABSENT
    assert async_to_sync(read)() == ["mine", "mine"]
    assert region.peek(id=1) == "mine"


def test_a_loader_s_thread_in_a_transaction_that_the_task_does_not_see(region, files):
    """The transaction was opened in the thread of database calls by somebody else's task."""

    def load(id):
        return text_of(files, id)

    async def read():
        block = transaction.atomic(using=files)
        await sync_to_async(in_own_context)(block.__enter__)
        await sync_to_async(in_own_context)(write, files, "phantom")
        found = await region.aget_or_load(load, id=1)
        await sync_to_async(in_own_context)(roll_back, block)
        return found

    def in_own_context(call, *arguments):
        return contextvars.Context().run(call, *arguments)

    def roll_back(block):
        transaction.set_rollback(True, using=files)
        block.__exit__(None, None, None)

    assert async_to_sync(read)() == "phantom"
    assert region.peek(id=1) is ABSENT


def test_a_transaction_of_the_loader_s_thread_that_ends_in_the_load(region, files):
    """As above; the loader reads through the driver, and ends the transaction before it returns."""
    block = transaction.atomic(using=files)

    def begin():
        contextvars.Context().run(block.__enter__)
        connections[files].connection.execute("UPDATE item SET text = 'phantom'")

    def load(id):
        rows = connections[files].connection.execute("SELECT text FROM item").fetchall()
        transaction.set_rollback(True, using=files)
        contextvars.Context().run(block.__exit__, None, None, None)
        return rows[0][0]

    async def read():
        await sync_to_async(begin)()
        return await region.aget_or_load(load, id=1)

    assert async_to_sync(read)() == "phantom"
    assert region.peek(id=1) is ABSENT


def test_a_hit_in_a_snapshot_taints_all_loads_that_it_becomes_part_of(declare, files):
    """The inner answer's tags go to one of the loads only where it may not be stored."""
    inner, outer = declare(database=files, depends_on=[Tag("inner")]), declare()

    def load_inner(id):
        return text_of(files, id)

    def load_many(keys):
        with transaction.atomic(using=files):
            found = inner.get_or_load(load_inner, id=1)
        return [found for _ in keys]

    keys = [{"id": 1}, {"id": 2}, {"id": 3}]
    inner.get_or_load(load_inner, id=1)
    assert outer.get_or_load_many(load_many, keys) == ["old"] * 3
    assert [outer.peek(**key) for key in keys] == [ABSENT] * 3


def test_a_replica_is_read_and_nothing_of_it_is_stored(declare, files):
    declared = connections.settings[files]
    connections.settings[f"{files}_replica"] = {
        **declared,
        "TEST": {**declared["TEST"], "MIRROR": files},
    }
    try:
        region = declare(database=f"{files}_replica")
        assert region.get_or_load(lambda id: text_of(f"{files}_replica", id), id=1) == "old"
        assert region.admission() == "read_only"
        assert region.peek(id=1) is ABSENT
        by_router = declare(database=files)
        assert by_router.get_or_load(lambda id: text_of(f"{files}_replica", id), id=1) == "old"
        assert by_router.peek(id=1) is ABSENT
    finally:
        connections[f"{files}_replica"].close()
        del connections[f"{files}_replica"], connections.settings[f"{files}_replica"]

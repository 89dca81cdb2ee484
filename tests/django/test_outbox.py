"""What a transaction owes is written with it, and goes once it is delivered."""

import contextlib
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from surecache._core import Tag as CoreTag
from surecache.django import ABSENT, Row, Tag, _leftovers, _outbox, invalidate
from surecache.django._transactions import Hook, at_commit
from surecache.django.models import Outbox
from surecache.errors import Misuse, Unavailable

from tests.django.database import in_a_file, on_postgres, text_of, write

GOLDEN = Path(__file__).parents[1] / "golden/outbox-v1.hex"


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, django_db_blocker):
    """The alias of a database on each kind, with a table ``item`` and no outbox."""
    if request.param == "sqlite":
        yield request.getfixturevalue("files")
        return
    server = request.getfixturevalue("postgres")
    with django_db_blocker.unblock(), on_postgres(server) as name:
        yield name


@pytest.fixture
def outbox(database):
    """The rows of the database, which has the table."""
    with connections[database].schema_editor() as editor:
        editor.create_model(Outbox)
    return Outbox.objects.using(database)


@pytest.fixture
def seen(outbox, database, monkeypatch):
    """How many rows are there whenever a store is told."""
    counts = []
    end_in = _outbox._engines.end_in

    def told(engines, tags):
        counts.append(outbox.count())
        end_in(engines, tags)

    monkeypatch.setattr("surecache.django._ending.end_in", told)
    return counts


def end(database, *names):
    for name in names:
        invalidate(Row("item", id=1, database=database), Tag(name))


def test_a_transaction_owes_one_row_while_it_is_delivered(outbox, database, seen):
    with transaction.atomic(using=database):
        end(database, "a", "b", "a")
        assert outbox.count() == 0
    assert seen == [1] * 6
    assert outbox.count() == 0


def test_outside_of_a_transaction_nothing_is_owed(outbox, database, seen):
    end(database, "a")
    assert seen == [0, 0]


def test_what_is_rolled_back_is_not_owed(outbox, database, seen):
    with transaction.atomic(using=database), transaction.atomic(using=database):
        end(database, "a")
        transaction.set_rollback(True, using=database)
    with transaction.atomic(using=database):
        end(database, "a")
        transaction.set_rollback(True, using=database)
    assert (seen, outbox.count()) == ([], 0)


def test_the_row_says_what_ends_and_whose_it_is(outbox, database, monkeypatch):
    monkeypatch.setattr(_outbox, "settle", lambda connection, numbers: None)
    with transaction.atomic(using=database):
        invalidate(Tag("a"), Tag("b"))
        invalidate(Tag("a"))
    (row,) = outbox.all()
    assert [row.namespace] == _outbox.namespaces()
    assert _outbox.read(bytes(row.tags)) == [CoreTag.named("a"), CoreTag.named("b")]


def test_what_a_failing_hook_of_the_application_comes_after_is_settled(outbox, database):
    def broken():
        raise LookupError("a hook of the application")

    with contextlib.suppress(LookupError), transaction.atomic(using=database):
        transaction.on_commit(broken, using=database)
        end(database, "a")
    assert outbox.count() == 0


def test_transactions_by_hand_owe_too(outbox, database, seen):
    transaction.set_autocommit(False, using=database)
    try:
        with transaction.atomic(using=database):
            end(database, "a")
        end(database, "b")
        transaction.commit(using=database)
        assert seen == [1] * 4
        assert outbox.count() == 1
        transaction.commit(using=database)
        assert outbox.count() == 0
        end(database, "c")
        transaction.commit(using=database)
        transaction.rollback(using=database)
    finally:
        transaction.set_autocommit(True, using=database)
    assert outbox.count() == 0


def test_what_one_of_two_transactions_did_not_deliver_is_owed_by_it(outbox, database, tmp_path):
    """A tag has no database: it ends at the commit of each that is open."""
    with in_a_file(tmp_path / "other.sqlite3") as other:
        with connections[other].schema_editor() as editor:
            editor.create_model(Outbox)
        refusals = iter([None, Unavailable("told to fail")])

        def end_in():
            if refusal := next(refusals):
                raise refusal

        hook = Hook(end_in, [CoreTag.named("a")])
        with transaction.atomic(using=other), transaction.atomic(using=database):
            at_commit(None, hook)
        assert (outbox.count(), Outbox.objects.using(other).count()) == (0, 1)


def test_a_replica_owes_nothing(outbox, database, seen, monkeypatch):
    monkeypatch.setitem(connections[database].settings_dict["TEST"], "MIRROR", "default")
    with transaction.atomic(using=database):
        end(database, "a")
    assert seen == [0, 0]


def test_without_the_table_it_is_told_once(database, caplog):
    for _ in range(2):
        with transaction.atomic(using=database):
            write(database, "new")
            end(database, "a")
    told = [record for record in caplog.records if "wanted the table" in record.getMessage()]
    assert len(told) == 1
    assert text_of(database) == "new"


def test_a_table_that_takes_no_row_fails_no_transaction(outbox, database, caplog):
    with connections[database].cursor() as cursor:
        cursor.execute("ALTER TABLE surecache_outbox RENAME COLUMN tags TO others")
    with transaction.atomic(using=database):
        write(database, "new")
        end(database, "a")
    assert text_of(database) == "new"
    assert "the outbox did not take a row" in caplog.text


def test_leftovers_are_delivered_in_batches(outbox, database, declare):
    region = declare(database=database, depends_on=[Tag("a")])
    region.get_or_load(lambda **_: "old", id=1)
    owe(outbox, count=_leftovers._BATCH_ROWS + 1)
    look = _leftovers.deliver_leftovers(database, 0)
    assert look == _leftovers.Look(delivered=_leftovers._BATCH_ROWS + 1, left=0)
    assert region.peek(id=1) is ABSENT
    assert outbox.count() == 0


@pytest.mark.parametrize(
    "strange",
    [{"format": 2}, {"namespace": "another"}, {"tags": b"none of ours"}],
    ids=["format", "namespace", "bytes"],
)
def test_rows_that_are_not_ours_keep_nobody_waiting(outbox, database, strange):
    count = _leftovers._BATCH_ROWS + 1
    owe(outbox, count=count, **strange)
    owe(outbox)
    look = _leftovers.deliver_leftovers(database, 0)
    assert look == _leftovers.Look(delivered=1, left=count)
    assert outbox.count() == count


def test_rows_that_are_young_are_their_process_s(outbox, database):
    owe(outbox)
    assert _leftovers.deliver_leftovers(database, 3600).delivered == 0
    assert outbox.count() == 1


def test_a_process_looks_after_a_commit_and_not_again_at_once(outbox, database, monkeypatch):
    monkeypatch.setattr(_leftovers, "GRACE_S", 0)
    monkeypatch.setattr(_leftovers.deliver_leftovers, "__defaults__", (0,))
    for left in (0, 1):
        owe(outbox)
        with transaction.atomic(using=database):
            end(database, "b")
        assert outbox.count() == left


def test_the_bytes_of_a_row_stay_as_they_are():
    tags = [
        CoreTag.named("rates"),
        CoreTag.region("profile"),
        CoreTag.rows("default", "", "auth_user", [("id", 42)]),
        CoreTag.principal("user", 42),
        CoreTag.rights("tenant", "north"),
    ]
    golden = bytes.fromhex(GOLDEN.read_text())
    assert _outbox.written(tags) == golden
    assert _outbox.read(golden) == tags


@pytest.mark.parametrize("cut", [1, 4, 9])
def test_bytes_that_are_cut_are_none_of_a_row(cut):
    with pytest.raises(Misuse, match="wanted a tag up to byte"):
        _outbox.read(bytes.fromhex(GOLDEN.read_text())[:-cut])


@pytest.mark.parametrize("option", ["--interval", "--grace"])
@pytest.mark.parametrize("seconds", ["-1", "nan", "inf"])
def test_the_relay_refuses_seconds_that_are_none(option, seconds):
    with pytest.raises(CommandError, match=f"relay: wanted as {option[2:]} seconds from 0"):
        call_command("surecache", "relay", f"{option}={seconds}")


@pytest.mark.django_db
def test_the_relay_tells_what_it_left(capsys):
    owe(Outbox.objects)
    owe(Outbox.objects, namespace="another")
    call_command("surecache", "relay", "--once", "--grace", "0", "--json")
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told == [{"database": "default", "delivered": 1, "left": 1}]


def owe(outbox, *, count=1, **strange):
    (namespace,) = _outbox.namespaces()
    tags = _outbox.written([CoreTag.named("a")])
    row = {"format": _outbox.FORMAT, "namespace": namespace, "tags": tags}
    outbox.bulk_create(Outbox(**{**row, **strange}) for _ in range(count))


@pytest.mark.django_db
def test_the_relay_says_which_database_it_could_not_open(files, tmp_path, caplog):
    connections[files].close()
    connections[files].settings_dict["NAME"] = tmp_path / "nowhere/site.sqlite3"
    with pytest.raises(CommandError, match="unable to open database file"):
        call_command("surecache", "relay", "--once")
    assert f"{files}: rows of the outbox were left" in caplog.text


@pytest.mark.django_db
def test_the_migrations_make_the_table_as_the_model_has_it():
    call_command("makemigrations", "surecache", check=True, dry_run=True, verbosity=0)

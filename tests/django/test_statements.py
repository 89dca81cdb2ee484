"""Plain SELECTs told from all else, by the statements that Django and applications send."""

import pytest
from django.contrib.auth.models import User
from django.db.models import Count, F, Q, Window
from django.db.models.functions import Coalesce, Lower, RowNumber, TruncMonth
from surecache.django._statements import begins, ends, is_control, is_plain_select


@pytest.mark.parametrize(
    "queryset",
    [
        User.objects.all(),
        User.objects.filter(username__in=["a", "b"], groups__name="x").distinct(),
        User.objects.filter(Q(username="FOR UPDATE") | ~Q(first_name__icontains="x"))[:5],
        User.objects.annotate(number=Count("groups"), low=Lower("email")).filter(number__gt=1),
        User.objects.values("is_staff").annotate(number=Count("id")).order_by("number"),
        User.objects.annotate(row=Window(RowNumber(), order_by="id")),
        User.objects.annotate(
            month=TruncMonth("date_joined"), name=Coalesce("email", F("username"))
        ),
        User.objects.filter(id__in=User.objects.filter(is_active=True).values("id")),
        User.objects.values_list("id").union(User.objects.values_list("id")),
    ],
    ids=range(9),
)
def test_what_the_orm_reads_with_is_plain(queryset):
    sql, _ = queryset.query.sql_with_params()
    assert is_plain_select(sql), sql


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "  SELECT 'a;b -- it''s', \"update\" FROM t WHERE a IN (%s, %s);",
        "(SELECT 1) UNION (SELECT 2)",
        "SELECT `insert` FROM t",
    ],
)
def test_plain(sql):
    assert is_plain_select(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE t SET a = 1",
        "INSERT INTO t VALUES (1)",
        "DELETE FROM t",
        "TRUNCATE t",
        "CREATE TABLE t (a int)",
        "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
        "SELECT * FROM t FOR UPDATE",
        "SELECT * FROM t for no key update",
        "SELECT * FROM t FOR SHARE",
        "SELECT * FROM t LOCK IN SHARE MODE",
        "SELECT * INTO copy FROM t",
        "SELECT 1; DELETE FROM t",
        "SELECT 1; VACUUM",
        "SELECT nextval('numbers')",
        "SELECT pg_advisory_xact_lock(1)",
        "SELECT charge_customer(%s)",
        'SELECT "charge_customer"(%s)',
        "SELECT billing.count(%s)",
        "SELECT 1 /* a; */ FROM t",
        "SELECT 'a\\'; DELETE FROM t; --'",
        "SELECT $$a$$",
        "PRAGMA user_version = 1",
        "EXPLAIN ANALYZE DELETE FROM t",
        "CALL charge()",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "",
        b"SELECT 1",
        None,
        object(),
    ],
    ids=repr,
)
def test_not_surely_plain(sql):
    assert not is_plain_select(sql)


def test_what_begins_and_ends_transactions():
    assert all(map(begins, ["BEGIN", "begin immediate", " START TRANSACTION"]))
    assert all(map(ends, ["COMMIT", "ROLLBACK", "end", "ROLLBACK TRANSACTION"]))
    assert not any(map(begins, ["SELECT 1", "SAVEPOINT a", None]))
    assert not any(
        map(ends, ['ROLLBACK TO SAVEPOINT "a"', "ROLLBACK TRANSACTION TO a", "RELEASE a"])
    )
    controls = ["SAVEPOINT a", "RELEASE SAVEPOINT a", "ROLLBACK TO SAVEPOINT a", "BEGIN"]
    assert all(map(is_control, controls))

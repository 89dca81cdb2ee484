"""`manage.py surecache`."""

import io
import json

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.management import CommandError, call_command
from surecache.django import ABSENT, Row, Scope, Table, Tag


def run(*arguments):
    out = io.StringIO()
    call_command("surecache", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def region(declare):
    return declare(
        key={"user_id": int, "name": str | None},
        scope=Scope.user("user_id", authz=True),
        depends_on=[Row(User, id="user_id"), Table("a_table"), Tag("rates")],
    )


@pytest.fixture
def loaded(region):
    region.get_or_load(lambda **_: "answer", user_id=42, name=None)
    return region


def test_statistics_as_json_have_all_regions_and_plain_keys(loaded, alias):
    loaded.peek(user_id=42, name=None)
    caches[alias].get("nothing")
    numbers = json.loads(run("stats", "--json"))[alias]
    assert numbers[loaded.name]["outcomes"] == {"hit": 1, "loaded": 1}
    assert numbers[loaded.name]["hit_rate"] == 0.5
    assert numbers[loaded.name]["load_latency"]["count"] == 1
    assert numbers["(plain keys)"]["reads"] >= 1
    assert set(json.loads(run("stats", "--json", "--cache", alias))) == {alias}


def test_statistics_as_a_table(loaded):
    text = run("stats")
    assert "hit rate" in text
    assert loaded.name in text
    assert "outcomes: loaded 1" in text


def test_a_region_s_answer_is_explained(loaded, alias):
    found = json.loads(run("explain", loaded.name, "user_id=42", "name=None", "--json"))
    assert (found["region"], found["hit"]) == (loaded.name, True)
    assert ["auth_user(id=42)", "current"] in found["tags"]
    text = run("explain", loaded.name, "user_id=42", "name=ada")
    assert "found: False" in text


def test_a_plain_key_is_explained(cache, alias):
    cache.set("key", 1)
    cache.set("key", 1, version=7)
    found = json.loads(run("explain", "key", "--cache", alias, "--json"))
    assert (found["key"], found["hit"]) == ("tests:1:key", True)
    assert "key: tests:7:key" in run("explain", "key", "--key-version", "7", "--cache", alias)


@pytest.mark.parametrize(
    "tag",
    [
        "auth_user.id=42",
        "auth.User.id=42",
        "auth_user",
        "a_table",
        "a_table.any=1",
        "user:42",
        "rights:42",
        "tag:rates",
        "region:{name}",
    ],
)
def test_tags_end_answers(loaded, tag):
    text = tag.format(name=loaded.name)
    assert f"ended: {text}" in run("invalidate", text)
    assert loaded.peek(user_id=42, name=None) is ABSENT


@pytest.mark.parametrize("tag", ["auth_user.id=43", "user:43", "rights:43", "tag:42", "tenant:42"])
def test_other_tags_do_not(loaded, tag):
    run("invalidate", tag)
    assert loaded.peek(user_id=42, name=None) == "answer"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["explain", "{name}", "user_id=x", "name=a"], "wanted int, found: str"),
        (["explain", "{name}", "user_id=1"], "wanted the key fields user_id, name"),
        (["explain", "{name}", "user_id"], "wanted FIELD=VALUE"),
        (["explain", "nowhere", "user_id=1"], "wanted a region"),
        (["invalidate", "region:nowhere"], "found: nowhere"),
        (["invalidate", "id=1"], "wanted TABLE.COLUMN=VALUE"),
        (["invalidate", "auth_user.nope=1"], "wanted a column"),
        (["invalidate", "auth_user.id=x"], "wanted int"),
    ],
)
def test_mistakes_are_told(region, arguments, words):
    with pytest.raises(CommandError, match=words):
        run(*(each.format(name=region.name) for each in arguments))

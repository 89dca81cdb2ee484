"""The demo on a server: what the site is told, and what is said of a store that cannot be used."""

from pathlib import Path

import pytest
from demo import make_plan, parse_arguments
from play.errors import DemoError
from play.server import Plan, environment
from play.store import require_store, said

LOCATION = "unix:///run/redis.sock"


def plan_of(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["demo.py", *arguments])
    return make_plan(parse_arguments(), ("surecache",), Path("unused"))


def test_without_a_store_the_site_keeps_to_its_folder(monkeypatch):
    told = environment(plan_of(monkeypatch))
    assert (told["SITE_STORE"], told["SITE_NAMESPACE"]) == ("", "")


def test_each_run_on_a_server_has_a_prefix_of_its_own(monkeypatch):
    plans = [plan_of(monkeypatch, "--store", LOCATION) for _ in range(2)]
    told = [environment(plan) for plan in plans]
    assert [each["SITE_STORE"] for each in told] == [LOCATION, LOCATION]
    assert told[0]["SITE_NAMESPACE"] != told[1]["SITE_NAMESPACE"]


def test_a_store_of_one_process_is_refused():
    plan = Plan(Path("unused"), ("surecache",), store="memory://demo")
    with pytest.raises(DemoError, match="several processes share, found: memory://demo"):
        require_store(plan)


def test_what_is_no_location_is_refused_with_what_was_wanted(monkeypatch):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")  # these tests have settings, the site its own
    plan = Plan(Path("unused"), ("surecache",), store="nonsense")
    with pytest.raises(DemoError, match=r"wanted a location .*found: nonsense\nhint: make demo"):
        require_store(plan)


def test_of_a_failure_the_error_is_told_without_what_led_to_it():
    assert said("Traceback\nCommandError: wanted a\nhint: b\n") == "wanted a\nhint: b"
    assert said("no error of a command\n") == "no error of a command"

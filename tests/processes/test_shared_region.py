"""A region declared alike in Python and Rust is one region.

A Django process and a Rust program use one store. What one has filled the other hits;
what one ends is ended for both; a declaration that is not alike is another region.
"""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.processes.stage import PATIENCE_S, ROOT, Stage

BUILD_S = 600
SECRET = "the secret of the shop"

pytestmark = pytest.mark.timeout(BUILD_S)


@dataclass(frozen=True)
class Rust:
    """The Rust program: each call is a process of its own."""

    program: Path
    location: str

    def call(self, act: str, user_id: int = 42, **other: str) -> dict[str, Any]:
        request = {"location": self.location, "namespace": "shop", "secret": SECRET, **other}
        done = subprocess.run(
            [self.program],
            input=json.dumps({**request, "user_id": user_id, "act": act}),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def program() -> Path:
    """The program, built; of features only those that the Rust tests are built with."""
    command = ["cargo", "build", "--quiet", "--locked", "--message-format=json"]
    target = ["-p", "surecache", "--all-features", "--example", "shared_region"]
    built = subprocess.run([*command, *target], cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    messages = map(json.loads, built.stdout.splitlines())
    (executable,) = {message["executable"] for message in messages if message.get("executable")}
    return Path(executable)


@pytest.fixture
def rust(program: Path, shared_stage: Stage) -> Rust:
    return Rust(program, shared_stage.location)


def test_what_django_has_filled_rust_hits(shared_stage: Stage, rust: Rust):
    django = shared_stage.worker()
    filled = django.call("shared:get", user_id=42)
    assert filled["loaded"]
    found = rust.call("get")
    assert found == {
        "value": filled["value"],
        "loaded": False,
        "outcomes": {"hit": 1},
        "refusals": {},
    }


def test_what_rust_has_filled_django_hits(shared_stage: Stage, rust: Rust):
    filled = rust.call("get")
    assert (filled["loaded"], filled["outcomes"]) == (True, {"loaded": 1})
    django = shared_stage.worker()
    assert django.call("shared:explain", user_id=42) is None
    found = django.call("shared:get", user_id=42)
    assert found == {"value": filled["value"], "loaded": False}
    assert django.call("shared:counts") == {"outcomes": {"hit": 1}, "refusals": {}}


def test_keys_are_equal_by_value(shared_stage: Stage, rust: Rust):
    django = shared_stage.worker()
    ids = [0, 1, -1, 127, 128, 255, 256, 2**31, 2**63 - 1, -(2**63)]
    for user_id in ids:
        assert django.call("shared:get", user_id=user_id)["loaded"]
    for user_id in ids:
        found = rust.call("get", user_id=user_id)
        assert (found["loaded"], found["value"]["user_id"]) == (False, user_id)


@pytest.mark.parametrize("end", ["invalidate", "delete"])
def test_what_rust_ends_is_ended_for_django(shared_stage: Stage, rust: Rust, end: str):
    django = shared_stage.worker()
    django.call("shared:get", user_id=42)
    django.call("shared:get", user_id=43)
    rust.call(end)
    assert django.call("shared:get", user_id=42)["loaded"]
    assert not django.call("shared:get", user_id=43)["loaded"]


@pytest.mark.parametrize("end", ["update", "delete"])
def test_what_django_ends_is_ended_for_rust(shared_stage: Stage, rust: Rust, end: str):
    django = shared_stage.worker()
    rust.call("get")
    rust.call("get", user_id=43)
    django.call(f"shared:{end}", user_id=42)
    ended = rust.call("get")
    assert ended["loaded"]
    assert ended["refusals"] == ({"invalidated": 1} if end == "update" else {})
    assert not rust.call("get", user_id=43)["loaded"]


def test_rust_waits_for_a_load_of_django(shared_stage: Stage, rust: Rust):
    django = shared_stage.worker()
    slow = django.start("shared:get", user_id=42, gate="loading")
    django.wait_for("loading")
    with ThreadPoolExecutor() as threads:
        waiting = [threads.submit(rust.call, "get") for _ in range(2)]
        django.open("loading")
        assert slow.result(PATIENCE_S)["loaded"]
        for found in waiting:
            assert found.result(PATIENCE_S)["value"]["name"] == "loaded by Django"
            assert not found.result()["loaded"]


def test_a_load_of_django_that_rust_has_ended_is_not_stored(shared_stage: Stage, rust: Rust):
    django = shared_stage.worker()
    slow = django.start("shared:get", user_id=42, gate="loading")
    django.wait_for("loading")
    rust.call("invalidate")
    found = rust.call("get")
    assert (found["loaded"], found["value"]["name"]) == (True, "loaded by Rust")
    django.open("loading")
    assert slow.result(PATIENCE_S)["value"]["name"] == "loaded by Django"
    assert rust.call("get")["value"]["name"] == "loaded by Rust"
    assert django.call("shared:get", user_id=42)["value"]["name"] == "loaded by Rust"


def test_another_secret_opens_nothing(shared_stage: Stage, rust: Rust):
    django = shared_stage.worker()
    django.call("shared:get", user_id=42)
    found = rust.call("get", secret="not the secret of the shop")
    assert (found["loaded"], found["refusals"]) == (True, {"other_key": 1})
    assert django.call("shared:explain", user_id=42) == "other_key"
    assert django.call("shared:get", user_id=42)["loaded"]


def test_another_namespace_holds_other_answers(shared_stage: Stage, rust: Rust):
    django = shared_stage.worker()
    django.call("shared:get", user_id=42)
    found = rust.call("get", namespace="staging")
    assert (found["loaded"], found["refusals"]) == (True, {})
    assert not django.call("shared:get", user_id=42)["loaded"]

"""The server, the cores and the rivals of a measurement."""

import os
import threading
from pathlib import Path

from benches import rivals
from benches.pinning import pinned
from benches.scenes import REDIS
from tests.servers import RedisServer
from tools.steps import server


def test_a_server_answers_as_long_as_it_is_needed():
    with server.serving() as started:
        assert started.location == f"redis://127.0.0.1:{started.port}/0"
        title = Path(f"/proc/{started.pid}/cmdline").read_text()
        assert f"127.0.0.1:{started.port}" in title
    assert not Path(f"/proc/{started.pid}").exists()


def test_a_port_that_is_taken_meanwhile_is_left_to_its_owner(monkeypatch):
    with server.serving() as other:
        ports = iter([other.port, server._free_port()])
        monkeypatch.setattr(server, "_free_port", lambda: next(ports))
        with server.serving() as started:
            assert started.port != other.port


def test_all_threads_of_client_and_server_are_on_one_core_and_free_afterwards(
    redis_server: RedisServer,
):
    before, ends = os.sched_getaffinity(0), threading.Event()
    thread = threading.Thread(target=ends.wait)
    thread.start()
    try:
        with pinned(os.getpid(), redis_server.pid):
            tasks = [*threads(os.getpid()), *threads(redis_server.pid)]
            assert len(tasks) > 2
            assert {frozenset(os.sched_getaffinity(task)) for task in tasks} == {
                frozenset({max(before)})
            }
        assert all(os.sched_getaffinity(task) == before for task in tasks)
    finally:
        ends.set()
        thread.join()


def test_what_is_not_installed_is_left_out_with_its_name(monkeypatch):
    monkeypatch.setitem(rivals.RIVALS, "nonesuch", rivals.Rival("a.b", REDIS, ("nonesuch-cache",)))
    monkeypatch.setitem(rivals.RIVALS, "future", rivals.Rival("a.b", REDIS, ("x",), python=(9, 0)))
    left_out = {each.name: each for each in rivals.left_out()}
    assert left_out["nonesuch"].why == "not installed: nonesuch-cache"
    assert left_out["nonesuch"].is_failure
    assert left_out["future"].why == "wanted Python 9.0 or newer"
    assert not left_out["future"].is_failure


def threads(process):
    return [int(task.name) for task in Path(f"/proc/{process}/task").iterdir()]

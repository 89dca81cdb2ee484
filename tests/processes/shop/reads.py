"""Acts that read, alone or in crowds."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from surecache.errors import LoadTimeout

from tests.processes.shop import loads
from tests.processes.shop.notes import note
from tests.processes.shop.ways import way
from tests.processes.shop.worker import pass_by, stop_at


def quick(way_name: str, item_id: int = 1, gate: str | None = None) -> dict:
    """Reads; a load, where one is needed, does not stop. Tells `gate` before it begins."""
    if gate:
        pass_by(gate)
    return way(way_name).read(item_id)


def slow(way_name: str, gate: str, item_id: int = 1) -> dict:
    """Reads; its load stops at `gate` between reading and returning."""
    with loads.meanwhile(lambda: stop_at(gate)):
        return way(way_name).read(item_id)


def peek(way_name: str, item_id: int = 1) -> dict | None:
    """What stands there, `None` for nothing."""
    return way(way_name).peek(item_id)


def crowd(
    way_name: str,
    threads: int,
    gate: str,
    item_id: int = 1,
    load_s: float = 0,
    hangs_at: str | None = None,
) -> list[dict]:
    """Reads in many threads that begin together once `gate` is opened.

    Loads take `load_s` seconds, or stop at `hangs_at`. Each item of the answer has the `value` or
    the `error` of one reader, and the seconds that it `took`.
    """
    if hangs_at:
        return _together(threads, gate, way_name, item_id, lambda: stop_at(hangs_at))
    return _together(threads, gate, way_name, item_id, lambda: time.sleep(load_s))


def _together(
    threads: int, gate: str, way_name: str, item_id: int, during: Callable[[], None]
) -> list[dict]:
    ready, start = threading.Barrier(threads + 1), threading.Event()

    def one() -> dict:
        ready.wait()
        start.wait()
        began = time.monotonic()
        try:
            with loads.meanwhile(during):
                answer = _answer(way_name, item_id)
            return {**answer, "took": time.monotonic() - began}
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        readers = [pool.submit(one) for _ in range(threads)]
        ready.wait()
        stop_at(gate)
        start.set()
        return [reader.result() for reader in readers]


def _answer(way_name: str, item_id: int) -> dict:
    try:
        return {"value": way(way_name).read(item_id)}
    except LoadTimeout as error:
        note("told")
        return {"error": type(error).__name__}

"""One HTTP client with one kept-alive connection, and what it notes of each answer."""

import contextlib
import http.client
import json
import socket
import time
from typing import Any

from play.errors import DemoError
from play.judge import Reading, Write
from play.server import HOST

TIMEOUT_S = 60


class Client:
    """Speaks to one half of the site. For one thread at a time, but for `close`."""

    def __init__(self, port: int, half: str) -> None:
        self.half = half
        self._connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)

    def connect(self) -> int:
        """Opens the connection; returns the process id of the worker that answers on it."""
        return int(self._exchange("GET", "/api/health")[2]["worker"])

    def close(self) -> None:
        """Also ends a request that another thread waits for."""
        if self._connection.sock is not None:
            with contextlib.suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def read_profile(self, user_id: int) -> Reading:
        started, ended, body = self._exchange("GET", f"/api/{self.half}/profile/{user_id}")
        value = body["value"]
        return _reading(started, ended, body, (user_id, 0), (value["user_id"], 0), value["version"])

    def read_dashboard(self, user_id: int, team_id: int) -> Reading:
        path = f"/api/{self.half}/dashboard/{team_id}"
        started, ended, body = self._exchange("GET", path, user_id)
        value = body["value"]
        answered = (value["user_id"], value["team_id"])
        return _reading(started, ended, body, (user_id, team_id), answered, value["role_version"])

    def update_profile(self, user_id: int, title: str) -> Write:
        return self._write(f"profile/{user_id}/update", {"title": title})

    def change_role(self, user_id: int, team_id: int, role: str) -> Write:
        return self._write(f"team/{team_id}/user/{user_id}/role", {"role": role})

    def revoke(self, user_id: int, team_id: int, kind: str) -> float:
        """Takes the permission away and returns when the answer had arrived."""
        path = f"/api/{self.half}/team/{team_id}/user/{user_id}/revoke"
        return self._exchange("POST", path, body={"kind": kind})[1]

    def _write(self, path: str, body: dict[str, str]) -> Write:
        _, ended, answer = self._exchange("POST", f"/api/{self.half}/{path}", body=body)
        return Write(returned=ended, version=answer["version"])

    def _exchange(
        self, method: str, path: str, user_id: int = 0, body: dict[str, str] | None = None
    ) -> tuple[float, float, dict[str, Any]]:
        headers = {"X-User-Id": str(user_id)} if user_id else {}
        content = None if body is None else json.dumps(body)
        started = time.monotonic()
        try:
            self._connection.request(method, path, content, headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise DemoError(f"{method} {path} got no answer: {error!r}") from error
        ended = time.monotonic()
        if response.status != 200:
            raise DemoError(f"{method} {path}: wanted status 200, found: {response.status}")
        return started, ended, json.loads(text)


def _reading(
    started: float,
    ended: float,
    body: dict[str, Any],
    asked: tuple[int, int],
    answered: tuple[int, int],
    version: int,
) -> Reading:
    return Reading(
        started=started,
        ended=ended,
        asked=asked,
        answered=answered,
        permissions=frozenset(body["value"].get("permissions", ())),
        version=version,
        loaded=body["loaded"],
        service_ms=body["took_ms"],
        worker=body["worker"],
    )

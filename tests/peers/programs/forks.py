"""A connection across a fork: `python -m tests.peers.programs.forks SUBJECT SOCKET PID`.

SUBJECT is `redis`, surecache on a server, or anything else for a socket that stays open across the
fork. PID is the server's, to be stopped where it stands and to go on.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable

TIMEOUT_S = 0.5


def forked(get: Callable[[str], str | None], server: int) -> str:
    """A child asks for a value and is not answered in time; then its parent asks for another."""
    assert get("key:0") == "value:0"
    os.kill(server, signal.SIGSTOP)
    child = os.fork()
    if child == 0:
        try:
            get("key:1")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.kill(server, signal.SIGCONT)
    return "each reply is one's own" if get("key:2") == "value:2" else "replies are those of others"


def on_surecache(path: str, server: int) -> str:
    from django.conf import settings

    cache = {
        "BACKEND": "surecache.django.SureCache",
        "LOCATION": f"unix://{path}",
        "OPTIONS": {"timeout": TIMEOUT_S},
    }
    settings.configure(SECRET_KEY="the secret of the tests", CACHES={"default": cache})
    from django.core.cache import cache as opened

    for number in range(3):
        opened.set(f"key:{number}", f"value:{number}")
    return forked(opened.get, server)


def on_a_socket(path: str, server: int) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(TIMEOUT_S)
        connection.connect(path)
        replies = connection.makefile("rb")

        def ask(line: str) -> str:
            connection.sendall(f"{line}\r\n".encode())
            reply = replies.readline().decode().strip()
            return replies.readline().decode().strip() if reply.startswith("$") else reply

        for number in range(3):
            assert ask(f"SET key:{number} value:{number}") == "+OK"
        return forked(lambda key: ask(f"GET {key}"), server)


if __name__ == "__main__":
    subject, path, server = sys.argv[1:]
    played = on_surecache if subject == "redis" else on_a_socket
    print(json.dumps(played(path, int(server))))

"""A server of a test's own that speaks TLS."""

from __future__ import annotations

import contextlib
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.servers import RedisServer

CERTIFICATES = Path(__file__).resolve().parents[2] / "crates/surecache-testkit/certificates"
AUTHORITY = CERTIFICATES / "authority.pem"


@contextlib.contextmanager
def secured(certificate: str = "server", clients: str = "optional") -> Iterator[str]:
    """The location of a server that shows a certificate."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    options = {
        "--tls-port": port,
        "--tls-cert-file": CERTIFICATES / f"{certificate}.pem",
        "--tls-key-file": CERTIFICATES / f"{certificate}.key",
        "--tls-ca-cert-file": AUTHORITY,
        "--tls-auth-clients": clients,
    }
    arguments = [str(part) for option in options.items() for part in option]
    with (
        tempfile.TemporaryDirectory(prefix="surecache-redis-") as folder,
        RedisServer(Path(folder), arguments),
    ):
        yield f"rediss://127.0.0.1:{port}"

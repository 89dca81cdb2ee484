"""The table in docs/reference/peers.md is made of the scenes: ``python -m tests.peers.page``."""

from __future__ import annotations

import re

from tests.peers.scene import Scene
from tests.peers.scenes import SCENES
from tests.peers.subjects import PEERS, ROOT, version_of

__all__ = ["PAGE", "renewed"]

PAGE = ROOT / "docs/reference/peers.md"
HEAD = "| scene | what goes wrong | seen in | absent in surecache on |\n| --- | --- | --- | --- |\n"
LATER = "none yet"


def renewed(page: str) -> str:
    """The page with the table as the scenes have it now."""
    table = HEAD + "".join(map(_row, SCENES))
    renewed, count = re.subn(rf"^{re.escape(HEAD)}(\|.*\n)+", lambda _: table, page, flags=re.M)
    assert count == 1, f"wanted one table of scenes in {PAGE}, found: {count}"
    return renewed


def _row(scene: Scene) -> str:
    seen = ", ".join(f"{PEERS[peer].title} {version_of(peer)}".strip() for peer in scene.peers)
    here = ", ".join(scene.ours) or LATER
    here = f"regions: {here}" if scene.by_region else here
    return f"| `{scene.name}` | {scene.wrong} | {seen} | {here} |\n"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

"""Each scene on surecache, where nothing goes wrong, and on peers, where it does."""

from __future__ import annotations

import pytest

from tests.peers import programs
from tests.peers.scene import Scene
from tests.peers.scenes import SCENES
from tests.peers.stage import Stage
from tests.peers.subjects import PEERS, lacking, version_of

OURS = [(scene, store) for scene in SCENES for store in scene.ours]
THEIRS = [(scene, peer) for scene in SCENES for peer in scene.peers]


def _names(pairs: list[tuple[Scene, str]]) -> list[str]:
    return [f"{scene.name}-{subject}" for scene, subject in pairs]


@pytest.fixture
def play(settings, django_db_blocker):
    def played(scene: Scene, subject: str) -> object:
        if subject in PEERS and (python := PEERS[subject].python):
            return programs.run("scene", scene.name, subject, python=python)
        stage = Stage(subject, settings, by_region=scene.by_region)
        with django_db_blocker.unblock(), stage:
            return scene.play(stage)

    return played


@pytest.mark.parametrize(("scene", "store"), OURS, ids=_names(OURS))
def test_nothing_goes_wrong_here(play, scene, store):
    assert play(scene, store) == scene.right


@pytest.mark.parametrize(("scene", "peer"), THEIRS, ids=_names(THEIRS))
def test_the_scene_sees_what_goes_wrong(play, scene, peer):
    """Else the test above may be blind; or the peer has mended it, and the page is to say so."""
    if lack := lacking(peer):
        pytest.skip(f"machine lacks: {lack}")
    assert scene.peers[peer] != scene.right
    assert play(scene, peer) == scene.peers[peer], f"{PEERS[peer].title} {version_of(peer)}"

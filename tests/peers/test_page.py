"""The page of scenes says what the scenes say, and the scenes hang together."""

from tests.peers.page import PAGE, renewed
from tests.peers.scene import STORES
from tests.peers.scenes import SCENES
from tests.peers.subjects import PEERS


def test_the_table_is_as_the_scenes_have_it():
    page = PAGE.read_text(encoding="utf-8")
    assert page == renewed(page), "hint: python -m tests.peers.page"


def test_each_scene_has_a_name_of_its_own_and_a_control():
    names = [scene.name for scene in SCENES]
    assert sorted(set(names)) == sorted(names)
    assert [scene.name for scene in SCENES if not scene.peers] == []


def test_each_subject_is_known():
    assert {peer for scene in SCENES for peer in scene.peers} == set(PEERS)
    assert {store for scene in SCENES for store in scene.ours} <= set(STORES)

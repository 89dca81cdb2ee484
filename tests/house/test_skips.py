"""A skipped test is a failed one, unless the machine lacks what it needs."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "tests/conftest.py"

SKIPS = """
    import pytest

    def test_runs(): pass

    def test_skips(): pytest.skip("no time")

    @pytest.mark.xfail(strict=True)
    def test_is_expected_to_fail(): assert False

    def test_lacks(): pytest.skip("machine lacks: a second head")
"""


@pytest.fixture
def tree(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("SURECACHE_MACHINE_LACKS", str(pytester.path / "lacks.txt"))
    pytester.makeconftest(RULES.read_text())
    return pytester


def test_a_skip_fails_and_what_the_machine_lacks_is_listed(tree: pytest.Pytester) -> None:
    tree.makepyfile(SKIPS)
    result = tree.runpytest_subprocess("-p", "no:django", "-p", "no:randomly")
    result.assert_outcomes(passed=1, failed=2, skipped=1)
    result.stdout.fnmatch_lines(["*found a skip: no time", "!!! NOT RUN: *a second head"])
    assert (tree.path / "lacks.txt").read_text() == "a second head\n"


def test_a_module_that_skips_itself_is_an_error(tree: pytest.Pytester) -> None:
    tree.makepyfile("import pytest\npytest.skip('not today', allow_module_level=True)")
    result = tree.runpytest_subprocess("-p", "no:django")
    result.assert_outcomes(errors=1)

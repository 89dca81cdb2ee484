"""What every source file keeps to, whatever its language."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {".py", ".pyi", ".rs"}
LINE_LIMIT = 100
FILE_LIMIT = 600
MEDIAN_LIMIT = 200


def _tracked() -> list[Path]:
    """What git knows or would add; in an unpacked archive, everything but what is built."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        paths = [ROOT / line for line in listed.stdout.splitlines()]
    else:
        built = {"build", "target"}
        paths = [path for path in ROOT.rglob("*") if not built & set(path.parts)]
    return [path for path in paths if path.suffix in SOURCES and path.is_file()]


FILES = _tracked()


def test_there_are_sources():
    assert len(FILES) > 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_narrow_and_ascii(path: Path):
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= FILE_LIMIT
    assert [number for number, line in enumerate(lines, 1) if len(line) > LINE_LIMIT] == []
    assert [number for number, line in enumerate(lines, 1) if not line.isascii()] == []


def test_the_median_file_is_small():
    lengths = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in FILES)
    assert lengths[len(lengths) // 2] <= MEDIAN_LIMIT

"""What the pages name exists: files, headings, mutants, tests."""

import re
import subprocess
from pathlib import Path

import pytest

from tools.steps.mutants import pairs as declared_pairs

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)#\s:]*)(?:#([^)\s]*))?\)")
NAMED = re.compile(r"`((?:crates|docs|examples|python|tests|tools)/[\w./-]+)`")
MUTANTS = re.compile(r"[Mm]utants?:?\s((?:`\w+`(?:,\s|\sand\s)?)+)")
TEST = re.compile(r"`([a-z]+(?:_[a-z]+){4,})`")
CODE = re.compile(r"^```.*?^```$", re.M | re.S)


def _pages() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]
    return [path for path in ROOT.rglob("*.md") if not {"build", "target"} & set(path.parts)]


PAGES = _pages()


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", CODE.sub("", page.read_text(encoding="utf-8")), re.M)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


def _text(page: Path) -> str:
    return CODE.sub("", page.read_text(encoding="utf-8"))


def _sources() -> str:
    folders = (ROOT / "crates", ROOT / "tests")
    paths = (path for folder in folders for path in folder.rglob("*.[rp][sy]"))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path):
    dead = []
    for path, anchor in LINK.findall(_text(page)):
        target = (page.parent / path) if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            dead.append(f"{path}#{anchor}")
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path):
    places = (ROOT, page.parent)
    names = NAMED.findall(_text(page))
    assert [name for name in names if not any((at / name).exists() for at in places)] == []


def test_mutants_and_tests_that_are_named_exist():
    text = "\n".join(map(_text, PAGES))
    mutants = {name for named in MUTANTS.findall(text) for name in re.findall(r"\w+", named)}
    declared = {pair.mutant for pair in declared_pairs()}
    assert mutants, "found no mutant on any page"
    assert sorted(mutants - declared) == []
    tests, sources = set(TEST.findall(text)), _sources()
    assert tests, "found no test on any page"
    assert [name for name in sorted(tests) if not re.search(rf"\b{name}\b", sources)] == []

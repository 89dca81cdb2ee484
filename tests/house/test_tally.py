"""The counts of `make test` are those of the programs that it runs."""

import pytest

from tools.steps.tally import Tally, judged, names_of_failed, read

CARGO = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0s"
CARGO_IGNORED = CARGO.replace("0 ignored", "2 ignored")
NEXTEST = "     Summary [   0.005s] 12 tests run: 11 passed (1 slow), 1 failed, 0 skipped"
PYTEST = "==== 1 failed, 20 passed, 3 skipped, 1 error in 12.34s (0:00:12) ===="


@pytest.mark.parametrize(
    ("output", "tally"),
    [
        (CARGO, Tally(3, 0)),
        (f"{CARGO}\n{CARGO}\n", Tally(6, 0)),
        (CARGO_IGNORED, Tally(3, 2)),
        (NEXTEST, Tally(11, 1)),
        (f"\x1b[32m{PYTEST}\x1b[0m", Tally(20, 2)),
        ("5 passed in 0.10s", Tally(5, 0)),
        ("nothing of interest", Tally(0, 0)),
    ],
)
def test_closing_lines_are_read(output: str, tally: Tally) -> None:
    assert read(output) == tally


def test_a_program_that_fails_without_a_count_is_a_failure() -> None:
    assert judged(CARGO, exit_code=101) == Tally(3, 1)


def test_a_program_that_ran_no_test_is_a_failure() -> None:
    assert judged(CARGO.replace("3 passed", "0 passed"), exit_code=0) == Tally(0, 1)


@pytest.mark.parametrize(
    ("output", "names"),
    [
        (
            "test base::fork::tests::one ... FAILED\ntest base::two ... ok\n",
            ("base::fork::tests::one",),
        ),
        (
            "        FAIL [   0.012s] (1/3) surecache::doors redis::one\n"
            "        PASS [   0.012s] (2/3) surecache::doors redis::two\n"
            "     TIMEOUT [  60.012s] surecache three\n"
            "        FAIL [   0.012s] (1/3) surecache::doors redis::one\n",
            ("surecache::doors redis::one", "surecache three"),
        ),
        (
            "FAILED tests/a/test_b.py::test_c[d-e] - AssertionError: assert 1 == 2\n"
            "\x1b[31mERROR\x1b[0m tests/a/test_b.py::test_d - psycopg.errors.DuplicateTable\n",
            (
                "tests/a/test_b.py::test_c[d-e] - AssertionError: assert 1 == 2",
                "tests/a/test_b.py::test_d - psycopg.errors.DuplicateTable",
            ),
        ),
        (
            "FAIL: test_touch (cache.tests.RedisCacheTests)\n",
            ("test_touch (cache.tests.RedisCacheTests)",),
        ),
        (PYTEST, ()),
    ],
    ids=["cargo", "nextest", "pytest", "unittest", "none"],
)
def test_what_failed_is_named(output: str, names: tuple[str, ...]) -> None:
    assert names_of_failed(output) == names
    assert (read(output) + Tally()).names == names

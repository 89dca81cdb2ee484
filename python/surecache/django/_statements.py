"""Tells a plain SELECT from everything else, by its text.

Whatever is not surely a plain SELECT counts as a write: a mistake in that direction costs a load,
one in the other a wrong answer.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["begins", "ends", "is_control", "is_plain_select"]

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`")
_START = re.compile(r"[\s(]*SELECT\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_]+")
_CALL = re.compile(r"([\w.\"]+)\s*\(")
_CONTROL = re.compile(r"\s*(?:BEGIN|SAVEPOINT|RELEASE|ROLLBACK)\b", re.IGNORECASE)
_BEGINS = re.compile(r"\s*(?:BEGIN|START\s+TRANSACTION)\b", re.IGNORECASE)
_ENDS = re.compile(
    r"\s*(?:COMMIT|END|ROLLBACK(?!\s+(?:(?:WORK|TRANSACTION)\s+)?TO\b))\b", re.IGNORECASE
)

_UNSURE = ("\\", "$", "--", "/*", "#")
"""Escapes, dollar quotes and comments: what looks like text may be none."""

_WRITING = frozenset(["DELETE", "INSERT", "INTO", "LOCK", "MERGE", "SHARE", "UPDATE"])
"""Also `FOR UPDATE`, `FOR SHARE`, `SELECT INTO`."""

_NAMES = (
    "ABS ALL AND ANY ARRAY ARRAY_AGG AS ASCII AVG BETWEEN BIT_AND BIT_OR BOOL_AND BOOL_OR BY "
    "CASE CAST CEIL CEILING CHAR CHARACTER_LENGTH CHAR_LENGTH CHR COALESCE CONCAT CONCAT_WS "
    "CONVERT COUNT CUME_DIST DATE DATETIME DATE_PART DATE_TRUNC DECIMAL DENSE_RANK DISTINCT "
    "ELSE EXCEPT EXISTS EXP EXTRACT FILTER FIRST_VALUE FLOOR FROM GREATEST GROUP_CONCAT "
    "HAVING HEX IFNULL IN INTERSECT INTERVAL JOIN JSONB_AGG JSON_ARRAY_LENGTH JSON_EXTRACT "
    "JSON_OBJECT JSON_TYPE LAG LAST_VALUE LATERAL LEAD LEAST LEFT LENGTH LIKE LN LOG LOWER "
    "LPAD LTRIM MAX MD5 MIN MOD NOT NOW NTH_VALUE NTILE NULLIF NUMERIC ON OR OVER "
    "PERCENT_RANK POSITION POWER RANK REPEAT REPLACE REVERSE RIGHT ROUND ROW_NUMBER RPAD "
    "RTRIM SELECT SHA1 SHA256 SIGN SOME SQRT STDDEV_POP STDDEV_SAMP STRFTIME STRING_AGG "
    "STRPOS SUBSTR SUBSTRING SUM THEN TIME TIMESTAMP TO_CHAR TO_TIMESTAMP TRIM UNION UPPER "
    "USING VALUES VARCHAR VAR_POP VAR_SAMP WHEN WHERE "
)
_HARMLESS = frozenset(_NAMES.split())
"""What stands before a parenthesis and writes nothing."""


def is_plain_select(sql: object) -> bool:
    """Whether a statement surely only reads, and takes no locks.

    Args:
        sql: A statement as it is given to a cursor. One that is no text, such as the composed
            statements of a driver, is not surely anything.
    """
    return type(sql) is str and _is_plain_select(sql)


def is_control(sql: object) -> bool:
    """Whether a statement begins or ends a transaction or a savepoint."""
    return type(sql) is str and _CONTROL.match(sql) is not None


def begins(sql: object) -> bool:
    """Whether a statement begins a transaction."""
    return type(sql) is str and _BEGINS.match(sql) is not None


def ends(sql: object) -> bool:
    """Whether a statement ends a transaction."""
    return type(sql) is str and _ENDS.match(sql) is not None


@lru_cache(maxsize=256)
def _is_plain_select(sql: str) -> bool:
    text = _QUOTED.sub('""', sql).rstrip().removesuffix(";")
    if not _START.match(text) or ";" in text or any(mark in text for mark in _UNSURE):
        return False
    if not _WRITING.isdisjoint(word.upper() for word in _WORD.findall(text)):
        return False
    calls = (name.upper() for name in _CALL.findall(text))
    return all(name in _HARMLESS or name.startswith("DJANGO_") for name in calls)

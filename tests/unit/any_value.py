"""Any value of the safe codec, and a strict comparison of two."""

import datetime
import math
from decimal import Decimal

from hypothesis import strategies as st


def exactly(value):
    """A form that is equal only for values alike in every type, sign, zone, fold and order."""
    kind = type(value)
    if kind in (list, tuple):
        return kind, [exactly(item) for item in value]
    if kind in (set, frozenset):
        return kind, sorted(repr(exactly(item)) for item in value)
    if kind is dict:
        return kind, [(exactly(key), exactly(item)) for key, item in value.items()]
    if kind is float:
        return kind, math.copysign(1, value), repr(value)
    if kind in (datetime.datetime, datetime.time):
        zone = value.tzinfo
        return kind, value.replace(tzinfo=None), value.fold, type(zone), repr(zone)
    if kind is Decimal:
        return kind, value.as_tuple()
    return kind, value


# Hashable values that contain no NaN: two equal keys would be one.
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**300), 2**300),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.dates(),
    st.times(),
    st.times(timezones=st.just(datetime.timezone.utc)),
    st.datetimes(timezones=st.none() | st.timezones(), allow_imaginary=True),
    st.timedeltas(),
    st.decimals(allow_nan=False),
    st.uuids(),
)
keys = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner),
    max_leaves=4,
)
values = st.recursive(
    scalars | st.just(math.nan),
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.dictionaries(keys, inner),
        st.sets(keys),
        st.frozensets(keys),
    ),
    max_leaves=20,
)

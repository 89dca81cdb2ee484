"""What the worker processes cache."""

from surecache.django import Region, Row, Scope

from tests.processes.shop.models import Item

EVERYBODY = Scope.public("the shop shows everybody the same")

# Ended by its own key only.
own = Region("own", key={"item_id": int}, scope=EVERYBODY, ttl=300)

item = Region(
    "item",
    key={"item_id": int},
    scope=EVERYBODY,
    ttl=300,
    depends_on=[Row(Item, id="item_id")],
)

# As `item`, read by itself.
row = Region(
    "row",
    key={"item_id": int},
    scope=EVERYBODY,
    ttl=300,
    depends_on=[Row(Item, id="item_id")],
)

# What its loader reads may not be stored.
private = Region("private", key={"item_id": int}, scope=EVERYBODY, ttl=300)

# Has no dependencies but those of the `item` that its loader reads.
page = Region("page", key={"item_id": int}, scope=EVERYBODY, ttl=300)

# Leases that fall soon, for loaders that are killed.
brief = Region("brief", key={"item_id": int}, scope=EVERYBODY, ttl=300, lease=0.5)

# Readers that wait for one second, for loads that hang.
impatient = Region("impatient", key={"item_id": int}, scope=EVERYBODY, ttl=300, wait=1)

# What `versions` says.
version = Region(
    "version",
    key={"item_id": int},
    scope=EVERYBODY,
    ttl=300,
    depends_on=[Row(Item, id="item_id")],
)

# Numbers that are their own answers.
number = Region(
    "number",
    key={"number": int},
    scope=EVERYBODY,
    ttl=None,
    depends_on=[Row(Item, id="number")],
)

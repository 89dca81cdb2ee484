"""All that a run has noted, for each half by name; nothing counted yet but by the phases."""

from dataclasses import dataclass, field

from play.phases.cold import Cold
from play.phases.foreign import Foreign
from play.phases.latency import Latency
from play.phases.overlap import Overlapped
from play.phases.revoke import Revoked
from play.phases.update import Updated
from play.underscoped import Refusal


@dataclass
class Played:
    """Filled phase by phase. `updated` and `overlapped` have an item for each round."""

    cold: dict[str, Cold] = field(default_factory=dict)
    foreign: dict[str, Foreign] = field(default_factory=dict)
    revoked: dict[str, Revoked] = field(default_factory=dict)
    updated: dict[str, list[Updated]] = field(default_factory=dict)
    overlapped: dict[str, list[Overlapped]] = field(default_factory=dict)
    latency: dict[str, Latency] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

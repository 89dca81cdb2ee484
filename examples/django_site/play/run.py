"""The order of the demo: which phase is played when."""

from concurrent.futures import Future, ThreadPoolExecutor

from play.phases import cold, foreign, latency, overlap, revoke, update
from play.played import Played
from play.progress import Progress
from play.server import Plan, Site, serving
from play.underscoped import try_underscoped

# Races need luck: how often the naive half gets a chance to show its failure.
MOST_ROUNDS = 5


class Play:
    """One run of the demo on one site. Each method plays one phase on all halves."""

    def __init__(self, plan: Plan, site: Site, progress: Progress) -> None:
        self.plan = plan
        self.site = site
        self.say = progress.say
        self.played = Played()

    def cold(self) -> None:
        for half in self.plan.halves:
            result = self.played.cold[half] = cold.play(self.site, half)
            self.say(
                f"(a) {half}: {cold.REQUESTS} requests at once on a cold key over "
                f"{result.workers} workers: {result.loads} loads, "
                f"the slowest answer after {result.slowest_s:.1f} s"
            )

    def foreign(self) -> None:
        if "surecache" in self.plan.halves:
            self.played.refusals = try_underscoped(self.plan)
        for refusal in self.played.refusals:
            self.say(f"(b) surecache is asked for {refusal.declaration}")
            for line in refusal.text.splitlines() or ["accepted, which is wrong"]:
                self.say(f"      {line}")
        for half in self.plan.halves:
            result = self.played.foreign[half] = foreign.play(self.site, half)
            self.say(
                f"(b) {half}: {result.foreign} of {len(result.readings)} answers "
                "were made for somebody else"
            )

    def update(self) -> None:
        played = self.played.updated = {half: [] for half in self.plan.halves}
        for number in range(MOST_ROUNDS):
            for half in self.plan.halves:
                result = update.play(self.site, half, number)
                played[half].append(result)
                self.say(
                    f"(d) {half}: {len(result.writes)} updates under load: {result.stale} of "
                    f"{len(result.readings)} answers older than an update that had returned"
                )
            if "naive" not in played or any(result.stale for result in played["naive"]):
                break

    def overlap(self) -> None:
        played = self.played.overlapped = {half: [] for half in self.plan.halves}
        for _ in range(MOST_ROUNDS):
            for half in self.plan.halves:
                result = overlap.play(self.site, half)
                played[half].append(result)
                self.say(
                    f"(e) {half}: {len(overlap.ROUNDS)} updates in mid-load: {result.stale} of "
                    f"{len(result.readings)} answers older than an update that had returned"
                )
            if "naive" not in played or any(result.stale for result in played["naive"]):
                break

    def collect_revoked(self, watched: dict[str, "Future[revoke.Revoked]"]) -> None:
        for half, future in watched.items():
            result = self.played.revoked[half] = future.result()
            self.say(
                f"(c) {half}: {result.stale} of {len(result.readings)} answers still showed the "
                f"revoked permission, the last one {result.window_s:.1f} s after"
            )

    def latency(self) -> None:
        self.say("(f) cold and warm latency, the halves in turns")
        self.played.latency = latency.play(self.site, self.plan.halves)
        for half, result in self.played.latency.items():
            self.say(f"(f) {half}: {len(result.readings)} requests, {result.loads} loads")


def play_all(plan: Plan, progress: Progress) -> Played:
    """Starts the site, plays every phase on every half, and stops the site."""
    with ThreadPoolExecutor(len(plan.halves)) as background, serving(plan) as site:
        progress.say(f"site: {plan.workers} workers of {plan.threads} threads at {site.address}")
        play = Play(plan, site, progress)
        play.cold()
        # Little traffic for a long time: the next phases are played meanwhile.
        progress.say("(c) a permission is revoked; readers watch until the naive TTL is over")
        watched = {half: background.submit(revoke.play, site, half) for half in plan.halves}
        play.foreign()
        play.update()
        play.overlap()
        play.collect_revoked(watched)
        play.latency()
    return play.played

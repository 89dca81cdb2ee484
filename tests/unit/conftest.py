"""Property tests draw new examples in each run; a failure prints how to play it again."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "surecache",
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("surecache")

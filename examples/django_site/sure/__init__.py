"""The same services on surecache; `regions.py` declares what is cached, `services.py` uses it."""

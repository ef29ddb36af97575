"""What the tests of the harness share."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # a machine under load is no failure
settings.load_profile("unhurried")

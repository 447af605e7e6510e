"""What holds for every test of the checkout."""

import os

from hypothesis import settings

# Several packages here live in a folder of their own name (chassis/chassis). Imported first, the package
# wins over the folder when pytest gives the test modules their names.
import chassis  # noqa: F401
import gateway  # noqa: F401
import witness  # noqa: F401

pytest_plugins = ["chassis.testing"]

# The same examples on every run, so that a red test stays red until it is mended; ICM_HYPOTHESIS=search
# looks further.
settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("search", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("ICM_HYPOTHESIS", "same"))

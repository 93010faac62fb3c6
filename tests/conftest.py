"""Settings shared by all tests."""

import hypothesis

hypothesis.settings.register_profile("compendium", derandomize=True, deadline=None, max_examples=15)
hypothesis.settings.load_profile("compendium")

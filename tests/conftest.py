"""Settings and fixtures shared by all tests."""

import hypothesis
import numpy as np
import pytest

hypothesis.settings.register_profile("compendium", derandomize=True, deadline=None, max_examples=15)
hypothesis.settings.load_profile("compendium")


@pytest.fixture
def random_generator():
    """Return a generator of random numbers, the same in every run."""
    return np.random.default_rng(2021)

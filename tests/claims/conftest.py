"""Values of claims are computed once in a run of the tests, whatever the number of processes."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def shared_values(tmp_path_factory):
    """Keep computed values in a folder of this run of the tests."""
    base = tmp_path_factory.getbasetemp()
    before = os.environ.get("SUPRACRYSTAL_CACHE")
    os.environ["SUPRACRYSTAL_CACHE"] = str(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
    yield
    if before is None:
        del os.environ["SUPRACRYSTAL_CACHE"]
    else:
        os.environ["SUPRACRYSTAL_CACHE"] = before

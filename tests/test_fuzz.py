"""A few damaged files of every format; ``make fuzz`` tries a hundred thousand."""

import fuzz
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

FILES = {**fuzz.particle_files(), **fuzz.series_files()}


@pytest.mark.parametrize("kind", FILES)
def test_files_that_are_not_damaged_are_read(tmp_path, kind):
    (tmp_path / "tilts.tlt").write_bytes(FILES["rawtlt"])
    (tmp_path / f"in.{kind}").write_bytes(FILES[kind])
    assert fuzz.read(tmp_path / f"in.{kind}", tmp_path / "tilts.tlt") == ""


@settings(derandomize=True, deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**9), kind=st.sampled_from(list(FILES)))
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_end_in_what_can_be_or_in_one_line(tmp_path_factory, seed, kind):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "tilts.tlt").write_bytes(FILES["rawtlt"])
    path = folder / f"in.{kind}"
    path.write_bytes(fuzz.damage(np.random.default_rng(seed), FILES[kind]))
    assert fuzz.read(path, folder / "tilts.tlt") == ""

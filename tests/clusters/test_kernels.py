"""What is built and fitted does not depend on the kernels that OpenBLAS chooses for a processor."""

import json
import os
import platform
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TOLERANCE = {"frame": 1e-6, "ligands": 1e-6, "dimer": 5e-3, "score": 1e-3}
"""In A and in wells of a contact; 1e-6 for all that is not named. A dimer settles on a flat energy."""


SCRIPT = Path(__file__).with_name("kernels.py")


def found_with(kernel):
    """Run the script with a kernel of OpenBLAS, which is chosen when the library loads."""
    environment = os.environ | {"OPENBLAS_CORETYPE": kernel}
    done = subprocess.run(
        [sys.executable, SCRIPT], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="kernels of x86-64 are compared")
def test_results_are_the_same_with_another_kernel():
    old, new = found_with("Nehalem"), runpy.run_path(str(SCRIPT))["compute"]()
    if old["kernels"] == new["kernels"]:
        pytest.skip(f"OpenBLAS knows the kernel {old['kernels']} only")
    assert old["found"].keys() == new["found"].keys()
    for name, values in old["found"].items():
        tolerance = TOLERANCE.get(name.split()[0], 1e-6)
        np.testing.assert_allclose(new["found"][name], values, rtol=0, atol=tolerance, err_msg=name)

"""Slow, literal oracles: published formulas written out as they are printed, for the tests alone.

Nothing here imports the package.
"""

import numpy as np

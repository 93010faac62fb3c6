"""What the benchmarks share."""

import time


def timed(function, repeats):
    """Return the shortest time of some calls in seconds, and the result."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        result = function()
        best = min(best, time.perf_counter() - start)
    return best, result

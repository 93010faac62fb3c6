"""What the benchmarks share."""

import time


def timed(function, repeats):
    """Return the least time of the processor that some calls take, in seconds, and the result.

    The time of all threads of this process counts, so that other work on the machine counts little.
    """
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        result = function()
        best = min(best, time.process_time() - start)
    return best, result

"""Time diffraction patterns of C15 beside freud's and beside the direct sum, and measure their errors.

A cubic block of C15 with thermal noise, along [001], on the very wave vectors that freud uses for its
periodic box, so that all three are comparable pixel by pixel. The direct sum is written as a product of
two matrices, which is the fastest exact form in NumPy, and runs for the smaller blocks only. Errors are
the largest over all pixels, of amplitudes, as a fraction of the forward amplitude.
"""

import argparse

import freud
import numpy as np
import pandas as pd
from timing import timed
from tqdm import tqdm

from supracrystal.colloids import diffraction_pattern, laves_phase

SIZE = 513
DIRECT_SUM_LIMIT = 50_000


def direct_sum(position, q):
    """Return |sum exp(-i q.r)|^2 / N at all wave vectors (q, q)."""
    amplitude = np.zeros((len(q), len(q)), dtype=complex)
    for part in np.array_split(position, len(position) // 5000 + 1):
        amplitude += np.exp(-1j * np.outer(q, part[:, 1])) @ np.exp(-1j * np.outer(part[:, 0], q))
    return np.abs(amplitude) ** 2 / len(position)


def error(intensity, exact):
    """Return the largest error of an amplitude over the forward one."""
    return np.abs(np.sqrt(intensity) - np.sqrt(exact)).max() / np.sqrt(exact.max())


def main():
    """Print one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=[4, 6, 9, 12, 16, 20])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    rows = []
    for cells in tqdm(options.cells, disable=None):
        frame = laves_phase("C15", cell="cubic", cells=(cells,) * 3)
        noise = 0.05 * np.random.default_rng(cells).normal(size=(frame.particles.N, 3))
        position, box = frame.particles.position + noise, freud.box.Box(*frame.configuration.box)
        q_max = 2 * np.pi / box.Lx * (SIZE // 2)
        ours, (q, intensity) = timed(
            lambda position=position, q_max=q_max: diffraction_pattern(
                position, [0, 0, 1], up=[0, 1, 0], q_max=q_max, size=SIZE, blur=0
            ),
            options.repeats,
        )
        peer, found = timed(
            lambda box=box, position=position: freud.diffraction.DiffractionPattern(SIZE).compute(
                (box, position), zoom=1, peak_width=0
            ),
            options.repeats,
        )
        row = {"particles": len(position), "ours / s": ours, "freud / s": peer, "freud / ours": peer / ours}
        if len(position) <= DIRECT_SUM_LIMIT:
            slow, exact = timed(lambda position=position, q=q: direct_sum(position, q), 1)
            # freud lays its picture out transposed and mirrored; take the arrangement that fits best.
            views = [turned[::a, ::b] for turned in (found.diffraction, found.diffraction.T)
                     for a in (1, -1) for b in (1, -1)]  # fmt: skip
            row |= {
                "direct / s": slow,
                "direct / ours": slow / ours,
                "our error": error(intensity, exact),
                "freud's error": min(error(np.clip(view, 0, None), exact) for view in views),
            }
        rows.append(row)
    table = pd.DataFrame(rows).set_index("particles")
    print(table.to_string(float_format=lambda value: f"{value:.3g}"))
    growth = np.polyfit(np.log(table.index[-3:]), np.log(table["ours / s"].iloc[-3:]), 1)[0]
    print(f"our time grows as the number of particles to the power {growth:.2f} over the last three sizes")


if __name__ == "__main__":
    main()

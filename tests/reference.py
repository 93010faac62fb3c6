"""Slow, literal oracles: published formulas written out as they are printed, for the tests alone.

Nothing here imports the package.
"""

import numpy as np


def periodic_pairs(position, box, r_max):
    """Ordered pairs closer than `r_max`, by the sum over neighbouring images of a HOOMD box."""
    lx, ly, lz, xy, xz, yz = box
    matrix = np.array([[lx, xy * ly, xz * lz], [0, ly, yz * lz], [0, 0, lz]])
    fractional = np.linalg.solve(matrix, np.asarray(position, dtype=float).T).T
    inside = (matrix @ (fractional - np.floor(fractional)).T).T
    pairs = set()
    for i, a in enumerate(inside):
        for j, b in enumerate(inside):
            for image in np.ndindex(3, 3, 3):
                if i != j and np.linalg.norm(b + matrix @ (np.array(image) - 1) - a) < r_max:
                    pairs.add((i, j))
    return pairs


def diffracted_intensity(position, right, up, q, weights=None):
    """``|sum w exp(-i q.r)|^2 / sum w^2`` on a square of wave vectors, particle by particle."""
    weights = np.ones(len(position)) if weights is None else weights
    intensity = np.empty((len(q), len(q)))
    for row, qy in enumerate(q):
        for column, qx in enumerate(q):
            phase = position @ (qx * np.asarray(right) + qy * np.asarray(up))
            intensity[row, column] = abs(np.sum(weights * np.exp(-1j * phase))) ** 2 / np.sum(weights**2)
    return intensity


def gaussian_blur(image, sd):
    """Convolution with a Gaussian cut at four standard deviations; edge pixels repeat outside."""
    reach = int(4 * sd + 0.5)
    offsets = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (offsets / sd) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(image, reach, mode="edge")
    blurred = np.zeros(image.shape)
    for i, a in enumerate(kernel):
        for j, b in enumerate(kernel):
            blurred += a * b * padded[i : i + image.shape[0], j : j + image.shape[1]]
    return blurred


def wca_energy(r, epsilon=1.0, sigma=1.0):
    """Weeks-Chandler-Andersen pair energy as printed in Wang et al. (2021), Methods."""
    inside = 4 * epsilon * ((sigma / r) ** 12 - (sigma / r) ** 6 + 1 / 4)
    return np.where(r < 2 ** (1 / 6) * sigma, inside, 0.0)


def barker_henderson(temperature, points=2_000_000):
    """Barker and Henderson (1967): the integral of 1 - exp(-u/kT) by the midpoint rule."""
    step = 2 ** (1 / 6) / points
    r = (np.arange(points) + 0.5) * step
    return np.sum(1 - np.exp(-wca_energy(r) / temperature)) * step


def verlet_weis_diameter(density, temperature):
    """Verlet and Weis (1972): d = d_B (1 + sigma_1 delta / 2 sigma_0) with their fit of the ratio."""
    d_b = barker_henderson(temperature)
    r = np.linspace(0.3, 2 ** (1 / 6), 400_001)
    step = np.diff(np.exp(-wca_energy(r) / temperature))
    delta = np.sum(((r[1:] + r[:-1]) / 2 / d_b - 1) ** 2 * step)
    d = d_b
    for _ in range(100):
        eta = np.pi / 6 * density * d**3
        w = eta - eta**2 / 16
        d = d_b * (1 + (1 - 17 / 4 * w + 1.362 * w**2 - 0.8751 * w**3) / (1 - w) ** 2 * delta)
    return d


def percus_yevick_cavity(x, eta):
    """Cavity function of Percus and Yevick inside the core: minus the direct correlation function."""
    l1 = (1 + 2 * eta) ** 2 / (1 - eta) ** 4
    l2 = -((1 + eta / 2) ** 2) / (1 - eta) ** 4
    return l1 + 6 * eta * l2 * x + eta / 2 * l1 * x**3


def shell_counts(position, centre, width):
    """Particles in concentric shells, one by one."""
    counts = {}
    for point in position:
        k = int(np.sqrt(sum((a - b) ** 2 for a, b in zip(point, centre, strict=True))) // width)
        counts[k] = counts.get(k, 0) + 1
    return [counts.get(k, 0) for k in range(max(counts) + 1)]

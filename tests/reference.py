"""Slow, literal oracles: published formulas written out as they are printed, for the tests alone.

Nothing here imports the package.
"""

import cmath
import itertools
import math

import ase.spacegroup
import numpy as np
import pandas as pd
from hypothesis import strategies as st
from scipy.signal import find_peaks, peak_widths
from scipy.special import sph_harm_y, spherical_jn, spherical_yn

_steps = st.lists(st.sampled_from([1, 2]), min_size=2, max_size=9).filter(lambda steps: sum(steps) % 3 == 0)
stackings = _steps.map(lambda steps: "".join(2 * "ABC"[sum(steps[:k]) % 3] for k in range(len(steps))))
"""Valid sequences of dimers: each one place up or down from the one before, and closed."""


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


def bond_harmonics(vectors, l):
    """Mean spherical harmonics over bonds: Steinhardt et al. (1983), equation 1.3."""
    total = np.zeros(2 * l + 1, dtype=complex)
    for x, y, z in vectors:
        polar, azimuth = math.acos(z / math.sqrt(x * x + y * y + z * z)), math.atan2(y, x)
        total += [sph_harm_y(l, m, polar, azimuth) for m in range(-l, l + 1)]
    return total / len(vectors)


def bond_order(harmonics):
    """Second-order invariant q_l of Steinhardt et al. (1983), equation 1.3."""
    return math.sqrt(4 * math.pi / len(harmonics) * sum(abs(harmonics) ** 2))


def wigner_3j(l, m1, m2, m3):
    """Wigner 3j symbol with equal l by the formula of Racah (1942)."""
    if m1 + m2 + m3 or max(abs(m1), abs(m2), abs(m3)) > l:
        return 0.0
    f = math.factorial
    triangle = f(l) ** 3 / f(3 * l + 1)
    root = math.prod(f(l + m) * f(l - m) for m in (m1, m2, m3))
    total = 0.0
    for k in range(l + 1):
        terms = (k, l - k, l - m1 - k, l + m2 - k, m1 + k, k - m2)
        if min(terms) >= 0:
            total += (-1) ** k / math.prod(map(f, terms))
    return (-1) ** abs(m3) * math.sqrt(triangle * root) * total


def third_order(harmonics):
    """Third-order invariant w_l, normalised: Steinhardt et al. (1983), equations 1.4 and 1.5."""
    l = len(harmonics) // 2
    total = sum(
        wigner_3j(l, m1, m2, -m1 - m2) * harmonics[m1 + l] * harmonics[m2 + l] * harmonics[-m1 - m2 + l]
        for m1 in range(-l, l + 1)
        for m2 in range(-l, l + 1)
        if abs(m1 + m2) <= l
    )
    return total.real / sum(abs(harmonics) ** 2) ** 1.5


def averaged_harmonics(harmonics, neighbours, particle):
    """Mean over a particle and its neighbours: Lechner and Dellago (2008), equation 6."""
    members = [particle, *neighbours[particle]]
    return sum(harmonics[k] for k in members) / len(members)


def bond_correlation(first, second):
    """Normalised scalar product of two sets of harmonics."""
    product = sum((a * b.conjugate()).real for a, b in zip(first, second, strict=True))
    return product / math.sqrt(sum(abs(first) ** 2)) / math.sqrt(sum(abs(second) ** 2))


def eclipsed_bonds(vectors):
    """Count the bonds i-j of tetrahedral particles across which the other bonds face each other.

    `vectors` maps each particle to its neighbours and the vectors to them. From the dihedral angles
    alone: cos(3 angle) is -1 for staggered and 1 for eclipsed bonds.
    """
    number = {}
    for i, around in vectors.items():
        number[i] = 0
        for j, bond in around.items():
            axis = bond / np.linalg.norm(bond)
            aside = [
                [v - (v @ axis) * axis for k, v in vectors[a].items() if k != b] for a, b in ((i, j), (j, i))
            ]
            cosines = [
                math.cos(3 * math.acos(np.clip(u @ v / np.linalg.norm(u) / np.linalg.norm(v), -1, 1)))
                for u in aside[0]
                for v in aside[1]
            ]
            number[i] += sum(cosines) > 0
    return number


def connected_groups(links, number):
    """Group linked items, by walking from each to its neighbours."""
    around = {k: set() for k in range(number)}
    for i, j in links:
        around[i].add(j)
        around[j].add(i)
    groups, left = [], set(around)
    while left:
        group, edge = set(), {left.pop()}
        while edge:
            group |= edge
            edge = {n for k in edge for n in around[k]} - group
        groups.append(group)
        left -= group
    return groups


def mixture_energy(position, large, box, size_ratio):
    """WCA energy per particle of a mixture in an orthorhombic box, over the nearest images."""
    sigma = np.where(large, 1.0, size_ratio)
    total = 0.0
    for i in range(len(position) - 1):
        vector = position[i + 1 :] - position[i]
        vector -= box * np.round(vector / box)
        r = np.sqrt((vector**2).sum(axis=1))
        total += wca_energy(r, sigma=(sigma[i] + sigma[i + 1 :]) / 2).sum()
    return total / len(position)


def wyckoff_laves(name, axial_ratio=None, z=None):
    """Return the cell of a Laves phase, L = Au and S = Cu, d_LL = 1, by ASE from tabulated positions."""
    if name == "C15":
        sites, group, setting = [("Au", (1 / 8,) * 3), ("Cu", (1 / 2,) * 3)], 227, 2
        cell = [4 / 3**0.5] * 3 + [90, 90, 90]
    else:
        group, setting = 194, 1
        sites = {
            "C14": [
                ("Au", (1 / 3, 2 / 3, z or 1 / 16)),
                ("Cu", (0, 0, 0)),
                ("Cu", (5 / 6, 5 / 3, 1 / 4)),
            ],
            "C36": [
                ("Au", (0, 0, 3 / 32)),
                ("Au", (1 / 3, 2 / 3, 27 / 32)),
                ("Cu", (1 / 3, 2 / 3, 1 / 8)),
                ("Cu", (1 / 2, 0, 0)),
                ("Cu", (1 / 6, 1 / 3, 1 / 4)),
            ],
        }[name]
        a = (8 / 3) ** 0.5
        cell = [a, a, a * (axial_ratio or {"C14": 1, "C36": 2}[name] * a), 90, 90, 120]
    symbols, positions = zip(*sites, strict=True)
    return ase.spacegroup.crystal(symbols, positions, spacegroup=group, setting=setting, cellpar=cell)


def icosahedral_operations():
    """Return the 120 matrices of I_h: products of a five-fold, a three-fold rotation and inversion."""

    def rotation(axis, angle):
        x, y, z = np.array(axis) / np.linalg.norm(axis)
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross

    golden = (1 + 5**0.5) / 2
    generators = [rotation((0, 1, golden), 2 * np.pi / 5), rotation((1, 1, 1), 2 * np.pi / 3), -np.eye(3)]
    group = [np.eye(3)]
    for known in group:
        for generator in generators:
            product = generator @ known
            if all(np.abs(product - other).max() > 1e-6 for other in group):
                group.append(product)
    return group


def binary_icosahedral_cluster(layers):
    """Positions (in steps along a five-fold axis) and species of the cluster, wedge by wedge.

    Every site of the cubic cell of C15, in eighths of its edge, is written in the three edge vectors
    of a tetrahedron, and again with three neighbouring corners of an icosahedron in their place.
    """
    edges = np.array([[2, 2, 0], [2, 0, 2], [0, 2, 2]]).T
    basis = [("S", (0, 0, 0)), ("S", (2, 2, 0)), ("S", (2, 0, 2)), ("S", (0, 2, 2))]
    basis += [("L", (3, 3, 3)), ("L", (5, 5, 5))]
    sites, reach = [], range(-2 * layers, 2 * layers + 1)
    for i, j, k in ((i, j, k) for i in reach for j in reach for k in reach if (i + j + k) % 2 == 0):
        for species, place in basis:
            u = np.linalg.solve(edges, np.array([4 * i, 4 * j, 4 * k]) + place)
            if u.min() > -1e-9 and u.sum() < layers + 1e-9:
                sites.append((species, u))
    golden = (1 + 5**0.5) / 2
    corners = [np.roll((0, i, j * golden), k) for i in (1, -1) for j in (1, -1) for k in range(3)]
    corners = np.array(corners) / np.hypot(1, golden)
    merged = {}
    for a in range(12):
        for b in range(a):
            for c in range(b):
                one, two, three = corners[a], corners[b], corners[c]
                if min(one @ two, two @ three, one @ three) > 0.4:
                    for species, (u, v, w) in sites:
                        place = u * one + v * two + w * three
                        merged[tuple(place.round(6) + 0.0)] = species
    return np.array(list(merged)), np.array(list(merged.values()))


def five_fold_overlap(position, species, centre, axis, degrees, width):
    """Mean Gaussian of the distance from each particle, turned about an axis, to the nearest like one.

    Rodrigues' formula and all pairs.
    """
    angle = np.radians(degrees)
    total = 0.0
    for i, place in enumerate(position):
        arm = place - centre
        turned = (
            arm * np.cos(angle)
            + np.cross(axis, arm) * np.sin(angle)
            + axis * np.dot(axis, arm) * (1 - np.cos(angle))
        )
        like = position[species == species[i]] - centre
        distance = np.sqrt(np.sum((like - turned) ** 2, axis=1)).min()
        total += np.exp(-(distance**2) / (2 * width**2))
    return total / len(position)


def hard_sphere_contact(packing_fraction, fraction, diameter, *, percus_yevick=False):
    """Radial distribution functions at contact, and the pressure that the virial theorem makes of them.

    Lebowitz (1964), Percus-Yevick; Boublik (1970) adds the last term.
    """
    total = packing_fraction / (math.pi / 6 * sum(x * s**3 for x, s in zip(fraction, diameter, strict=True)))
    xi2 = math.pi / 6 * total * sum(x * s**2 for x, s in zip(fraction, diameter, strict=True))
    free = 1 - packing_fraction
    contact, factor = {}, 1.0
    for i, (x_i, s_i) in enumerate(zip(fraction, diameter, strict=True)):
        for j, (x_j, s_j) in enumerate(zip(fraction, diameter, strict=True)):
            reduced = s_i * s_j / (s_i + s_j)
            g = 1 / free + 3 * xi2 * reduced / free**2
            if not percus_yevick:
                g += 2 * xi2**2 * reduced**2 / free**3
            contact[i, j] = g
            factor += 2 * math.pi / 3 * total * x_i * x_j * ((s_i + s_j) / 2) ** 3 * g
    return contact, factor


def percus_yevick_compressibility(packing_fraction, fraction, diameter, points=4000):
    """Integral over density of the inverse compressibility of Baxter's (1970) Percus-Yevick mixture."""
    volume = sum(x * s**3 for x, s in zip(fraction, diameter, strict=True))
    square = sum(x * s**2 for x, s in zip(fraction, diameter, strict=True))
    pressure = 0.0
    for k in range(points):
        xi3 = packing_fraction * (k + 0.5) / points
        xi2 = xi3 * square / volume
        a = [(1 - xi3 + 3 * xi2 * s) / (1 - xi3) ** 2 for s in diameter]
        pressure += sum(x * a_i**2 for x, a_i in zip(fraction, a, strict=True)) / points
    return pressure


def hard_sphere_virials(fraction, diameter, points=4000):
    """Second and third virial coefficient of additive hard spheres, the third from lenses of overlap."""
    species = range(len(fraction))
    range_of = {(i, j): (diameter[i] + diameter[j]) / 2 for i in species for j in species}
    second = sum(fraction[i] * fraction[j] * 2 * math.pi / 3 * range_of[i, j] ** 3 for i, j in range_of)
    third = 0.0
    for i, j in range_of:
        step = range_of[i, j] / points
        r = (np.arange(points) + 0.5) * step
        for k in species:
            first, other = range_of[i, k], range_of[j, k]
            lens = (
                math.pi
                / 12
                / r
                * (first + other - r) ** 2
                * (r**2 + 2 * r * (first + other) - 3 * (first - other) ** 2)
            )
            small = 4 * math.pi / 3 * min(first, other) ** 3
            lens = np.where(r <= abs(first - other), small, lens)
            weight = fraction[i] * fraction[j] * fraction[k]
            third += weight / 3 * np.sum(4 * math.pi * r**2 * lens) * step
    return second, third


def axial_bonds(position, large, reach):
    """Pairs of small spheres whose shared neighbours are five of one species, and that species, pair by pair.

    `reach` holds the greatest distance of neighbours for each number of large spheres among the two.
    """
    around = [
        {
            j
            for j in range(len(position))
            if j != i and math.dist(position[i], position[j]) < reach[int(large[i]) + int(large[j])]
        }
        for i in range(len(position))
    ]
    found = {}
    for i in range(len(position)):
        for j in around[i]:
            shared = around[i] & around[j]
            if i < j and not large[i] and not large[j] and len(shared) == 5:
                kinds = {bool(large[k]) for k in shared}
                if len(kinds) == 1:
                    found[i, j] = "L" if kinds.pop() else "S"
    return found


def six_rings_of_small(position, large, reach):
    """Pairs of large spheres whose shared neighbours are six small spheres, pair by pair.

    `reach` holds the greatest distance of neighbours for each number of large spheres among the two.
    """
    number = range(len(position))
    around = [
        {j for j in number if j != i and math.dist(position[i], position[j]) < reach[large[i] + large[j]]}
        for i in number
    ]
    return [
        (i, j)
        for i in number
        for j in around[i]
        if i < j
        and large[i] and large[j]
        and len(around[i] & around[j]) == 6
        and not any(large[k] for k in around[i] & around[j])
    ]  # fmt: skip


def most_kept(label, memory):
    """Greatest number of particles that keep their number, over all ways to number the domains anew."""
    names = sorted(set(label) - {-1})
    numbers = sorted(set(memory) - {-1}) + [None] * len(names)
    best = 0
    for choice in itertools.permutations(numbers, len(names)):
        new = dict(zip(names, choice, strict=True))
        best = max(best, sum(a >= 0 and new[a] == b for a, b in zip(label, memory, strict=True)))
    return best


def share_and_error(picked, number):
    """Ratio of two sums over frames and its standard error from the scatter of the frames."""
    count, total = len(number), sum(number)
    share = sum(picked) / total
    square = sum((c - share * n) ** 2 for c, n in zip(picked, number, strict=True))
    return share, math.sqrt(count / (count - 1) * square) / total


def mixture_virial(position, large, box, size_ratio):
    """Sum over pairs of r times the force of the printed potential, in an orthorhombic box."""
    position = np.asarray(position, dtype=float)
    diameter = np.where(large, 1.0, size_ratio)
    total = 0.0
    for i in range(len(position) - 1):
        apart = position[i + 1 :] - position[i]
        apart -= box * np.round(apart / box)
        r = np.sqrt((apart**2).sum(axis=1))
        sigma = (diameter[i] + diameter[i + 1 :]) / 2
        sixth = (sigma / r) ** 6
        total += np.sum(np.where(r < 2 ** (1 / 6) * sigma, 24 * (2 * sixth**2 - sixth), 0.0))
    return total


def confined_forces(position, large, size_ratio, *, box=None, radius=None):
    """Return forces of the printed potential, over nearest images or with those of the wall of a sphere."""
    position = np.asarray(position, dtype=float)
    diameter = np.where(large, 1.0, size_ratio)
    force = np.zeros_like(position)
    for i in range(len(position)):
        apart = position[i] - np.delete(position, i, axis=0)
        if box is not None:
            apart -= box * np.round(apart / box)
        r = np.sqrt((apart**2).sum(axis=1))
        sigma = (diameter[i] + np.delete(diameter, i)) / 2
        slope = 4 * (12 * sigma**12 / r**13 - 6 * sigma**6 / r**7)
        force[i] = np.sum(np.where(r < 2 ** (1 / 6) * sigma, slope / r, 0.0)[:, None] * apart, axis=0)
        if radius is not None:
            away = np.sqrt((position[i] ** 2).sum())
            gap = radius - away
            if gap < 2 ** (1 / 6):
                force[i] -= 4 * (12 / gap**13 - 6 / gap**7) * position[i] / away
    return force


# Isotopes and spectra.


def convolved_isotopes(counts, isotopes):
    """Mass number to probability and mean mass, by adding one atom after the other.

    `isotopes` maps an element to mass numbers, masses and abundances.
    """
    bins = {0: (1.0, 0.0)}
    for symbol, count in counts.items():
        for _ in range(count):
            longer = {}
            for number, (probability, mean) in bins.items():
                for a, m, p in zip(*isotopes[symbol], strict=True):
                    q, weighted = longer.get(number + a, (0.0, 0.0))
                    longer[number + a] = q + probability * p, weighted + probability * p * (mean + m)
            bins = {number: (p, weighted / p) for number, (p, weighted) in longer.items() if p > 1e-40}
    return bins


def drawn_lines(mz, places, areas, width, line):
    """Sum over lines at every point: area / width * line((mz - place) / width)."""
    total = []
    for x in mz:
        parts = (a / width(m) * line((x - m) / width(m)) for m, a in zip(places, areas, strict=True))
        total.append(sum(parts))
    return np.array(total)


def transient_spectrum(x, points=20_000):
    """Absorption spectrum of a unit transient that falls as half of a Hann window, in widths from its line.

    The window of length T has its half maximum at a frequency of 1 / (2 T) from the line.
    """
    t = (np.arange(points) + 0.5) / points
    window = (1 + np.cos(np.pi * t)) / 2
    return np.array([np.mean(window * np.cos(2 * np.pi * each * t)) for each in np.atleast_1d(x)])


# Formulas of clusters.


def written_out(formula, symbols):
    """Count symbols in a formula with round brackets, by writing each group as often as it is counted."""
    while "(" in formula:
        opening = formula.rindex("(")
        closing = formula.index(")", opening)
        end = closing + 1
        while formula[end : end + 1].isdigit():
            end += 1
        times = int(formula[closing + 1 : end] or 1)
        formula = formula[:opening] + "|".join([formula[opening + 1 : closing]] * times) + "|" + formula[end:]
    counts = {}
    while formula:
        symbol = max((each for each in symbols if formula.startswith(each)), key=len, default="")
        formula = formula[len(symbol) :] if symbol else formula.removeprefix("|")
        digits = ""
        while symbol and formula[:1].isdigit():
            digits, formula = digits + formula[0], formula[1:]
        if symbol:
            counts[symbol] = counts.get(symbol, 0) + int(digits or 1)
    return counts


def electrons_by_sulfur(atoms, charge, sulfides=0):
    """Superatom electrons: one of each Ag, Au, Na; each S of a thiolate, each Cl and each charge takes one.

    Hydrogen of ligands is not told from other hydrogen here: what is attached comes in by its charge alone.
    """
    given = atoms.get("Ag", 0) + atoms.get("Au", 0) + atoms.get("Na", 0)
    return given - atoms.get("S", 0) - sulfides - atoms.get("Cl", 0) - charge


# Which species a spectrum holds.


def compositions_within(numbers, elements, electrons, charges, wanted, window, mass):
    """Every composition within bounds, one loop turn for each: counts and charge, in a set.

    `numbers` are those allowed of each unit, `elements` and `electrons` what each unit has, `mass` that of
    each element, the electron's at "-".
    """
    found = set()
    for counts in itertools.product(*numbers.values()):
        for charge in charges:
            atoms = {}
            for unit, n in zip(numbers, counts, strict=True):
                for element, each in elements[unit].items():
                    atoms[element] = atoms.get(element, 0) + n * each
            given = sum(n * electrons[unit] for unit, n in zip(numbers, counts, strict=True)) - charge
            if not any(atoms.values()) or min(atoms.values()) < 0 or given not in wanted:
                continue
            mz = (sum(n * mass[element] for element, n in atoms.items()) - charge * mass["-"]) / abs(charge)
            if window[0] <= mz <= window[1]:
                found.add((frozenset((u, n) for u, n in zip(numbers, counts, strict=True) if n), charge))
    return found


def every_model(design, data, price):
    """Worth of every set of columns of a non-negative fit to data with unit noise, by set.

    The worth is what the fit takes off chi squared, less the price of each column. Sets in which a column
    would get a negative amplitude in the free fit are left out.
    """
    worth = {frozenset(): 0.0}
    for size in range(1, design.shape[1] + 1):
        for columns in itertools.combinations(range(design.shape[1]), size):
            part = design[:, columns]
            amplitude, _, rank, _ = np.linalg.lstsq(part, data, rcond=None)
            if rank == size and (amplitude > 0).all():
                left = data - part @ amplitude
                worth[frozenset(columns)] = data @ data - left @ left - price * size
    return worth


# Exchange of atoms between clusters.


def exchange_reactions(atoms, join, part, swap):
    """List all reactions as (constant for a pair, reactants, products), atom by atom.

    A monomer is the number of its marked atoms, a dimer a pair of them in order. The constants are functions
    of the number of marked atoms in the dimer.
    """
    constants = {}

    def add(constant, reactants, products):
        if reactants != products:
            constants[reactants, products] = constants.get((reactants, products), 0.0) + constant

    for x in range(atoms + 1):
        for y in range(x, atoms + 1):
            dimer = ((x, y),)
            add(join(x + y), (x, y), dimer)
            add(part(x + y), dimer, (x, y))
            first, second = [k < x for k in range(atoms)], [k < y for k in range(atoms)]
            for one in first:
                for other in second:
                    after = sorted((x - one + other, y - other + one))
                    add(swap(x + y) / atoms**2, dimer, (tuple(after),))
    return [(constant, *both) for both, constant in constants.items()]


def exchange_derivative(reactions, amount):
    """Change of amounts in time; of like species there are half as many pairs."""
    change = dict.fromkeys(amount, 0.0)
    for constant, reactants, products in reactions:
        rate = constant
        for each in reactants:
            rate *= amount[each]
        if len(reactants) == 2 and reactants[0] == reactants[1]:
            rate /= 2
        for each in reactants:
            change[each] -= rate
        for each in products:
            change[each] += rate
    return change


def master_equation(reactions, start, volume):
    """Return all states that can be reached, as sorted tuples of species, and the rates between them."""
    states, transitions = {tuple(start): 0}, {}
    waiting = [tuple(start)]
    while waiting:
        state = waiting.pop()
        for constant, reactants, products in reactions:
            left = list(state)
            pairs = 1
            for each in reactants:
                pairs *= left.count(each)
                if each in left:
                    left.remove(each)
            if not pairs:
                continue
            if len(reactants) == 2:
                pairs /= volume * (2 if reactants[0] == reactants[1] else 1)
            after = tuple(sorted(left + list(products), key=str))
            if after not in states:
                states[after] = len(states)
                waiting.append(after)
            pair = states[state], states[after]
            transitions[pair] = transitions.get(pair, 0.0) + constant * pairs
    matrix = np.zeros((len(states), len(states)))
    for (before, after), rate in transitions.items():
        matrix[after, before] += rate
        matrix[before, before] -= rate
    return list(states), matrix


def exchange_moments(_, moments, atoms, share, join, part, swap):
    """Change in time of the amounts of monomers and dimers, and of their second moments.

    The moments are, about the mean composition: the square of a monomer, and of the sum and of the difference
    of the subunits of a dimer. They obey equations of their own if the constants are those of all clusters.
    """
    monomers, dimers, square, sums, differences = moments
    met = join * monomers * square
    swapped = (
        (4 / atoms - 2 / atoms**2) * differences - 8 * share * (1 - share) * dimers + 2 * sums / atoms**2
    )
    return [
        2 * part * dimers - join * monomers**2,
        join * monomers**2 / 2 - part * dimers,
        part * (sums + differences) / 2 - met,
        met - part * sums,
        met - part * differences - swap * swapped,
    ]


# Clusters in three dimensions.


def signed_permutations(even_signs):
    """Return the 24 matrices of T_h: the axes turned, with any signs; or the 12 of T, with an even number."""
    group = []
    for shift in range(3):
        for signs in itertools.product((1, -1), repeat=3):
            if not even_signs or math.prod(signs) == 1:
                matrix = np.zeros((3, 3))
                for row in range(3):
                    matrix[row, (row + shift) % 3] = signs[row]
                group.append(matrix)
    return group


def three_turns_and_three_flips():
    """Return the 6 matrices of D_3: turns about z, half turns about x and two lines in the xy plane."""
    group = []
    for step in range(3):
        c, s = math.cos(2 * math.pi * step / 3), math.sin(2 * math.pi * step / 3)
        group += [np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]), np.array([[c, s, 0], [s, -c, 0], [0, 0, -1]])]
    return group


def falls_on_itself(symbols, positions, matrix, tolerance):
    """Whether an operation puts each atom on one of its element."""
    for symbol, position in zip(symbols, positions, strict=True):
        image = matrix @ position
        if not any(
            symbol == other and math.dist(image, place) < tolerance
            for other, place in zip(symbols, positions, strict=True)
        ):
            return False
    return True


def turned_on(symbols, positions, others, tolerance):
    """Whether a proper rotation about the origin puts atoms on others, by trying images of two atoms."""

    def axes(a, b):
        x = a / np.linalg.norm(a)
        z = np.cross(a, b) / np.linalg.norm(np.cross(a, b))
        return np.array([x, np.cross(z, x), z])

    for kind in sorted(set(symbols), key=lambda s: (symbols.count(s), s)):
        first = [i for i, s in enumerate(symbols) if s == kind]
        pairs = [
            (i, j) for i in first for j in first if np.linalg.norm(np.cross(positions[i], positions[j])) > 1
        ]
        if pairs:
            break
    i, j = pairs[0]
    for k in first:
        for m in first:
            if k != m and all(
                abs(a - b) < tolerance
                for a, b in (
                    (np.linalg.norm(positions[i]), np.linalg.norm(others[k])),
                    (np.linalg.norm(positions[j]), np.linalg.norm(others[m])),
                    (positions[i] @ positions[j], others[k] @ others[m]),
                )
            ):
                matrix = axes(others[k], others[m]).T @ axes(positions[i], positions[j])
                moved = positions @ matrix.T
                if all(
                    any(s == t and math.dist(p, q) < tolerance for t, q in zip(symbols, others, strict=True))
                    for s, p in zip(symbols, moved, strict=True)
                ):
                    return True
    return False


def angle_between(a, b):
    """Angle between two vectors in degrees."""
    return math.degrees(math.acos(sum(a * b) / math.sqrt(sum(a * a) * sum(b * b))))


# Ion mobility


def projected_area(position, radius, directions=150, width=0.05):
    """Mean area of the union of the discs of spheres: pixels counted, for directions on a spiral."""
    total = 0.0
    for row in range(directions):
        z, turn = 1 - (2 * row + 1) / directions, row * math.pi * (3 - math.sqrt(5))
        view = np.array([math.sqrt(1 - z * z) * math.cos(turn), math.sqrt(1 - z * z) * math.sin(turn), z])
        right = np.cross(view, [0.6, 0.0, 0.8])
        right /= np.linalg.norm(right)
        up = np.cross(view, right)
        x, y = position @ right, position @ up
        columns = np.arange((x - radius).min(), (x + radius).max(), width) + width / 2
        rows = np.arange((y - radius).min(), (y + radius).max(), width) + width / 2
        covered = np.zeros((len(rows), len(columns)), dtype=bool)
        for a, b, r in zip(x, y, radius, strict=True):
            covered |= (rows[:, None] - b) ** 2 + (columns - a) ** 2 < r * r
        total += covered.sum() * width**2
    return total / directions


def reflected(origin, direction, position, radius):
    """Direction in which one point leaves spheres that reflect it, and how often it was reflected."""
    origin, direction, count = list(origin), list(direction), 0
    while True:
        nearest = None
        for centre, r in zip(position, radius, strict=True):
            offset = [o - c for o, c in zip(origin, centre, strict=True)]
            half = sum(o * d for o, d in zip(offset, direction, strict=True))
            root = half**2 - sum(o * o for o in offset) + r * r
            if half < 0 < root and -half - math.sqrt(root) > -1e-9:
                time = -half - math.sqrt(root)
                if nearest is None or time < nearest[0]:
                    nearest = time, centre, r
        if nearest is None:
            return np.array(direction), count
        time, centre, r = nearest
        origin = [o + time * d for o, d in zip(origin, direction, strict=True)]
        normal = [(o - c) / r for o, c in zip(origin, centre, strict=True)]
        along = sum(d * n for d, n in zip(direction, normal, strict=True))
        direction = [d - 2 * along * n for d, n in zip(direction, normal, strict=True)]
        count += 1


# Three families of one alloy.


def alloying_change(constants, costs, amount):
    """Change in time of clusters (ligands, gold) and of the gold, silver and ligands in solution.

    `constants` and `costs` are dictionaries; the second has one for each number of ligands. One reaction
    after the other is written down.
    """
    ranges = {30: (0, 12), 27: (17, 29), 26: (35, 44)}
    change = dict.fromkeys(amount, 0.0)

    def react(rate, used, made):
        for each, number in used.items():
            change[each] -= rate * number
        for each, number in made.items():
            change[each] += rate * number

    def after(state, gained):
        """Return what a state becomes, and the share of its places that let it."""
        if state in ("gold", "silver"):
            wanted = "silver" if gained > 0 else "gold"
            return ({"gold" if gained > 0 else "silver": 1}, 1.0) if state == wanted else (None, 0.0)
        ligands, gold = state
        low, high = ranges[ligands]
        new = gold + gained
        if not 0 <= new <= 44:
            return None, 0.0
        if low <= new <= high:
            return {(ligands, new): 1}, (high - gold if gained > 0 else gold - low) / (high - low)
        share = constants["limit30"] if ligands == 30 else 1.0
        return {"gold": new, "silver": 44 - new, "ligands": ligands}, share

    states = [each for each in amount if each != "ligands"]
    for giver in states:
        for taker in states:
            (left, leaving), (right, entering) = after(giver, -1), after(taker, 1)
            if not leaving * entering:
                continue
            frameworks = [each[0] if isinstance(each, tuple) else 0 for each in (giver, taker)]
            alike = "within" if frameworks[0] == frameworks[1] else "between"
            name = "solution" if 0 in frameworks else alike
            climb = costs.get(frameworks[1], 0.0) - costs.get(frameworks[0], 0.0)
            rate = constants[name] * leaving * entering * math.exp(-climb / 2) * amount[giver] * amount[taker]
            for before, made in ((giver, left), (taker, right)):
                react(rate, {before: 1}, made)
    for (ligands, gold), number in [each for each in amount.items() if isinstance(each[0], tuple)]:
        broken = {"gold": gold, "silver": 44 - gold, "ligands": ligands}
        for other in (30, 27) if ligands == 26 else ():
            met = sum(amount[each] for each in amount if isinstance(each, tuple) and each[0] == other)
            react(constants[f"contact{other}"] * number * met, {(ligands, gold): 1}, broken)
        if ligands != 26:
            low, high = ranges[ligands]
            ways = math.comb(high - low, gold - low) / 2 ** (high - low)
            rate = constants[f"growth{ligands}"] * ways * amount["gold"] * amount["ligands"]
            rate *= amount["silver"] ** (2 if ligands == 30 else 1)
            react(rate, broken, {(ligands, gold): 1})
    return change


# Dimers of clusters.


def contact_energy(distance, radius):
    """Energy of two atoms: a Lennard-Jones well of depth 1 at `radius`, a line below 0.75 of it."""
    if distance < 0.75 * radius:
        edge, step = 0.75 * radius, 1e-6
        slope = (contact_energy(edge + step, radius) - contact_energy(edge, radius)) / step
        return contact_energy(edge, radius) + slope * (distance - edge)
    return (radius / distance) ** 12 - 2 * (radius / distance) ** 6


def six_rings(symbols, positions):
    """Return the sets of six bonded carbon atoms in a ring, found by walking along all bonds."""
    carbon = [i for i, s in enumerate(symbols) if s == "C"]
    bonded = {
        i: [j for j in carbon if j != i and math.dist(positions[i], positions[j]) < 1.65] for i in carbon
    }
    found = set()

    def walk(path):
        for other in bonded[path[-1]]:
            if len(path) == 6 and other == path[0]:
                found.add(frozenset(path))
            elif len(path) < 6 and other not in path and other > path[0]:
                walk([*path, other])

    for i in carbon:
        walk([i])
    return sorted(sorted(ring) for ring in found)


def _ring_axis(positions, ring):
    """Centre of a ring, and its normal from the mean of the planes of neighbouring atoms."""
    centre = sum(positions[i] for i in ring) / 6
    around, left = [ring[0]], set(ring[1:])
    while left:
        around.append(min(left, key=lambda i: math.dist(positions[i], positions[around[-1]])))
        left.remove(around[-1])
    spokes = [positions[i] - centre for i in around]
    normal = sum(np.cross(spokes[k], spokes[(k + 1) % 6]) for k in range(6))
    return centre, normal / math.sqrt(normal @ normal)


def ch_pi_contacts(symbols, positions, group):
    """(C, H, least atom of the ring) by the criteria of Brandl et al. (2001), between different groups."""
    found = []
    for ring in six_rings(symbols, positions):
        centre, normal = _ring_axis(positions, ring)
        for h, symbol in enumerate(symbols):
            far = math.dist(positions[h], centre) > 6
            if symbol != "H" or far or group[h] == group[ring[0]]:
                continue
            for c, other in enumerate(symbols):
                if other == "C" and math.dist(positions[c], positions[h]) < 1.25:
                    foot = positions[h] - (positions[h] - centre) @ normal * normal
                    if (
                        math.dist(positions[c], centre) <= 4.5
                        and angle_between(positions[c] - positions[h], centre - positions[h]) >= 120
                        and math.dist(foot, centre) <= 1.2
                    ):
                        found.append((c, h, ring[0]))
    return sorted(found)


def stacked_rings(symbols, positions, group):
    """(least atoms of two rings, kind) by the criteria of Salentin et al. (2015), between groups."""
    found = []
    for one, other in itertools.combinations(six_rings(symbols, positions), 2):
        if group[one[0]] == group[other[0]]:
            continue
        (a, m), (b, n) = _ring_axis(positions, one), _ring_axis(positions, other)
        angle = angle_between(m, n)
        angle = min(angle, 180 - angle)
        offset = min(math.dist(b - (b - a) @ m * m, a), math.dist(a - (a - b) @ n * n, b))
        if math.dist(a, b) <= 5.5 and offset <= 2 and not 30 < angle < 60:
            found.append((one[0], other[0], "parallel" if angle <= 30 else "T"))
    return sorted(found)


# Absorption of light.


def gaussian_bands(wavelengths, positions, width):
    """Sum of bands of height 1, Gaussian in energy, one by one; wavelengths in nm, width in eV."""
    total = []
    for wavelength in wavelengths:
        height = 0.0
        for position in positions:
            away = 1239.8419843320026 * (1 / wavelength - 1 / position)
            height += math.exp(-(away**2) / (2 * width**2))
        total.append(height)
    return np.array(total)


# Light and metal spheres.


def coated_extinction(wavelength, radius, outer, epsilon, shell, medium):
    """Extinction of a sphere in a shell: Bohren and Huffman (1983), equation 8.2, written out."""

    def psi(n, z):
        return z * spherical_jn(n, z), spherical_jn(n, z) + z * spherical_jn(n, z, True)

    def chi(n, z):
        return -z * spherical_yn(n, z), -spherical_yn(n, z) - z * spherical_yn(n, z, True)

    k = 2 * math.pi * medium / wavelength
    x, y, m1, m2 = k * radius, k * outer, cmath.sqrt(epsilon) / medium, shell / medium
    total = 0.0
    for n in range(1, int(y + 4 * y ** (1 / 3) + 4)):
        (p, dp), (c, dc) = psi(n, complex(y)), chi(n, complex(y))
        xi, dxi = p - 1j * c, dp - 1j * dc
        (p1, dp1), (p2, dp2), (c2, dc2) = psi(n, m1 * x), psi(n, m2 * x), chi(n, m2 * x)
        A = (m2 * p2 * dp1 - m1 * dp2 * p1) / (m2 * c2 * dp1 - m1 * dc2 * p1)
        B = (m2 * p1 * dp2 - m1 * p2 * dp1) / (m2 * dc2 * p1 - m1 * dp1 * c2)
        (p3, dp3), (c3, dc3) = psi(n, m2 * y), chi(n, m2 * y)
        one, two = dp3 - A * dc3, p3 - A * c3
        a = (p * one - m2 * dp * two) / (xi * one - m2 * dxi * two)
        one, two = dp3 - B * dc3, p3 - B * c3
        b = (m2 * p * one - dp * two) / (m2 * xi * one - dxi * two)
        total += (2 * n + 1) * (a + b).real
    return 2 * math.pi / k**2 * total


def pair_along(radius, distance, epsilon, host, poles=12):
    """Polarizability along a pair of spheres, of each, by multipoles without retardation."""
    matrix, source = np.eye(poles, dtype=complex), np.zeros(poles, complex)
    for n in range(1, poles + 1):
        alpha = n * (epsilon - host) / (n * epsilon + (n + 1) * host) * radius ** (2 * n + 1)
        source[n - 1] = alpha if n == 1 else 0
        for m in range(1, poles + 1):
            matrix[n - 1, m - 1] -= alpha * math.comb(n + m, n) / distance ** (n + m + 1)
    return np.linalg.solve(matrix, source)[0]


def dipoles_from_all_sides(positions, alpha, k, order=8):
    """Extinction and scattering of coupled dipoles, wave by wave, scattering from the field far away."""
    number = len(positions)
    matrix = np.zeros((3 * number, 3 * number), complex)
    for i in range(number):
        matrix[3 * i : 3 * i + 3, 3 * i : 3 * i + 3] = (1 / alpha[i] - 2j / 3 * k**3) * np.eye(3)
        for j in range(number):
            if i != j:
                apart = np.subtract(positions[i], positions[j])
                r = math.sqrt(apart @ apart)
                for a in range(3):
                    for b in range(3):
                        one, both = float(a == b), apart[a] * apart[b] / r**2
                        near = (1 / r**3 - 1j * k / r**2) * (3 * both - one)
                        far = k**2 / r * (one - both)
                        matrix[3 * i + a, 3 * j + b] = -cmath.exp(1j * k * r) * (far + near)
    mu, weight = np.polynomial.legendre.leggauss(order)
    ways = []
    for cosine, share in zip(mu, weight, strict=True):
        for turn in range(2 * order):
            phi, sine = math.pi * (turn + 0.5) / order, math.sqrt(1 - cosine**2)
            way = np.array([sine * math.cos(phi), sine * math.sin(phi), cosine])
            first = np.array([cosine * math.cos(phi), cosine * math.sin(phi), -sine])
            ways.append((way, first, np.cross(way, first), share / (4 * order)))
    extinction = scattering = 0.0
    for way, first, second, share in ways:
        phases = np.exp(1j * k * np.asarray(positions) @ way)
        for polarization in (first, second):
            field = np.outer(phases, polarization)
            moments = np.linalg.solve(matrix, field.ravel()).reshape(-1, 3)
            extinction += share / 2 * 4 * math.pi * k * np.sum(field.conj() * moments).imag
            for out, across, other, part in ways:
                far = np.exp(-1j * k * np.asarray(positions) @ out) @ moments
                bright = abs(far @ across) ** 2 + abs(far @ other) ** 2
                scattering += share / 2 * k**4 * 4 * math.pi * part * bright
    return extinction, scattering


# Light scattered by spheres.


def mie_s1(ratio, x, cosine):
    """Amplitude S1 of Bohren and Huffman (1983), equations 4.53, 4.74 and 4.47, by the functions of SciPy."""
    from scipy.special import spherical_jn, spherical_yn

    mx, total, before, here = ratio * x, 0j, 0.0, 1.0
    for n in range(1, int(x + 4 * x ** (1 / 3) + 3)):
        psi, dpsi = x * spherical_jn(n, x), spherical_jn(n, x) + x * spherical_jn(n, x, True)
        xi = psi + 1j * x * spherical_yn(n, x)
        dxi = dpsi + 1j * (spherical_yn(n, x) + x * spherical_yn(n, x, True))
        inner, dinner = mx * spherical_jn(n, mx), spherical_jn(n, mx) + mx * spherical_jn(n, mx, True)
        a = (ratio * inner * dpsi - psi * dinner) / (ratio * inner * dxi - xi * dinner)
        b = (inner * dpsi - ratio * psi * dinner) / (inner * dxi - ratio * xi * dinner)
        tau = n * cosine * here - (n + 1) * before
        total += (2 * n + 1) / (n * (n + 1)) * (a * here + b * tau)
        before, here = here, ((2 * n + 1) * cosine * here - (n + 1) * before) / n
    return total


# Forces between particles, packing of spheres


def sphere_sphere_r6(radius, other, distance, points=14):
    """Energy of two spheres for Hamaker constant 1: 1/r^6 over both volumes, by Gauss and Legendre."""
    node, weight = np.polynomial.legendre.leggauss(points)

    def ball(size):
        r = (node + 1) * size / 2
        return r, weight * size / 2 * r**2

    (r1, w1), (r2, w2) = ball(radius), ball(other)
    phi, wp = (node + 1) * np.pi / 2, weight * np.pi / 2
    total = 0.0
    for a, wa in zip(r1, w1, strict=True):
        for c1, wc1 in zip(node, weight, strict=True):
            x1, z1 = a * np.sqrt(1 - c1**2), a * c1
            b, c2, f = np.meshgrid(r2, node, phi, indexing="ij")
            w = w2[:, None, None] * weight[None, :, None] * wp[None, None, :] * 2
            x2, y2, z2 = (
                b * np.sqrt(1 - c2**2) * np.cos(f),
                b * np.sqrt(1 - c2**2) * np.sin(f),
                b * c2 + distance,
            )
            square = (x2 - x1) ** 2 + y2**2 + (z2 - z1) ** 2
            total += 2 * np.pi * wa * wc1 * (w / square**3).sum()
    return -total / np.pi**2


def slab_slab_r6(gap, thickness, points=40):
    """Energy per area of two slabs for Hamaker constant 1: 1/r^6 over rings, then both thicknesses."""
    node, weight = np.polynomial.legendre.leggauss(points)
    z, w = (node + 1) * thickness / 2, weight * thickness / 2
    total = 0.0
    for here, wa in zip(z, w, strict=True):
        for there, wb in zip(z, w, strict=True):
            apart = here + gap + there
            total += wa * wb * np.pi / (2 * apart**4)
    return -total / np.pi**2


def lifshitz_sum(metal, liquid, temperature):
    """Non-retarded Hamaker constant in kT: the double sum of Lifshitz theory, term by term, in eV."""
    kT = 8.617333262e-5 * temperature
    total = 0.5 * sum(1 / s**3 for s in range(1, 200))
    for n in range(1, 1500):
        xi = 2 * math.pi * n * kT
        delta = (metal(xi) - liquid(xi)) / (metal(xi) + liquid(xi))
        total += sum(delta ** (2 * s) / s**3 for s in range(1, 60))
    return 1.5 * total


def vincent_osmotic(h, length, phi, chi, solvent, radius):
    """Osmotic energy of two spheres, h < L, of Vincent et al. (1986), in kT."""
    x = h / length
    return 4 * math.pi * radius / solvent * phi**2 * (0.5 - chi) * length**2 * (x / 2 - 0.25 - math.log(x))


def vincent_elastic(h, length, chains_per_volume, radius):
    """Elastic energy of two spheres, h < L, of Vincent et al. (1986), in kT."""
    x = h / length
    bracket = x * math.log(x * ((3 - x) / 2) ** 2) - 6 * math.log((3 - x) / 2) + 3 * (1 - x)
    return 2 * math.pi * radius * length**2 * chains_per_volume * bracket


def pair_sum(position, kind, body, box, energy):
    """Energy of all pairs of beads of different bodies, over the nearest image; energy(kind, kind, r)."""
    total = 0.0
    for i in range(len(position)):
        for j in range(i + 1, len(position)):
            if body[i] != body[j]:
                apart = position[j] - position[i]
                apart = apart - box * np.round(apart / box)
                total += energy(kind[i], kind[j], math.sqrt((apart**2).sum()))
    return total


def jammed_spheres(number, seed):
    """Random close packing of equal spheres: harmonic spheres, pressed out of each other.

    After O'Hern et al. (2003): energy is minimised, and the diameter falls until no overlap is left.
    """
    from scipy.optimize import minimize

    position = np.random.default_rng(seed).random((number, 3))
    one, two = np.triu_indices(number, 1)

    def energy(flat, diameter):
        points = flat.reshape(-1, 3)
        apart = points[one] - points[two]
        apart -= np.round(apart)
        square = (apart**2).sum(1)
        near = square < diameter**2
        distance = np.sqrt(square[near])
        overlap = 1 - distance / diameter
        push = (-overlap / (diameter * distance))[:, None] * apart[near]
        force = [
            np.bincount(one[near], each, number) - np.bincount(two[near], each, number) for each in push.T
        ]
        return (overlap**2).sum() / 2, np.transpose(force).ravel()

    fraction = 0.68
    while True:
        diameter = (6 * fraction / (np.pi * number)) ** (1 / 3)
        found = minimize(energy, position.ravel(), (diameter,), jac=True, method="L-BFGS-B",
                         options={"maxiter": 3000, "ftol": 1e-16, "gtol": 1e-9})  # fmt: skip
        position = found.x.reshape(-1, 3) % 1
        if found.fun / number < 1e-9:
            return position - 0.5, diameter, fraction
        fraction -= max(0.0004, 0.1 * math.sqrt(2 * found.fun / number))


# Composition and surfaces of mesostructures.


def reacted_particles(silver, gold, thiolate, held, taken):
    """Atoms of the product and what has left, by letting one thiolate after the other leave.

    `held` is the number of thiolates for a metal atom of the product, `taken` of silver for each that leaves.
    """
    gone = 0
    while thiolate > held * (silver + gold):
        thiolate, silver, gone = thiolate - 1, silver - taken, gone + 1
    return silver, gold, thiolate, gone


def fallen_units(height, sites, rule):
    """Let units fall on the sites of a periodic map one by one; of equal neighbours any is taken."""
    height = height.copy()
    n, m = height.shape
    for i, j in sites:
        around = [((i + 1) % n, j), ((i - 1) % n, j), (i, (j + 1) % m), (i, (j - 1) % m)]
        if rule == "random":
            height[i, j] += 1
        elif rule == "ballistic":
            height[i, j] = max(height[i, j] + 1, *(height[each] for each in around))
        elif rule == "restricted":
            if all(height[i, j] + 1 - height[each] <= 1 for each in around):
                height[i, j] += 1
        else:
            lowest = min(around, key=lambda each: height[each])
            height[lowest if height[lowest] < height[i, j] else (i, j)] += 1
    return height


# Electron tomography.


def path_through_spheres(position, radius, weight, angle, pixel, shape, rays=4, step=0.02):
    """Mean path in spheres behind each pixel, by walking along rays in the specimen's own frame.

    The specimen is turned about y by `angle`, so that the beam enters it along (-sin, 0, cos).
    """
    theta = math.radians(angle)
    beam = np.array([-math.sin(theta), 0, math.cos(theta)])
    across = np.array([math.cos(theta), 0, math.sin(theta)])
    reach = np.linalg.norm(position, axis=1).max() + max(radius)
    walk = np.arange(-reach, reach, step) + step / 2
    image = np.zeros(shape)
    for row, column in np.ndindex(*shape):
        for i, j in np.ndindex(rays, rays):
            u = (column + (j + 0.5) / rays - shape[1] / 2) * pixel
            v = (row + (i + 0.5) / rays - shape[0] / 2) * pixel
            points = u * across + np.array([0, v, 0]) + walk[:, None] * beam
            for centre, a, w in zip(position, radius, weight, strict=True):
                inside = np.linalg.norm(points - centre, axis=1) < a
                image[row, column] += w * step * np.count_nonzero(inside) / rays**2
    return image


# Spheres in tomograms.


def gaussian(x, mean, deviation):
    """Return the density of a normal distribution."""
    return np.exp(-(((x - mean) / deviation) ** 2) / 2) / (deviation * math.sqrt(2 * math.pi))


def mean_in_sphere(volume, place, pixel, radius):
    """Mean of the voxels with their middle in a sphere about (x, y, z), by looking at each; None for none."""
    inside = []
    for index in np.ndindex(volume.shape):
        middle = [(i - (n - 1) / 2) * pixel for i, n in zip(index, volume.shape, strict=True)]
        if math.dist(middle, place[::-1]) <= radius:
            inside.append(volume[index])
    return sum(inside) / len(inside) if inside else None


def best_pairs(found, truth, within):
    """Most pairs within a distance, and the shortest sum of their distances, by trying all pairings."""
    short, long = sorted((list(found), list(truth)), key=len)
    best = (0, 0.0)
    for chosen in itertools.permutations([*range(len(long)), *[None] * len(short)], len(short)):
        distances = [math.dist(short[i], long[j]) for i, j in enumerate(chosen) if j is not None]
        if all(distance <= within for distance in distances):
            best = min(best, (-len(distances), sum(distances)))
    return -best[0], best[1]


def kept_apart(places, separation):
    """Which points stay if each is taken in its order unless one that was taken is too close."""
    taken = []
    for i, place in enumerate(places):
        if all(math.dist(place, places[j]) > separation for j in taken):
            taken.append(i)
    return taken


def smoothed_chord(rho, radius, sigma, steps=600):
    """Path through a sphere at a distance from its centre, smoothed by a Gaussian: a sum over squares."""
    step = 2 * radius / steps
    at = (np.arange(steps) + 0.5) * step - radius
    x, y = np.meshgrid(at, at)
    path = 2 * np.sqrt(np.maximum(radius**2 - x**2 - y**2, 0))
    weight = np.exp(-((x - rho) ** 2 + y**2) / (2 * sigma**2)) / (2 * math.pi * sigma**2)
    return float((path * weight).sum() * step**2)


# Shape of aggregates of plates.


def cubatic_search(normal, edge, tries, seed):
    """Cubatic order by trying axes at random, term by term."""
    generator = np.random.default_rng(seed)
    best = -1.0
    for _ in range(tries):
        axes, _ = np.linalg.qr(generator.normal(size=(3, 3)))
        total = 0.0
        for n, e in zip(normal, edge, strict=True):
            for a in (n, e, np.cross(n, e)):
                for j in range(3):
                    total += float(a @ axes[:, j]) ** 4
        best = max(best, (5 * total / len(normal) - 9) / 6)
    return best


def solid_spread(centre, normal, edge, side, thickness, points):
    """Mean square extent along the principal axes of solid plates, from a grid of points in each."""
    across = ((np.arange(points) + 0.5) / points - 0.5) * side
    along = ((np.arange(points) + 0.5) / points - 0.5) * thickness
    cloud = []
    for r, n, e in zip(centre, normal, edge, strict=True):
        f = np.cross(n, e)
        cloud += [r + x * e + y * f + z * n for x in across for y in across for z in along]
    cloud = np.array(cloud)
    return np.sort(np.linalg.eigvalsh(np.cov(cloud.T, bias=True)))[::-1]


def stacks_by_number(constant, density):
    """Share of bound faces of stacks that add plates with one constant, from the sum over their lengths."""
    length = np.arange(1, 2000)
    low, high = 0.0, 1 / constant
    for _ in range(80):
        free = (low + high) / 2
        number = free * (constant * free) ** (length - 1)
        low, high = (free, high) if (length * number).sum() < density else (low, free)
    return ((length - 1) * number).sum() / (length * number).sum()


def centroids(mz, intensity, *, prominence):
    """Return the centroids of a profile as software picks them: weighted means above half height."""
    mz, intensity = np.asarray(mz, dtype=float), np.asarray(intensity, dtype=float)
    peaks, _ = find_peaks(intensity, prominence=prominence * intensity.max())
    _, _, left, right = peak_widths(intensity, peaks, rel_height=0.5)
    place = []
    for peak, begin, end in zip(peaks, np.ceil(left).astype(int), np.floor(right).astype(int), strict=True):
        weight = np.maximum(intensity[begin : end + 1] - intensity[peak] / 2, 0)
        place.append(weight @ mz[begin : end + 1] / weight.sum())
    return pd.DataFrame({"mz": place, "intensity": intensity[peaks]})


def ball_pressure(position, sigma, radius, temperature, points):
    """Pressure in a ball about the origin: each pair's virial, for the part of its line that lies inside."""
    total = temperature * sum(np.linalg.norm(x) <= radius for x in position)
    along = (np.arange(points) + 0.5) / points
    for i in range(len(position)):
        for j in range(i):
            apart = position[j] - position[i]
            r, s = np.linalg.norm(apart), (sigma[i] + sigma[j]) / 2
            if r < 2 ** (1 / 6) * s:
                line = position[i] + along[:, None] * apart
                inside = np.mean(np.linalg.norm(line, axis=1) <= radius)
                total += inside * r * 24 * (2 * s**12 / r**13 - s**6 / r**7) / 3
    return total / (4 / 3 * np.pi * radius**3)

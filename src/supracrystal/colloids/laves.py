r"""Laves phases of large (L) and small (S) spheres, of any stacking.

Every Laves phase :math:`LS_2` is a stack of the same layers. A *dimer* of L spheres stands upright in
each hexagon of a kagome layer of S spheres; between two kagome layers lies a triangular layer of S
spheres. With dimers in position A, B or C of the triangular lattice the sequence of dimers fixes the
structure: C14 (MgZn2) is AABB, C15 (MgCu2) AABBCC and C36 (MgNi2) AABBAACC, two letters for each
dimer as in Wang et al. (2021), introduction and Fig. 1d-f (`wang2021`).

The layers here are the ideal ones: all tetrahedra of S and of L spheres are regular, so that
:math:`c/a` is :math:`\sqrt{2/3}` for each dimer in the sequence. Relaxed axial ratios and internal
parameters are left out, except for the packing fraction that they would allow.

Lengths are in diameters of the large spheres.
"""

import numpy as np

from supracrystal import InputError
from supracrystal.colloids.particles import diameters, make_particles

STACKINGS = {"C14": "AABB", "C15": "AABBCC", "C36": "AABBAACC"}
"""The three phases of Wang et al. (2021), introduction, as sequences of dimers."""

_PLACES = {"A": (1 / 3, 2 / 3), "B": (2 / 3, 1 / 3), "C": (0.0, 0.0)}
_KAGOME = np.array([(0.5, 0.0), (0.0, 0.5), (0.5, 0.5)])
_CUBIC_LARGE = np.array([(3, 3, 3), (5, 5, 5)]) / 8
_CUBIC_SMALL = np.array([(0, 0, 0), (2, 2, 0), (2, 0, 2), (0, 2, 2)]) / 8
_FACE_CENTRES = np.array([(0, 0, 0), (1, 1, 0), (1, 0, 1), (0, 1, 1)]) / 2


def laves_phase(
    stacking,
    *,
    size_ratio=0.78,
    cells=(1, 1, 1),
    packing_fraction=None,
    lattice_constant=None,
    cell="hexagonal",
):
    r"""Make a Laves phase as a periodic frame.

    Parameters
    ----------
    stacking : str
        ``"C14"``, ``"C15"``, ``"C36"``, or the sequence of dimers with two letters each, such as
        ``"AABBAABBCC"``. It repeats along the stacking axis :math:`z`.
    size_ratio : float
        Diameter of the small spheres over that of the large ones, which is 1.
    cells : (3,) int
        Number of cells along each cell vector. The third counts repeats of the whole sequence.
    packing_fraction : float, optional
        Share of the volume inside spheres, at most ``maximal_packing_fraction(size_ratio)``.
    lattice_constant : float, optional
        The hexagonal lattice constant :math:`a`, whichever the cell, in diameters of the large
        spheres. The cubic one of C15 is :math:`\sqrt 2 a`. Spheres may overlap.
        Default, if no packing fraction is given either: spheres in contact,
        :math:`a = \max(\sqrt{8/3},\, 2 q)` with the size ratio :math:`q`.
    cell : {"hexagonal", "orthorhombic", "cubic"}
        Repeated cell: hexagonal :math:`a, a, c` with 120 degrees between the first two; orthorhombic
        :math:`a, \sqrt 3 a, c`; or the conventional cubic cell, for the C15 stacking only, with
        its axes along those of the box.

    Returns
    -------
    gsd.hoomd.Frame
        Positions lie inside the box, which is centred on the origin.

    Raises
    ------
    ValueError
        For a sequence that is no Laves phase, saying where, and for impossible sizes.

    Notes
    -----
    Source: Wang et al. (2021), Fig. 1 (`wang2021`), for the sequences; Friauf (1927, `friauf1927`) and
    Laves and Witte (1936, `laves1936`) for the structures.

    Examples
    --------
    >>> laves_phase("C14").particles.N, laves_phase("AABBCC", cells=(2, 2, 1)).particles.N
    (12, 72)
    """
    letters = dimers(stacking)
    repeats = _cells(cells)
    a = _lattice_constant(size_ratio, packing_fraction, lattice_constant)
    if cell == "cubic":
        _only_cubic(stacking, letters)
        edges, tilt = np.full(3, np.sqrt(2) * a), 0.0
        large = (_FACE_CENTRES[:, None] + _CUBIC_LARGE).reshape(-1, 3)
        small = (_FACE_CENTRES[:, None] + _CUBIC_SMALL).reshape(-1, 3)
    else:
        large, small = _layers(letters)
        edges, tilt = a * np.array([1, np.sqrt(3) / 2, len(letters) * np.sqrt(2 / 3)]), -1 / np.sqrt(3)
        if cell == "orthorhombic":
            large, small = _rectangular(large), _rectangular(small)
            edges, tilt = edges * [1, 2, 1], 0.0
        elif cell != "hexagonal":
            raise InputError(f"cell is {cell!r}; allowed are 'hexagonal', 'orthorhombic' and 'cubic'")
    # Rounded, so that no site at a face of the cell ends up on the wrong side of it.
    fractional = np.vstack([large, small]).round(12) % 1
    species = np.arange(len(fractional)) < len(large)
    origin = np.stack(np.meshgrid(*map(np.arange, repeats), indexing="ij"), axis=-1).reshape(-1, 1, 3)
    fractional = ((origin + fractional) / repeats - 0.5).reshape(-1, 3)
    lengths = edges * repeats
    matrix = np.array([[lengths[0], tilt * lengths[1], 0], [0, lengths[1], 0], [0, 0, lengths[2]]])
    return make_particles(
        fractional @ matrix.T,
        np.tile(species, len(origin)),
        size_ratio=size_ratio,
        box=[*lengths, tilt, 0, 0],
    )


def dimers(stacking):
    """Return one letter for each dimer of a stacking sequence, after checking it.

    Parameters
    ----------
    stacking : str
        ``"C14"``, ``"C15"``, ``"C36"`` or a sequence of dimers with two letters each.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        For letters other than A, B and C, for a letter without its twin, and for neighbouring
        dimers in the same position, the first and the last being neighbours.

    Examples
    --------
    >>> dimers("C36"), dimers("AABBCCAABB")
    ('ABAC', 'ABCAB')
    >>> dimers("AABBB")
    Traceback (most recent call last):
    supracrystal.InputError: stacking 'AABBB': 'B' at place 5 has no twin; each dimer is two equal letters,
    as in AABB
    """
    if not isinstance(stacking, str):
        raise TypeError(f"stacking is {stacking!r}; a string such as 'C14' or 'AABB' is needed")
    if stacking in STACKINGS:
        stacking = STACKINGS[stacking]
    for place, letter in enumerate(stacking, start=1):
        if letter not in _PLACES:
            raise InputError(
                f"stacking {stacking!r}: {letter!r} at place {place}; allowed are A, B and C, "
                f"or one of {', '.join(STACKINGS)}"
            )
    letters = stacking[::2]
    for k, letter in enumerate(letters):
        place = 2 * k + 1
        if stacking[2 * k + 1 : 2 * k + 2] != letter:
            raise InputError(
                f"stacking {stacking!r}: {letter!r} at place {place} has no twin; "
                "each dimer is two equal letters, as in AABB"
            )
        if k and letters[k - 1] == letter:
            raise InputError(
                f"stacking {stacking!r}: the dimer {2 * letter} at place {place} follows its like; "
                "neighbouring dimers differ"
            )
    if len(letters) < 2:
        raise InputError(f"stacking {stacking!r} has fewer than two dimers, as in AABB")
    if letters[0] == letters[-1]:
        raise InputError(
            f"stacking {stacking!r}: the last dimer {2 * letters[-1]}, at place {len(stacking) - 1}, meets "
            "the first of the next period, its like; neighbouring dimers differ"
        )
    return letters


def packing_fraction(frame, *, size_ratio=None):
    r"""Return the share of the box that lies inside spheres, :math:`\sum \pi\sigma_i^3 / 6V`.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        A periodic frame: for a free cluster the box is arbitrary, and so is the figure.
    size_ratio : float, optional
        As for :func:`~supracrystal.colloids.particles.diameters`, for frames without diameters.

    Returns
    -------
    float
        Overlaps of spheres are counted twice.

    Examples
    --------
    >>> round(packing_fraction(laves_phase("C15", packing_fraction=0.55)), 12)
    0.55
    """
    volume = np.prod(np.asarray(frame.configuration.box, dtype=float)[:3])
    return float(np.pi / 6 * np.sum(diameters(frame, size_ratio=size_ratio) ** 3) / volume)


def maximal_packing_fraction(size_ratio, *, free_axial_ratio=False):
    r"""Return the packing fraction of a Laves phase of spheres in contact.

    .. math::
        \eta = \frac{\pi}{6}\,\frac{1 + 2q^3}{V_L}, \qquad
        V_L = \frac{1}{8}\,\max\!\left(\frac{4}{\sqrt 3},\, 2\sqrt 2\, q\right)^3

    with the volume :math:`V_L` for each large sphere. Large spheres touch below
    :math:`q = \sqrt{2/3}`, small ones above; large and small ones never do. All stackings have it.

    Parameters
    ----------
    size_ratio : float
        The ratio :math:`q` of the diameters, small over large.
    free_axial_ratio : bool
        Let the cell shrink sideways until small spheres touch within the kagome layers, and let the
        spacing of the layers follow, as only the hexagonal phases can do without losing their
        symmetry. Below :math:`q = \sqrt{2/3}` then :math:`a = 2q` and a dimer takes the height
        :math:`t = 1 + \sqrt{1 - 4q^2/3}`, so that :math:`V_L = \sqrt 3\, q^2 t`.
        Down to :math:`q = 2/3`, where large and small spheres begin to touch.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For a size ratio that is not positive, or below 2/3 with a free axial ratio.

    Notes
    -----
    Source: elementary geometry, written out in the chapter on Laves phases. With a free axial ratio the
    result is the densest C14 of its space group up to a size ratio of 0.789. Between there and
    :math:`\sqrt{2/3}` wider and lower cells with distorted kagome layers are denser, by at most 0.003;
    they are left out.

    Examples
    --------
    >>> round(maximal_packing_fraction(0.78), 4), round(maximal_packing_fraction((2 / 3) ** 0.5), 4)
    (0.6629, 0.7103)
    >>> round(maximal_packing_fraction(0.78, free_axial_ratio=True), 4)
    0.6751
    """
    q = _size_ratio(size_ratio)
    if free_axial_ratio and q < 2 / 3:
        raise InputError(f"size_ratio is {q:g}; with a free axial ratio it must be at least 2/3")
    if free_axial_ratio and q < np.sqrt(2 / 3):
        volume = np.sqrt(3) * q**2 * (1 + np.sqrt(1 - 4 * q**2 / 3))
    else:
        volume = max(4 / np.sqrt(3), 2 * np.sqrt(2) * q) ** 3 / 8
    return float(np.pi / 6 * (1 + 2 * q**3) / volume)


def _layers(letters):
    """Fractional coordinates of the large and the small spheres of one hexagonal cell."""
    count = len(letters)
    large, small = [], []
    for k, (here, above) in enumerate(zip(letters, letters[1:] + letters[0], strict=True)):
        (third,) = set(_PLACES) - {here, above}
        large += [(*_PLACES[here], (k + step) / count) for step in (-3 / 8, 3 / 8)]
        small += [(*(_PLACES[here] + site), k / count) for site in _KAGOME]
        small += [(*_PLACES[third], (k + 0.5) / count)]
    return np.array(large), np.array(small)


def _rectangular(fractional):
    """Change fractional coordinates of the hexagonal cell into those of the orthorhombic one."""
    first = fractional @ np.array([(1, 0, 0), (-0.5, 0.5, 0), (0, 0, 1)])
    return np.vstack([first, first + [0.5, 0.5, 0]])


def _lattice_constant(size_ratio, eta, a):
    q = _size_ratio(size_ratio)
    if eta is not None and a is not None:
        raise InputError("give packing_fraction or lattice_constant, not both")
    if a is not None:
        if not (np.isfinite(a) and a > 0):
            raise InputError(f"lattice_constant is {a}; a positive length is needed")
        return float(a)
    contact, largest = max(np.sqrt(8 / 3), 2 * q), maximal_packing_fraction(q)
    if eta is None:
        return contact
    if not 0 < eta <= largest * (1 + 1e-12):
        raise InputError(
            f"packing_fraction is {eta:g}; at the size ratio {q:g} the spheres allow up to {largest:.6g}"
        )
    return contact * (largest / eta) ** (1 / 3)


def _size_ratio(q):
    if not (np.isfinite(q) and q > 0):
        raise InputError(f"size_ratio is {q}; a positive number is needed")
    return float(q)


def _cells(cells):
    repeats = np.asarray(cells)
    if repeats.shape != (3,) or not np.issubdtype(repeats.dtype, np.integer) or (repeats < 1).any():
        raise InputError(f"cells is {cells!r}; three whole numbers of at least 1 are needed")
    return repeats


def _only_cubic(stacking, letters):
    for k, letter in enumerate(letters):
        if letters[k - 1] == letters[(k + 1) % len(letters)]:
            raise InputError(
                f"stacking {stacking!r}: the dimer {2 * letter} at place {2 * k + 1} has equal neighbours; "
                "a cubic cell is for the C15 stacking, AABBCC, only"
            )

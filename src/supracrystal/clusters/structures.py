r"""Metal and sulphur of four cluster architectures, built by symmetry from their published description.

Each builder starts from one rough place for each kind of atom, written to a tenth of an angstrom. The
operations of the point group make all atoms of the kind from it, and the places are then solved, under the
symmetry, for the distances that the descriptions give: with :math:`P_k` the projection on the site of kind
k, :math:`g` the operations and :math:`t` the target distances, the least squares of

.. math::
    |P_k x_k - g P_l x_l| - t_{kl} \qquad\text{and, for pairs that are not bonded,}\qquad
    \max(0, f_{kl} - |P_k x_k - g P_l x_l|)

where the floors f keep atoms apart. In M44S30 and M44S26 these distances leave some directions free; there
the weak pull ``PULL`` keeps atoms at their rough places, so that the least squares have one solution. No
coordinate is taken from a crystal file.

=========== ===== ============================================================= ================
builder     group shells                                                        electrons
=========== ===== ============================================================= ================
m25s18      Th    centre, core (12), staple (12); S-end (12), S-middle (6)      8
m29s24      T     centre, core (12), crown (12), cap (4); S-cap, S-crown (12)   8
m44s30      Th    icosahedron (12), cube (8), edge (12), mount (12); S-top (6), 18
                  S-leg (24)
m44s26      D3    centre (2), waist (3), inner, middle, outer, end (6 each),    20
                  monomer (3), dimer-inner, dimer-outer (6 each); S-monomer,
                  S-inner, S-middle, S-outer (6 each), S-terminal (2)
=========== ===== ============================================================= ================

Metals come first, from the inside out, then sulphur. The array ``shell`` holds the names of the table; the
array ``ligand`` the number of the ligand that an atom belongs to, -1 for metal: two S with one number are the
ends of one dithiolate. ``info`` has the frame, its point group, the charge and a formula. The charge is that
of the electrons of the table (see :mod:`~supracrystal.spectra.electrons`).

What is known: the icosahedron of Ag25 and Au25 with six staples S-M-S-M-S (`joshi2015`, `zhu2008`,
`heaven2008`); the icosahedral Ag13 in four crowns Ag3S6 and four caps AgS3 of Ag29 (`abdulhalim2015`); the
hollow icosahedron in a dodecahedron (cube and edge) under six mounts Ag2S5 of Ag44 (`desireddy2013`,
`yang2013`). What is inferred: in :func:`m29s24`, which crowns a dithiolate joins; in :func:`m44s26` all but
the counts, see there. Left out: distortions by ligands, counter-ions and packing, phosphines on the caps of
Ag29, and the different bond lengths of dopants, which sit where their host did.
"""

import numpy as np
from ase import Atoms
from scipy.linalg import block_diag
from scipy.optimize import least_squares
from scipy.spatial.distance import cdist

from supracrystal import InputError
from supracrystal.spectra import VALENCE, Species

LENGTHS = {
    "Ag": {"centre": 2.77, "core-S": 2.45, "S": 2.39, "above": 3.15},
    "Au": {"centre": 2.79, "core-S": 2.38, "S": 2.32, "above": 3.15},
}
"""Distances of staples and their icosahedra: centre to core, core to S, S to staple, staple to core below."""
PULL = 1e-3
"""Weight of a displacement from the rough positions, in M44S30 and M44S26. It changes distances by 1e-5 A."""
BITE = 5.51
"""Distance of the two S of a benzene-1,3-dithiolate, as a force field has it."""


def m25s18(metal="Ag", **sites):
    """Build the frame of Ag25(SR)18, Au25(SR)18 and their alloys: M@M12 with six staples S-M-S-M-S.

    Two ends S of a staple sit on two opposite corners of the core; each metal of a staple is above a face.

    Parameters
    ----------
    metal : str
        Symbol of all metals without a choice of their own; Au has its own bond lengths, others those of Ag.
    **sites : str or sequence of str
        Other metals by the name of the shell: ``centre="Pt"``. A sequence has one symbol for each atom.

    Returns
    -------
    ase.Atoms
        25 metal atoms and 18 S with the arrays ``shell`` and ``ligand``; lengths in angstrom.

    Raises
    ------
    ValueError
        For a shell that is not there, a wrong number of symbols, or a metal without electrons to count.

    Notes
    -----
    Source: Joshi et al. (2015) (`joshi2015`), Zhu et al. (2008) (`zhu2008`), Heaven et al. (2008)
    (`heaven2008`): architecture and typical distances.

    Examples
    --------
    >>> frame = m25s18("Ag", centre="Pt")
    >>> frame.info["formula"], round(float(frame.get_distance(0, 1)), 2)
    ('[PtAg24(SR)18]2-', 2.77)
    """
    length = LENGTHS["Au" if metal == "Au" else "Ag"]
    return frame(
        "M25S18",
        "Th",
        {
            "centre": (0, 0, 0),
            "core": (1.4, 2.4, 0),
            "staple": (4.5, 1.8, 0),
            "S-end": (3.3, 3.9, 0),
            "S-middle": (6.1, 0, 0),
        },
        [
            *_icosahedron("core", length["centre"]),
            ("core", "staple", 3, length["above"]),
            ("core", "S-end", 1, length["core-S"]),
            *_staple(length["S"], "S-end", "staple", "S-middle"),
            ("staple", "staple", 1, _across(length["S"], 100)),
        ],
        8,
        metal,
        sites,
    )


def m29s24(metal="Ag", *, mirror=False, **sites):
    """Build the chiral frame of Ag29(BDT)12 and MAg28(BDT)12: M@Ag12, four crowns Ag3S6, four caps AgS3.

    A crown is a ring of three metals and three S-crown, which also bind the core; each of its metals has an
    S-cap, which binds a cap. Each dithiolate has one S of either kind, in two different crowns.

    Parameters
    ----------
    metal : str
        Symbol of all metals without a choice of their own. The bond lengths are those of Ag.
    mirror : bool
        Build the other hand.
    **sites : str or sequence of str
        Other metals by the name of the shell, as in :func:`m25s18`.

    Returns
    -------
    ase.Atoms
        29 metal atoms and 24 S; both S of a dithiolate have the same number in ``ligand``.

    Notes
    -----
    Source: AbdulHalim et al. (2015) (`abdulhalim2015`): core, crowns and caps. Inferred: which two S belong
    to one ligand, from the distance of the S of benzene-1,3-dithiolate and the counts of bonds.

    Examples
    --------
    >>> frame = m29s24()
    >>> frame.info["formula"], frame.info["point_group"]
    ('[Ag29(BDT)12]3-', 'T')
    >>> one, other = np.flatnonzero(frame.arrays["ligand"] == 0)
    >>> round(float(frame.get_distance(one, other)), 2)
    5.51
    """
    return frame(
        "M29S24",
        "T",
        {
            "centre": (0, 0, 0),
            "core": (0, 2.4, 1.4),
            "crown": (0.7, 3.5, 4.0),
            "cap": (-3.6, 3.6, 3.6),
            "S-cap": (1.5, 4.6, -3.8),
            "S-crown": (1.5, 4.8, 1.6),
        },
        [
            *_icosahedron("core", LENGTHS["Ag"]["centre"]),
            ("crown", "core", 1, 3.0),
            ("core", "S-crown", 1, 2.65),
            ("crown", "S-crown", 2, 2.5),
            ("crown", "S-cap", 1, 2.5),
            ("S-cap", "cap", 1, 2.52),
            ("S-cap", "S-crown", 2, _across(2.5, 115)),
            ("S-cap", "S-cap", 2, _across(2.52, 118)),
            ("S-cap", "S-crown", 0, BITE),
        ],
        8,
        metal,
        sites,
        mirror=mirror,
        dithiolate=True,
    )


def m44s30(metal="Ag", **sites):
    """Build the frame of Ag44(SR)30 and Au12Ag32(SR)30: M12@M20 under six mounts M2S5.

    The icosahedron is hollow. The dodecahedron around it has eight corners of a cube, which bind three S-leg
    each, and twelve others in pairs, the edges, with a mount above each pair.

    Parameters
    ----------
    metal : str
        Symbol of all metals without a choice of their own. The bond lengths are those of Ag.
    **sites : str or sequence of str
        Other metals by the name of the shell: ``icosahedron="Au"`` for Au12Ag32(SR)30.

    Returns
    -------
    ase.Atoms
        44 metal atoms and 30 S.

    Notes
    -----
    Source: Desireddy et al. (2013) (`desireddy2013`), Yang et al. (2013) (`yang2013`).

    Examples
    --------
    >>> m44s30(icosahedron="Au").info["formula"]
    '[Au12Ag32(SR)30]4-'
    """
    return frame(
        "M44S30",
        "Th",
        {
            "icosahedron": (1.4, 0, 2.3),
            "cube": (2.6, 2.6, 2.6),
            "edge": (0, 1.6, 4.2),
            "mount": (2.2, 0, 5.5),
            "S-top": (0, 0, 6.6),
            "S-leg": (3.9, 1.7, 4.6),
        },
        [
            ("icosahedron", "icosahedron", 5, 2.83),
            ("icosahedron", "cube", 2, 2.83),
            ("icosahedron", "edge", 3, 2.83),
            ("cube", "edge", 3, 3.2),
            ("edge", "edge", 1, 3.2),
            ("mount", "edge", 2, 3.05),
            ("mount", "S-top", 1, 2.49),
            ("mount", "S-leg", 2, 2.49),
            ("S-leg", "cube", 1, 2.55),
        ],
        18,
        metal,
        sites,
        pull=PULL,
    )


def m44s26(metal="Au", *, mirror=False, **sites):
    """Build a frame for Au44(SR)26: a bi-icosahedral M29 core, two S, three S-M-S and six S-M-S-M-S.

    Two icosahedra share a triangle, the waist, as in Au38(SR)24; their layers are inner, middle and outer.
    Three short staples join the middle layers over the waist, and six long ones turn like a propeller from an
    inner to an outer corner. Beyond each outer triangle is one more, the end, with a terminal S over it.

    Parameters
    ----------
    metal : str
        Symbol of all metals without a choice of their own. The bond lengths are those of Au.
    mirror : bool
        Build the other hand.
    **sites : str or sequence of str
        Other metals by the name of the shell, as in :func:`m25s18`; ``dimer_inner`` for "dimer-inner".

    Returns
    -------
    ase.Atoms
        44 metal atoms and 26 S.

    Notes
    -----
    Source: the counts are those of Lin et al. (2022), Introduction (`lin2022`); that the structure is chiral
    and like that of Au38(SR)24 is in the abstract of Liao et al. (2016) (`liao2016`). Inferred: that the six
    atoms beyond Au23 are a triangle on each end, that the terminal S lie on the three-fold axis and bind
    three atoms, the symmetry D3, and all distances at the ends. Every outer atom of the core binds one S. The
    distance of 5.2 A from the centres to the metals of the long staples is that of Au38(SR)24 (DFT).

    Two things speak against these ends. By the same abstract a part of the core is chiral; here only the
    staples are, and the core has the mirror planes of D3h. And they do not hold: relaxed by GFN1-xTB as
    [Au44(SH)26]2-, the outer triangles open and the ends sink in, from 6.9 to 5.9 A from the centre
    (``data/structures/au44-sh.xyz``). No distances of the crystal were available to us.

    Examples
    --------
    >>> frame = m44s26()
    >>> frame.info["formula"], list(frame.arrays["shell"]).count("S-terminal")
    ('[Au44(SR)26]2-', 2)
    """
    length = LENGTHS["Au"]
    return frame(
        "M44S26",
        "D3",
        {
            "centre": (0, 0, 2.1),
            "waist": (2.0, 0, 0),
            "inner": (1.4, 1.4 * 3**0.5, 1.5),
            "middle": (2.7, 0, 2.7),
            "outer": (-1.7, 0, 4.4),
            "end": (1.6, 0, 6.7),
            "monomer": (5.0, 0, 0),
            "dimer-inner": (0.1, 4.6, 3.9),
            "dimer-outer": (-2.7, 2.9, 5.2),
            "S-monomer": (5.1, 0, 2.3),
            "S-inner": (1.7, 4.6, 2.2),
            "S-middle": (-1.6, 4.9, 5.5),
            "S-outer": (-3.7, 0.8, 5.2),
            "S-terminal": (0, 0, 8.5),
        },
        [
            *(("centre", shell, 3, 2.85) for shell in ("waist", "inner", "middle", "outer")),
            ("waist", "inner", 4, 2.9),
            ("waist", "middle", 2, 2.9),
            ("inner", "inner", 1, 2.9),
            ("inner", "middle", 2, 2.9),
            ("middle", "outer", 2, 2.9),
            ("outer", "outer", 2, 2.9),
            ("outer", "end", 2, 2.85),
            ("end", "end", 2, 2.85),
            ("end", "S-terminal", 1, 2.45),
            ("middle", "S-monomer", 1, length["core-S"]),
            ("S-monomer", "monomer", 1, length["S"]),
            ("inner", "S-inner", 0, length["core-S"]),
            ("outer", "S-outer", 0, length["core-S"]),
            *_staple(length["S"], "S-inner", "dimer-inner", "S-middle"),
            *_staple(length["S"], "S-outer", "dimer-outer", "S-middle"),
            ("dimer-inner", "dimer-outer", 0, _across(length["S"], 100)),
            ("dimer-inner", "centre", 1, 5.2),
            ("dimer-outer", "centre", 1, 5.2),
        ],
        20,
        metal,
        sites,
        mirror=mirror,
        pull=PULL,
    )


FRAMES = {(25, 18): m25s18, (29, 24): m29s24, (44, 30): m44s30, (44, 26): m44s26}
"""The builder for each number of metal and sulphur atoms."""


def _icosahedron(shell, radius):
    """Return the targets of a centred icosahedron, whose edge is 1.0515 radii."""
    return [("centre", shell, 12, radius), (shell, shell, 5, radius / np.sin(2 * np.pi / 5))]


def _staple(length, end, metal, middle):
    """Return the targets of half a staple, with 171 degrees at its metal."""
    return [(end, metal, 0, length), (metal, middle, 0, length), (end, middle, 0, _across(length, 171))]


def _across(length, angle):
    """Return the distance of the ends of two bonds of one length, by the angle between them in degrees."""
    return 2 * length * np.sin(np.radians(angle / 2))


FLOOR = {"MM": 2.8, "MS": 2.9, "SS": 3.3}
"""How near metal and sulphur may come without a bond."""
WRITTEN = ("Pt", "Pd", "Au", "Ag", "Cu")
"""Metals in the order of formulas, and from the inside out where sites are not chosen."""

_TURN = np.eye(3)[[2, 0, 1]]
_HALF = np.diag([1.0, -1.0, -1.0])
_THIRD = np.array([[-0.5, -(0.75**0.5), 0], [0.75**0.5, -0.5, 0], [0, 0, 1]])
_GENERATORS = {
    "Th": (_TURN, _HALF, -np.eye(3)),
    "T": (_TURN, _HALF),
    "S6": (_TURN, -np.eye(3)),
    "D3": (_THIRD, _HALF),
    "C2": (_HALF,),
    "C1": (),
}


def operations(point_group):
    """Return the operations of a point group as matrices.

    Th and T have their two-fold axes along x, y and z, and S6 its axis along (1, 1, 1); D3 has its three-fold
    axis along z, and it and C2 have a two-fold axis along x.

    Parameters
    ----------
    point_group : {"Th", "T", "S6", "D3", "C2", "C1"}

    Returns
    -------
    (n, 3, 3) array
        The identity first.

    Raises
    ------
    ValueError
        For another group.

    Examples
    --------
    >>> {group: len(operations(group)) for group in ("Th", "T", "S6", "D3", "C2", "C1")}
    {'Th': 24, 'T': 12, 'S6': 6, 'D3': 6, 'C2': 2, 'C1': 1}
    """
    if point_group not in _GENERATORS:
        raise InputError(f"point_group is {point_group!r}; it is one of {', '.join(_GENERATORS)}")
    group = [np.eye(3)]
    for known in group:
        for generator in _GENERATORS[point_group]:
            product = generator @ known
            if all(np.abs(product - other).max() > 1e-9 for other in group):
                group.append(product)
    return np.array(group)


def solve(group, rough, targets, pull=0.0):
    """Return the positions of all atoms, their kind as an index into `rough`, and their operation.

    A target is (kind, kind, how many, distance): that many atoms of the second kind, those nearest to one of
    the first in the rough positions, or if 0, the two atoms that `rough` itself gives. `pull` is the weight
    of a displacement from the rough positions beside that of a distance.
    """
    names, place = list(rough), np.array(list(rough.values()), dtype=float)
    site, kind, made = np.empty((len(place), 3, 3)), [], []
    for k, images in enumerate(np.einsum("gij,kj->kgi", group, place)):
        same = cdist(images, images) < 0.5
        site[k] = group[same[0]].mean(axis=0)
        new = [g for g in range(len(group)) if not same[g, :g].any()]
        kind += [k] * len(new)
        made += new
    kind, made = np.array(kind), np.array(made)

    # The coordinates that the symmetry of each site leaves free: one on an axis, three in general.
    free = block_diag(*(np.linalg.svd(each)[0][:, : round(np.trace(each))] for each in site))

    def expand(coordinates):
        return np.einsum("aij,aj->ai", group[made], (free @ coordinates).reshape(-1, 3)[kind])

    rough = place.ravel() @ free
    start = expand(rough)
    first = np.array([np.flatnonzero(kind == k)[0] for k in range(len(names))])
    distance = cdist(start, start) + np.diag(np.full(len(start), np.inf))
    i, j, wanted = [], [], []
    for one, other, number, length in targets:
        one, other = first[names.index(one)], names.index(other)
        among = np.flatnonzero(kind == other)
        among = among[np.argsort(distance[one, among], kind="stable")[:number]] if number else [first[other]]
        i += [one] * len(among)
        j += list(among)
        wanted += [length] * len(among)

    images = [cdist(start @ g.T, start).argmin(axis=1) for g in group]
    bonded = np.eye(len(start), dtype=bool)
    for image in images:
        bonded[image[i], image[j]] = bonded[image[j], image[i]] = True
    sulphur = np.array([name.startswith("S") for name in names], dtype=int)[kind]
    floor = np.array(list(FLOOR.values()))[sulphur[first][:, None] + sulphur] * ~bonded[first]

    def misfit(coordinates):
        position = expand(coordinates)
        apart = np.linalg.norm(position[i] - position[j], axis=1) - wanted
        close = np.maximum(0, floor - cdist(position[first], position)).ravel()
        return np.concatenate([apart, close, pull * (coordinates - rough)])

    found = least_squares(misfit, rough, xtol=1e-12, ftol=1e-14, gtol=1e-12)
    stiffness = np.linalg.svd(found.jac, compute_uv=False)
    if not found.success or stiffness[-1] < 1e-4 * stiffness[0]:
        raise RuntimeError(f"the distances do not determine the positions of {', '.join(names)}")
    return expand(found.x), kind, made


def frame(
    name, point_group, rough, targets, electrons, metal, sites, *, mirror=False, dithiolate=False, pull=0.0
):
    """Return the solved frame as Atoms."""
    position, kind, made = solve(operations(point_group), rough, targets, pull)
    shell = np.array(list(rough))[kind]
    metals = [each for each in rough if not each.startswith("S-")]
    symbols = np.where(np.isin(shell, metals), metal, "S").astype("<U2")
    for each, given in sites.items():
        each = each.replace("_", "-")
        where = np.flatnonzero(shell == each)
        if each not in metals:
            raise InputError(f"{each!r} is no shell of metals of {name}; these are {', '.join(metals)}")
        if not isinstance(given, str) and len(given) != len(where):
            raise InputError(f"{each} of {name} has {len(where)} atoms, and {len(given)} symbols are given")
        symbols[where] = given
    is_metal = np.isin(shell, metals)
    numbers = {
        each: int((symbols[is_metal] == each).sum()) for each in (*WRITTEN, *sorted({*symbols[is_metal]}))
    }
    numbers = {each: number for each, number in numbers.items() if number}
    if not set(numbers) <= set(VALENCE):
        raise InputError(f"the metals {', '.join(numbers)} are given; {', '.join(VALENCE)} are allowed")
    thiolates = int((~is_metal).sum())
    charge = sum(VALENCE[each] * number for each, number in numbers.items()) - thiolates - electrons
    ligand = np.full(len(shell), -1)
    ligand[~is_metal] = made[~is_metal] if dithiolate else np.arange(thiolates)
    formula = Species((*numbers.items(), ("BDT" if dithiolate else "SR", int(ligand.max()) + 1)), charge)
    atoms = Atoms(symbols, -position if mirror else position)
    atoms.set_array("shell", shell)
    atoms.set_array("ligand", ligand)
    atoms.info = {
        "frame": name,
        "point_group": point_group,
        "charge": charge,
        "formula": str(formula),
    }
    return atoms

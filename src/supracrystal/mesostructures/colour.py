r"""Absorption spectra of particles, clusters and mesostructures in a vial while they react and grow.

Particles: each of :math:`\sigma` thiolates per area may bind one electron of the metal, as superatom
electrons are counted, which leaves the share :math:`1 - 3 \sigma \Omega / r` of the conduction electrons.
Clusters: Au25(PET)18 absorbs as a molecule, with two bands at the printed wavelengths and a rise to the
ultraviolet. Growth: gold enters by a first-order reaction, particles gather by the law of Avrami (1939,
`avrami1939`), and the volume of a mesostructure is proportional to time,

.. math::
    x = x_\infty \left( 1 - \mathrm e^{-t / \tau_x} \right) , \qquad
    \phi = 1 - \mathrm e^{-(t / \tau_\phi)^2} , \qquad R = R_\infty (t / t_\infty)^{1/3} .

Bose et al. (2025, `bose2025`) print spectra as figures and no numbers: all times, and the strengths and
widths of the bands, are ours. Silver leaves the particles with the thiolate in excess, as in
:func:`~supracrystal.mesostructures.composition.react`.

Left out: light that silver thiolate absorbs (in the ultraviolet), settling, and clusters that decompose.
"""

import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.mesostructures import composition
from supracrystal.mesostructures.composition import GOLD, MEASURED, SMALLEST
from supracrystal.mesostructures.materials import PHOTON, alloy, confined, refractive_index
from supracrystal.mesostructures.optics import (
    cross_sections,
    mesostructure,
    molar,
    polarizability,
    small_cross_sections,
)

BANDS = pd.DataFrame(
    {"position": [675.0, 450.0], "height": [4.8e3, 9.0e3], "width": [0.28, 0.40]}, index=["first", "second"]
)
"""Of Au25(PET)18: positions in nm, as printed; ours are heights in L/(mol cm) and full widths in eV."""
RISE = (1.5e4, 3.1, 1.0)
"""Of Au25(PET)18, ours: an exponential rise, its height in L/(mol cm) at an energy in eV, its decay in eV."""


def particle_metal(wavelength, diameter, gold=0.0, *, bulk=None, scattering=1.0, bound=0.0):
    """Dielectric functions (D, W) of particles of D diameters in nm at W wavelengths in nm.

    Parameters
    ----------
    wavelength, diameter : array_like
    gold : float
        Share of gold among the atoms.
    bulk : (W,) complex array_like, optional
        Of the metal in bulk; by default :func:`~supracrystal.mesostructures.materials.alloy`.
    scattering, bound : float
        Surface damping A, and thiolates per nm² that bind one electron each; more than there are electrons
        are refused.

    Examples
    --------
    >>> print(particle_metal([450.0], [4.4], bound=5.0).round(2))
    [[-4.63+1.38j]]
    """
    radius = np.asarray(diameter, dtype=float)[:, None] / 2
    left = 1 - 3 * bound * composition.atomic_volume(gold) / radius
    bulk = alloy(wavelength, gold) if bulk is None else bulk
    return confined(bulk, wavelength, radius, gold, scattering=scattering, electrons=left)


def particles(
    wavelength,
    mean,
    deviation,
    gold=0.0,
    *,
    solvent="toluene",
    temperature=25.0,
    shell=1.0,
    thickness=0.0,
    smallest=SMALLEST,
    **metal,
):
    """Molar absorption coefficient in L/(mol cm) of dispersed particles, as a Series by wavelength.

    Parameters
    ----------
    wavelength : (W,) array_like
        In vacuum, in nm.
    mean, deviation : float
        Of the diameters in nm, see :func:`~supracrystal.mesostructures.composition.diameters`.
    gold : float
        Share of gold among the atoms.
    solvent, temperature : {"toluene", "dichloromethane"}, float
        Temperature in °C.
    shell, thickness : complex, float
        Refractive index and thickness in nm of a shell, for which small spheres replace Mie theory.
    smallest : float
        Diameter in nm below which there are no particles.
    **metal
        For :func:`particle_metal`.

    Examples
    --------
    >>> from supracrystal.mesostructures import peak
    >>> round(peak(particles(range(380, 500), 4.4, 2.3))["position"])
    421
    """
    wavelength = np.asarray(wavelength, dtype=float)
    diameter, weight = composition.size_nodes(mean, deviation, smallest)
    medium = refractive_index(solvent, wavelength, temperature)
    epsilon = particle_metal(wavelength, diameter, gold, **metal)
    radius = diameter[:, None] / 2
    if thickness:
        alpha = polarizability(radius, epsilon, medium, shell=shell, thickness=thickness)
        extinction = small_cross_sections(wavelength, alpha, medium)[0]
    else:
        extinction = cross_sections(wavelength, radius, epsilon, medium)[0]
    volume = weight @ (np.pi / 6 * diameter**3)
    return pd.Series(molar(weight @ extinction, volume, gold), pd.Index(wavelength, name="wavelength"))


def clusters(wavelength):
    """Molar absorption coefficient of Au25(PET)18 in L/(mol cm): two Gaussian bands on an exponential rise.

    Notes
    -----
    Source: positions from Bose et al. (2025, `bose2025`), shape after Zhu et al. (2008, `zhu2008`). The
    scale, some 9,000 L/(mol cm) at 675 nm, is an order of magnitude that is ours.
    """
    energy = PHOTON / np.asarray(wavelength, dtype=float)
    place = PHOTON / BANDS["position"].to_numpy()[:, None]
    part = (energy - place) / BANDS["width"].to_numpy()[:, None]
    bands = BANDS["height"].to_numpy() @ np.exp(-4 * np.log(2) * part**2)
    height, start, decay = RISE
    return bands + height * np.exp((energy - start) / decay)


def law(days, *, gold=GOLD, exchange=0.5, gathering=8.0, radius=300.0):
    """Assumed course of a reaction: ``gold``, ``aggregated_share`` and ``radius_nm`` by day.

    Parameters
    ----------
    days : (T,) array_like
        Ascending from 0 or later; others are refused.
    gold : float
        Share of gold in the particles at the end.
    exchange, gathering : float
        Times in days of the first-order law and of the law of Avrami.
    radius : float
        Of the mesostructures at the last time, in nm.

    Examples
    --------
    >>> law([0, 5, 10]).round(2).loc[5].tolist()
    [0.32, 0.32, 238.11]
    """
    days = np.asarray(days, dtype=float)
    if not (len(days) > 1 and (np.diff(days) > 0).all() and days[0] >= 0):
        raise InputError(f"times are {days.tolist()} days; two or more that rise from 0 are needed")
    columns = {
        "gold": -gold * np.expm1(-days / exchange),
        "aggregated_share": -np.expm1(-((days / gathering) ** 2)),
        "radius_nm": radius * (days / days[-1]) ** (1 / 3),
    }
    return pd.DataFrame(columns, index=pd.Index(days, name="day"))


def metal_balance(share, *, gold=GOLD, taken=1.0):
    """Silver and gold in the particles, and gold left in clusters, for each silver atom at the start.

    The mixture is the one whose product has the share `gold` of gold among its metal atoms. Diameters run
    from those of the parents to those of the product (`MEASURED`) with the `share` in the particles, of
    which more than `gold` is refused. `taken` silver ions leave with each thiolate in excess.

    Returns
    -------
    dict
        ``silver``, ``gold`` and ``clusters``, and ``size``, most probable diameter and deviation in nm.
    """
    if share > gold + 1e-12:
        raise InputError(f"the share of gold in particles is {share}; there is only {gold}")
    area = float(composition.cluster_footprints()["footprint"].mean())
    (mean, deviation), (mean2, deviation2) = MEASURED["parent"], MEASURED["product"]
    before = composition.diameters(mean, deviation)

    def size(x):
        return mean + x / gold * (mean2 - mean), deviation + x / gold * (deviation2 - deviation)

    def needed(x):
        after = composition.diameters(*size(x))
        return composition.mixing_ratio(x, before, after, area=area, taken=taken)

    entered, whole = needed(share), needed(gold)
    silver = entered * (1 - share) / share if share > 1e-9 else 1.0
    return {"silver": silver, "gold": entered, "clusters": whole - entered, "size": size(share)}


def time_series(
    table,
    wavelength,
    *,
    silver=1e-4,
    path=1.0,
    gold=GOLD,
    taken=1.0,
    solvent="toluene",
    temperature=45.0,
    share=0.27,
    **metal,
):
    """Absorbance of the vial (decadic, absorption and scattering), a column for each time of a growth.

    Parameters
    ----------
    table : DataFrame
        With ``gold``, ``aggregated_share`` and ``radius_nm``, as of :func:`law`.
    wavelength : (W,) array_like
        In nm.
    silver, path : float
        Concentration of all silver in mol/L; length of the cuvette in cm.
    gold, taken : float
        See :func:`metal_balance`, which refuses more gold than there is.
    solvent, temperature
        See :func:`particles`.
    share : float
        Of the volume of a mesostructure that is metal.
    **metal
        For :func:`particle_metal`.

    Examples
    --------
    >>> time_series(law([0, 1, 10]), range(400, 600, 2)).idxmax().tolist()
    [420.0, 446.0, 452.0]
    """
    wavelength, columns = np.asarray(wavelength, dtype=float), {}
    medium = refractive_index(solvent, wavelength, temperature)
    rows = table[["gold", "aggregated_share", "radius_nm"]].iterrows()
    for time, (x, aggregated, radius) in tqdm(rows, "spectra", len(table), delay=2, leave=False):
        atoms = metal_balance(x, gold=gold, taken=taken)
        alone = particles(wavelength, *atoms["size"], x, solvent=solvent, temperature=temperature, **metal)
        found = (1 - aggregated) * alone.to_numpy()
        if aggregated > 0:
            inner = particle_metal(wavelength, atoms["size"][:1], x, **metal)[0]
            found += aggregated * molar(*mesostructure(wavelength, radius, inner, medium, share=share), x)
        found = (atoms["silver"] + atoms["gold"]) * found + atoms["clusters"] / 25 * clusters(wavelength)
        columns[time] = path * silver * found
    return pd.DataFrame(columns, index=pd.Index(wavelength, name="wavelength")).rename_axis(columns="day")

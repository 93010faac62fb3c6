r"""What a spectrophotometer sees of particles, clusters and mesostructures while they react and grow.

Particles. The thiolates on a particle bind electrons of its metal: one each, as superatom electrons are
counted. With :math:`\sigma` of them on a unit of surface and the volume :math:`\Omega` of an atom, the share
:math:`1 - 3 \sigma \Omega / r` of the conduction electrons is left, at least.

Clusters. Au25(PET)18 absorbs as a molecule: two bands at the printed wavelengths and a rise to the
ultraviolet. What gold is not in the particles is in the clusters.

Growth. The gold enters by a first-order reaction, particles gather in mesostructures by the law of Avrami,
and the volume of a mesostructure grows in proportion to time,

.. math::
    x = x_\infty \left( 1 - \mathrm e^{-t / \tau_x} \right) , \qquad
    \phi = 1 - \mathrm e^{-(t / \tau_\phi)^2} , \qquad R = R_\infty (t / t_\infty)^{1/3} .

Any other table of these three serves as well, such as one of :mod:`supracrystal.mesostructures.growth`. Bose
et al. (2025, `bose2025`) print spectra as figures and no numbers: the strengths and widths of the bands and
all times are ours. Left out: settling, as the vial is stirred, and what becomes of the clusters if not alloy.
"""

import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal.mesostructures import materials as dielectric
from supracrystal.mesostructures import solvents
from supracrystal.mesostructures.aggregates import mesostructure
from supracrystal.mesostructures.composition import atomic_volume
from supracrystal.mesostructures.optics import (
    cross_sections,
    molar,
    polarizability,
    sizes,
    small_cross_sections,
)

MEASURED = {"parent": (4.4, 2.3), "product": (3.5, 0.5)}
"""Diameters in nm, mean and standard deviation, of Bose et al. (2025)."""
BANDS = pd.DataFrame(
    {"position": [675.0, 450.0], "height": [4.8e3, 9.0e3], "width": [0.28, 0.40]}, index=["first", "second"]
)
"""Of Au25(PET)18: positions in nm, as printed; ours are heights in L/(mol cm) and full widths in eV."""
RISE = (1.5e4, 3.1, 1.0)
"""Of Au25(PET)18, ours: an exponential rise, its height in L/(mol cm) at an energy in eV, its decay in eV."""


def particle_metal(wavelength, diameter, gold=0.0, *, bulk=None, scattering=1.0, bound=0.0):
    """Dielectric functions of particles of some diameters.

    Parameters
    ----------
    wavelength : (W,) array_like
        In vacuum, in nm.
    diameter : (D,) array_like
        In nm.
    gold : float
        Share of gold among the atoms.
    bulk : (W,) complex array_like, optional
        Of the metal in bulk; by default :func:`~supracrystal.mesostructures.materials.alloy`.
    scattering : float
        See :func:`~supracrystal.mesostructures.materials.confined`.
    bound : float
        Thiolates on a nm² that bind one electron each.

    Returns
    -------
    (D, W) complex array

    Raises
    ------
    ValueError
        If the thiolates bind more electrons than there are.

    Examples
    --------
    >>> print(particle_metal([450.0], [4.4], bound=5.0).round(2))
    [[-4.63+1.38j]]
    """
    radius = np.asarray(diameter, dtype=float)[:, None] / 2
    left = 1 - 3 * bound * atomic_volume(gold) / radius
    bulk = dielectric.alloy(wavelength, gold) if bulk is None else bulk
    return dielectric.confined(bulk, wavelength, radius, gold, scattering=scattering, electrons=left)


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
    smallest=1.0,
    **metal,
):
    """Molar absorption coefficient of dispersed particles, against the wavelength.

    Parameters
    ----------
    wavelength : (W,) array_like
        In vacuum, in nm.
    mean, deviation : float
        Of the diameters, see :func:`~supracrystal.mesostructures.optics.sizes`.
    gold : float
        Share of gold among the atoms.
    solvent : {"toluene", "dichloromethane"}
    temperature : float
        In °C.
    shell : complex
        Refractive index of a shell. With a shell the limit for small spheres is taken instead of Mie theory.
    thickness : float
        Of the shell, in nm; 0 for none.
    smallest : float
        Diameter below which there are no particles, in nm.
    **metal
        For :func:`particle_metal`.

    Returns
    -------
    Series
        Extinction in L/(mol cm) of metal atoms, for each wavelength in nm.

    Examples
    --------
    >>> from supracrystal.mesostructures import peak
    >>> round(peak(particles(range(380, 500), 4.4, 2.3))["position"])
    421
    """
    wavelength = np.asarray(wavelength, dtype=float)
    diameter, weight = sizes(mean, deviation, smallest=smallest)
    medium = solvents.refractive_index(solvent, wavelength, temperature)
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
    """Molar absorption coefficient of Au25(PET)18: two Gaussian bands on an exponential rise.

    Parameters
    ----------
    wavelength : (W,) array_like
        In nm.

    Returns
    -------
    (W,) array
        In L/(mol cm) of clusters.

    Notes ----- Source: positions from Bose et al. (2025) (`bose2025`), shape after Zhu et al. (2008)
    (`zhu2008`). The scale is set by some 9,000 L/(mol cm) at 675 nm, an order of magnitude that is ours.

    Examples
    --------
    >>> print(clusters([675.0, 560.0, 450.0]).round(-2))
    [ 9000.  6300. 19600.]
    """
    energy = dielectric.PHOTON / np.asarray(wavelength, dtype=float)
    place = dielectric.PHOTON / BANDS["position"].to_numpy()[:, None]
    part = (energy - place) / BANDS["width"].to_numpy()[:, None]
    bands = BANDS["height"].to_numpy() @ np.exp(-4 * np.log(2) * part**2)
    height, start, decay = RISE
    return bands + height * np.exp((energy - start) / decay)


def law(days, *, gold=27 / 84, exchange=0.5, gathering=8.0, radius=300.0):
    """Composition of the particles, share of them in mesostructures, and radius of these, against time.

    Parameters
    ----------
    days : (T,) array_like
        Times in days, rising.
    gold : float
        Share of gold at the end; by default what Bose et al. (2025) found by X-rays, 57 Ag to 27 Au.
    exchange : float
        Time of the exponential law of the gold, in days.
    gathering : float
        Time of the law of Avrami, in days.
    radius : float
        Of the mesostructures at the last time, in nm.

    Returns
    -------
    DataFrame
        Columns ``gold``, ``aggregated_share`` and ``radius_nm``; a row for each time.

    Raises
    ------
    ValueError
        For times that do not rise.

    Notes
    -----
    Source: the law of Avrami (1939) (`avrami1939`) with the exponent 2; see the top of this module.

    Examples
    --------
    >>> law([0, 5, 10]).round(2).loc[5].tolist()
    [0.32, 0.32, 238.11]
    """
    days = np.asarray(days, dtype=float)
    if not (len(days) > 1 and (np.diff(days) > 0).all() and days[0] >= 0):
        raise ValueError(f"times are {days.tolist()} days; two or more that rise from 0 are needed")
    columns = {
        "gold": -gold * np.expm1(-days / exchange),
        "aggregated_share": -np.expm1(-((days / gathering) ** 2)),
        "radius_nm": radius * (days / days[-1]) ** (1 / 3),
    }
    return pd.DataFrame(columns, index=pd.Index(days, name="day"))


def time_series(
    table,
    wavelength,
    *,
    silver=1e-4,
    path=1.0,
    gold=27 / 84,
    solvent="toluene",
    temperature=45.0,
    share=0.27,
    **metal,
):
    """Absorbance of the vial at each time of a growth.

    Parameters
    ----------
    table : DataFrame
        As of :func:`law`. With a column ``settled_share``, that part of the aggregated has left the light.
    wavelength : (W,) array_like
        In nm.
    silver : float
        Concentration of all silver, in mol/L.
    path : float
        Length of the cuvette, in cm.
    gold : float
        Share of gold among all metal atoms, clusters included.
    solvent, temperature
        See :func:`particles`.
    share : float
        Of the volume of a mesostructure that is metal.
    **metal
        For :func:`particle_metal`.

    Returns
    -------
    DataFrame
        Extinction, that is absorption and scattering, as decadic absorbance; a row for each wavelength and a
        column for each time. Diameters run from those of the parents to those of the products with the gold.

    Raises
    ------
    ValueError
        If the particles have more gold than there is.

    Examples
    --------
    >>> found = time_series(law([0, 1, 10]), range(400, 600, 2))
    >>> found.idxmax().tolist()
    [420.0, 446.0, 452.0]
    """
    if (excess := table["gold"].max()) > gold + 1e-12:
        raise ValueError(f"the share of gold in particles reaches {excess}; there is only {gold}")
    wavelength, columns = np.asarray(wavelength, dtype=float), {}
    (mean, deviation), (mean2, deviation2) = MEASURED["parent"], MEASURED["product"]
    medium = solvents.refractive_index(solvent, wavelength, temperature)
    if "settled_share" not in table:
        table = table.assign(settled_share=0.0)
    rows = table[["gold", "aggregated_share", "settled_share", "radius_nm"]].iterrows()
    for time, (x, aggregated, settled, radius) in tqdm(rows, "spectra", len(table), delay=2, leave=False):
        done = x / gold
        size = mean + done * (mean2 - mean), deviation + done * (deviation2 - deviation)
        amount = silver / (1 - x)
        found = (1 - aggregated) * particles(
            wavelength, *size, x, solvent=solvent, temperature=temperature, **metal
        ).to_numpy()
        if aggregated > settled:
            inner = particle_metal(wavelength, [size[0]], x, **metal)[0]
            gathered = molar(*mesostructure(wavelength, radius, inner, medium, share=share), x)
            found += (aggregated - settled) * gathered
        left = silver * (gold / (1 - gold) - x / (1 - x)) / 25
        columns[time] = path * (amount * found + left * clusters(wavelength))
    return pd.DataFrame(columns, index=pd.Index(wavelength, name="wavelength")).rename_axis(columns="day")

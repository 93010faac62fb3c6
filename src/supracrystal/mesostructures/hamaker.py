r"""Van der Waals attraction between particles of silver and gold across a solvent.

The Hamaker constant follows from the permittivities by Lifshitz theory, without retardation (distances are a
few nm); the energies of plates and spheres are Hamaker's (1937, `hamaker1937`). Lengths are in nm, energies
in kT. Left out: that the permittivity of the metal depends on its size (`pinchuk2016`), and that ligands,
which are taken as solvent, lie between.
"""

import numpy as np
from scipy import constants
from scipy.special import zeta

from supracrystal.mesostructures import solvents

GOLD = 27 / 84
"""Gold of all metal atoms in the particles of Bose et al. (2025), from 57:27:16 at% of Ag:Au:S."""
LORENTZ_DRUDE = {
    "Ag": (9.01, [(0.845, 0, 0.048), (0.065, 0.816, 3.886), (0.124, 4.481, 0.452), (0.011, 8.185, 0.065),
                  (0.840, 9.083, 0.916), (5.646, 20.29, 2.419)]),
    "Au": (9.03, [(0.760, 0, 0.053), (0.024, 0.415, 0.241), (0.010, 0.830, 0.345), (0.071, 2.969, 0.870),
                  (0.601, 4.304, 2.494), (4.384, 13.32, 2.214)]),
}  # fmt: skip
"""Plasma frequency, then strength, resonance and width of each oscillator, in eV, of Rakić et al. (1998)."""


def _metal(gold_fraction, energy):
    """Permittivity of the alloy at imaginary frequencies: the mean of the metals."""
    parts = []
    for name in ("Ag", "Au"):
        plasma, oscillators = LORENTZ_DRUDE[name]
        strength, resonance, width = np.array(oscillators).T
        energy_ = energy[:, None]
        parts.append(1 + (strength * plasma**2 / (resonance**2 + energy_**2 + width * energy_)).sum(1))
    return (1 - gold_fraction) * parts[0] + gold_fraction * parts[1]


def _liquid(solvent, temperature_C, energy):
    """Permittivity of a solvent at imaginary frequencies, from the resonance of its refractive index."""
    volumes = [solvents.saturated_volume(solvents.CAS[solvent], each) for each in (22.0, temperature_C)]
    strength, wavelength_nm = solvents.SELLMEIER[solvent]
    resonance = constants.h * constants.c / constants.e / (wavelength_nm * 1e-9)
    return 1 + volumes[0] / volumes[1] * strength / (1 + (energy / resonance) ** 2)


def hamaker_constant(solvent=None, temperature_C=25.0, gold_fraction=GOLD):
    r"""Hamaker constant of metal across a solvent, without retardation.

    .. math:: A = \frac{3}{2} kT \sum_{n=0}^{\infty}{}' \sum_{s=1}^{\infty} \frac{\Delta_n^{2s}}{s^3} ,\qquad
        \Delta_n = \frac{\epsilon_m - \epsilon_l}{\epsilon_m + \epsilon_l}

    at the frequencies :math:`i\xi_n = i 2\pi n kT/\hbar`; the term n = 0 counts half, and has
    :math:`\Delta = 1` for a metal in any solvent.

    Parameters
    ----------
    solvent : {"toluene", "dichloromethane"} or dict, optional
        None for vacuum; volume fractions for a mixture, whose permittivity is their mean.
    temperature_C : float
        In °C.
    gold_fraction : float
        Atomic fraction of gold, the rest is silver.

    Returns
    -------
    float
        In kT.

    Raises
    ------
    ValueError
        For a fraction outside of 0 to 1; for another solvent, and where it is no liquid.

    Notes
    -----
    Source: Dzyaloshinskii, Lifshitz and Pitaevskii (1961, `lifshitz1961`); permittivities of silver and gold
    by Rakić et al. (1998, `rakic1998`), of an alloy as their mean (our assumption), of the solvents as in
    :mod:`supracrystal.mesostructures.solvents`.

    Examples
    --------
    >>> round(float(hamaker_constant("toluene", 45.0)), 1)
    49.2
    """
    if not 0 <= gold_fraction <= 1:
        raise ValueError(f"gold_fraction is {gold_fraction!r}; allowed is 0 to 1")
    kT = constants.k * (temperature_C + 273.15) / constants.e
    energy = 2 * np.pi * kT * np.arange(1, 4001)
    mixed = solvents.parts(solvent, temperature_C).items() if solvent else ()
    liquid = sum(part * _liquid(name, temperature_C, energy) for name, part in mixed) if solvent else 1.0
    metal = _metal(gold_fraction, energy)
    square = (((metal - liquid) / (metal + liquid)) ** 2)[:, None]
    order = np.arange(1, 80)
    return 1.5 * (zeta(3) / 2 + (square**order / order**3).sum())


def plates(gap, thickness, hamaker):
    r"""Van der Waals energy per area of two parallel plates.

    .. math:: w = -\frac{A}{12\pi} \left[\frac{1}{h^2} - \frac{2}{(h+t)^2} + \frac{1}{(h+2t)^2}\right]

    Parameters
    ----------
    gap : float or array
        Distance h between the metals, in nm.
    thickness : float
        t, of each plate, in nm.
    hamaker : float
        In kT.

    Returns
    -------
    float or array
        In kT/nm².

    Notes
    -----
    Source: Hamaker (1937, `hamaker1937`).

    Examples
    --------
    >>> round(plates(1.54, 3.5, 49.2), 3)
    -0.465
    """
    layers = 1 / gap**2 - 2 / (gap + thickness) ** 2 + 1 / (gap + 2 * thickness) ** 2
    return -hamaker / (12 * np.pi) * layers


def spheres(gap, radius, other, hamaker):
    r"""Van der Waals energy of two spheres.

    .. math:: U = -\frac{A}{6} \left[\frac{2 R_1 R_2}{s^2 - (R_1 + R_2)^2} +
        \frac{2 R_1 R_2}{s^2 - (R_1 - R_2)^2} + \ln \frac{s^2 - (R_1 + R_2)^2}{s^2 - (R_1 - R_2)^2}\right]

    Parameters
    ----------
    gap : float or array
        Distance between the surfaces of the metals, :math:`s - R_1 - R_2`, in nm.
    radius, other : float
        In nm.
    hamaker : float
        In kT.

    Returns
    -------
    float or array
        In kT.

    Notes
    -----
    Source: Hamaker (1937, `hamaker1937`).

    Examples
    --------
    >>> round(float(spheres(1.54, 1.75, 1.75, 49.2)), 3)
    -0.398
    """
    square = (gap + radius + other) ** 2
    near, far = square - (radius + other) ** 2, square - (radius - other) ** 2
    twice = 2 * radius * other
    return -hamaker / 6 * (twice / near + twice / far + np.log(near / far))

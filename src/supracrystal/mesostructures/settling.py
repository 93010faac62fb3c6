r"""What gravity and a stirrer do to aggregates.

A sphere of the radius R and the excess density :math:`\Delta\rho` falls with

.. math:: v = \frac{2}{9} \frac{\Delta\rho\, g R^2}{\eta}

(Stokes). A stirrer of the diameter d that turns f times a second dissipates
:math:`\varepsilon = N_p f^3 d^5 / V` per mass of liquid in the volume V, with a power number :math:`N_p` of
about 1 for a small bar. That is a mean shear rate :math:`G = (\varepsilon / \nu)^{1/2}` (Camp and Stein 1943,
`camp1943`). It brings particles together faster than diffusion does if Péclet's number
:math:`6 \pi \eta G R^3 / k_\mathrm B T` is above 1.

Left out: shapes other than spheres, hindered settling, walls, and the pattern of the flow.
"""

import numpy as np
from scipy.constants import Boltzmann, g

from supracrystal.mesostructures.solvents import density, viscosity

METAL, LIGAND = 13300.0, 1030.0
"""Densities in kg/m³: of silver with 32 % gold, by the volumes of the metals, and of 2-phenylethanethiol."""


def velocity(radius_nm, metal_share, solvent, temperature_C, *, ligand_share=0.38):
    """Velocity at which aggregates fall.

    Parameters
    ----------
    radius_nm : float or array
    metal_share : float or array
        Volume fraction of metal in the aggregate.
    solvent : {"toluene", "dichloromethane"}
    temperature_C : float
    ligand_share : float
        Volume fraction of ligands; the rest is solvent.

    Returns
    -------
    float or array
        In m/s; negative if the aggregate is lighter than the solvent.

    Examples
    --------
    >>> print(f"{velocity(100.0, 0.264, 'toluene', 45.0) * 86400 * 100:.2f} cm a day")
    1.43 cm a day
    """
    liquid, eta = density(solvent, temperature_C), viscosity(solvent, temperature_C) * 1e-3
    excess = np.asarray(metal_share) * (METAL - liquid) + ligand_share * (LIGAND - liquid)
    return 2 / 9 * excess * g * (np.asarray(radius_nm) * 1e-9) ** 2 / eta


def shear_rate(solvent, temperature_C, *, per_minute=250.0, bar_m=0.01, volume_m3=1e-5, power_number=1.0):
    """Mean shear rate in a stirred vial.

    Parameters
    ----------
    solvent : {"toluene", "dichloromethane"}
    temperature_C : float
    per_minute : float
        Turns of the bar.
    bar_m : float
        Its length.
    volume_m3 : float
        Of the liquid.
    power_number : float

    Returns
    -------
    float
        In 1/s.

    Examples
    --------
    >>> print(shear_rate("toluene", 45.0).round())
    37.0
    """
    dissipation = power_number * (per_minute / 60) ** 3 * bar_m**5 / volume_m3
    kinematic = viscosity(solvent, temperature_C) * 1e-3 / density(solvent, temperature_C)
    return np.sqrt(dissipation / kinematic)


def peclet(radius_nm, shear, solvent, temperature_C):
    """Péclet's number of a sphere in shear.

    Parameters
    ----------
    radius_nm : float or array
    shear : float
        In 1/s.
    solvent : {"toluene", "dichloromethane"}
    temperature_C : float

    Returns
    -------
    float or array

    Examples
    --------
    >>> print(peclet(240.0, 37.0, "toluene", 45.0).round(2))
    0.97
    """
    eta = viscosity(solvent, temperature_C) * 1e-3
    return (
        6 * np.pi * eta * shear * (np.asarray(radius_nm) * 1e-9) ** 3 / (Boltzmann * (temperature_C + 273.15))
    )

r"""Mobility of clusters in a gel, from their charge and their size.

A sphere of radius a with the charge Z e in a 1:1 electrolyte, in which charges are screened over
:math:`1/\kappa`, has the surface potential :math:`\zeta = y k_\mathrm B T / e` with

.. math::
    \frac{|Z|\, \ell}{a\, \kappa a} = 2 \sinh \frac y2 \left[ 1 + \frac{2}{\kappa a \cosh^2 (y/4)}
    + \frac{8 \ln \cosh (y/4)}{(\kappa a)^2 \sinh^2 (y/2)} \right]^{1/2} ,

where :math:`\ell` is the Bjerrum length (Ohshima, Healy and White 1982, `ohshima1982`); many charges raise it
less than in proportion. In a weak field it moves with Henry's mobility

.. math:: \mu = \frac{2 \varepsilon \zeta}{3 \eta} f(\kappa a) ,

f from 1 (Hückel) to 3/2 (Smoluchowski) as Ohshima (1994, `ohshima1994`) approximates it. A gel of fibres with
the volume fraction :math:`\varphi` and the radius r lets it pass only where it has room, which for random
straight fibres is the part

.. math:: \frac{\mu_\text{gel}}{\mu} = \exp \left( -\varphi (1 + a/r)^2 \right)

of the volume (Ogston 1958, `ogston1958`; Rodbard and Chrambach 1970, `rodbard1970`), the law by which the
logarithm of the mobility falls in proportion to the concentration of the gel.

Left out: relaxation of the ion cloud, which slows spheres of more than some 50 mV; binding of ions; shapes
other than spheres; gels in which a sphere touches several fibres all the time.
"""

import numpy as np
from ase.data import vdw_radii
from scipy.constants import Avogadro, Boltzmann, elementary_charge, epsilon_0, milli, nano, pi
from scipy.optimize import brentq

from supracrystal.clusters.mobility import cross_sections

TEMPERATURE = 298.15
PERMITTIVITY = 78.4
"""Of water at 25 °C, relative."""
VISCOSITY = 0.890e-3
"""Of water at 25 °C, in Pa s."""
SPECIFIC_VOLUME = 0.7
"""Of polyacrylamide, in mL/g; an assumption."""
FIBRE = 0.7
"""Radius of a fibre of polyacrylamide, in nm; an assumption, in the range 0.5 to 1 nm that is in use."""


def inverse_debye_length(ionic_strength):
    r"""Inverse Debye length of a 1:1 electrolyte in water, :math:`\kappa`.

    Parameters
    ----------
    ionic_strength : float
        In mol/L.

    Returns
    -------
    float
        In 1/nm.

    Raises
    ------
    ValueError
        If it is not positive.

    Examples
    --------
    >>> print(round(1 / inverse_debye_length(0.1), 2))
    0.96
    """
    if not ionic_strength > 0:
        raise ValueError(f"ionic_strength is {ionic_strength} mol/L; it must be positive")
    ions = 2 * ionic_strength / milli * Avogadro * elementary_charge**2
    return nano * np.sqrt(ions / (epsilon_0 * PERMITTIVITY * Boltzmann * TEMPERATURE))


def surface_potential(charge, radius, ionic_strength):
    r"""Potential at the surface of a charged sphere, from the Poisson-Boltzmann equation.

    Parameters
    ----------
    charge : float
        In elementary charges.
    radius : float
        In nm.
    ionic_strength : float
        In mol/L.

    Returns
    -------
    float
        In units of k_B T / e, 25.7 mV, with the sign of the charge.

    Raises
    ------
    ValueError
        For a radius that is not positive.

    Notes
    -----
    Source: Ohshima, Healy and White (1982) (`ohshima1982`); within 1 % of the numerical solution for
    :math:`\kappa a` from 0.5.

    Examples
    --------
    >>> print(round(surface_potential(-30, 1.25, 0.1), 2))
    -4.72
    """
    if not radius > 0:
        raise ValueError(f"radius is {radius} nm; it must be positive")
    reach = inverse_debye_length(ionic_strength) * radius
    bjerrum = elementary_charge**2 / (4 * pi * epsilon_0 * PERMITTIVITY * Boltzmann * TEMPERATURE) / nano
    wanted = abs(charge) * bjerrum / (radius * reach)

    def density(y):
        half = np.sinh(y / 2)
        curved = 2 / (reach * np.cosh(y / 4) ** 2) + 8 * np.log(np.cosh(y / 4)) / (reach * half) ** 2
        return 2 * half * np.sqrt(1 + curved) - wanted

    if wanted < 1e-6:
        return charge * bjerrum / (radius * (1 + reach))
    return float(np.sign(charge) * brentq(density, 1e-9, 40, xtol=1e-12))


def henry(reach):
    r"""Henry's function f of :math:`\kappa a`, from 1 to 3/2.

    Parameters
    ----------
    reach : float or array
        :math:`\kappa a`.

    Returns
    -------
    float or array

    Notes
    -----
    Source: Ohshima (1994) (`ohshima1994`), within 1 %.

    Examples
    --------
    >>> henry(np.array([1e-3, 1, 1e4])).round(3)
    array([1.   , 1.034, 1.5  ])
    """
    reach = np.asarray(reach, dtype=float)
    return 1 + 0.5 * (1 + 2.5 / (reach * (1 + 2 * np.exp(-reach)))) ** -3.0


def free_mobility(charge, radius, ionic_strength):
    """Mobility in water without a gel.

    Parameters
    ----------
    charge, radius, ionic_strength
        See :func:`surface_potential`.

    Returns
    -------
    float
        In 1e-8 m^2 / (V s), with the sign of the charge.

    Examples
    --------
    >>> print(round(free_mobility(-30, 1.25, 0.1), 2))
    -6.58
    """
    reach = inverse_debye_length(ionic_strength) * radius
    zeta = surface_potential(charge, radius, ionic_strength) * Boltzmann * TEMPERATURE / elementary_charge
    return float(1e8 * 2 * epsilon_0 * PERMITTIVITY * zeta / (3 * VISCOSITY) * henry(reach))


def passage(radius, gel, *, fibre=FIBRE):
    """Part of a gel in which a sphere has room.

    Parameters
    ----------
    radius : float or array
        In nm.
    gel : float or array
        Concentration of polymer, in g/mL; 0.2 is a gel of 20 %.
    fibre : float
        Radius of a fibre, in nm.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        For a concentration below 0, and a fibre that is not positive.

    Notes
    -----
    Source: Ogston (1958) (`ogston1958`), long fibres.

    Examples
    --------
    >>> passage(1.25, np.array([0, 0.1, 0.2])).round(2)
    array([1.  , 0.58, 0.34])
    """
    gel, radius = np.asarray(gel, dtype=float), np.asarray(radius, dtype=float)
    if not ((gel >= 0).all() and fibre > 0):
        raise ValueError(f"gel is {gel} g/mL and fibre {fibre} nm; not negative and positive are needed")
    return np.exp(-SPECIFIC_VOLUME * gel * (1 + radius / fibre) ** 2)


def gel_mobility(charge, radius, *, ionic_strength=0.1, gel=0.2, fibre=FIBRE):
    """Mobility in a gel.

    Parameters
    ----------
    charge, radius, ionic_strength
        See :func:`surface_potential`.
    gel, fibre : float
        See :func:`passage`.

    Returns
    -------
    float
        In 1e-8 m^2 / (V s), with the sign of the charge.

    Examples
    --------
    >>> print(round(gel_mobility(-30, 1.25), 2))
    -2.22
    """
    return free_mobility(charge, radius, ionic_strength) * float(passage(radius, gel, fibre=fibre))


def radius_for(mobility, charge, between=(0.1, 10.0), **conditions):
    """Radius with which a sphere has a given mobility in a gel.

    Parameters
    ----------
    mobility : float
        In 1e-8 m^2 / (V s), of the sign of the charge.
    charge : float
    between : (float, float)
        In nm; where the radius is searched.
    **conditions
        Of :func:`gel_mobility`.

    Returns
    -------
    float
        In nm.

    Examples
    --------
    >>> print(round(radius_for(gel_mobility(-30, 1.25), -30), 3))
    1.25
    """
    return float(brentq(lambda a: gel_mobility(charge, a, **conditions) / mobility - 1, *between, xtol=1e-10))


def sphere_radius(atoms, *, rays=2**14):
    r"""Radius of the sphere that casts the same shadow as a cluster, on average, :math:`\sqrt{A/\pi}`.

    Parameters
    ----------
    atoms : ase.Atoms
    rays : int
        See :func:`~supracrystal.clusters.mobility.cross_sections`.

    Returns
    -------
    float
        In nm, with Bondi's radii of the atoms and no layer of solvent.

    Examples
    --------
    >>> from ase import Atoms
    >>> print(round(sphere_radius(Atoms("Ag")), 3))
    0.172
    """
    return float(
        np.sqrt(cross_sections(atoms, radii=vdw_radii[atoms.numbers], rays=rays).projection / pi) / 10
    )

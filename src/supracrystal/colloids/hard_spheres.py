r"""Hard spheres that stand for Weeks-Chandler-Andersen spheres: density, pressure and energy of their fluid.

The pair potential of Wang et al. (2021), Methods (`wang2021`),

.. math::
    u(r) = 4\epsilon\left[(\sigma/r)^{12} - (\sigma/r)^6 + \tfrac14\right], \quad r < 2^{1/6}\sigma ,

is steep but not infinite. Two theories give the diameter d of the hard sphere with the same
thermodynamics: Barker and Henderson (1967, `barker1967`), from the potential alone, and Andersen, Weeks
and Chandler (1971, `andersen1971`), from the condition that the compressibility be the same, which makes
d depend on density. The second needs the structure of the hard-sphere fluid: :func:`cavity` has it from
Verlet and Weis (1972, `verlet1972`) outside the core and Grundke and Henderson (1972, `grundke1972`)
inside. In reduced units, :math:`\sigma = 1` and :math:`T^* = k_\mathrm BT/\epsilon`.

The equation of state of the mixture is that of Boublik (1970, `boublik1970`) and Mansoori et al. (1971,
`mansoori1971`): two parts of the compressibility's and one of the virial's pressure of the Percus-Yevick
mixture (Lebowitz 1964, `lebowitz1964`). For one size it is that of Carnahan and Starling (1969,
`carnahan1969`).
:func:`wca_pressure` and :func:`wca_energy` carry it over to soft spheres by their effective diameters.

Left out: attractions, crystals and the glass, and mixtures whose energies or diameters do not combine as in
the paper.
"""

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from supracrystal import InputError

RANGE = 2 ** (1 / 6)
FRACTION = (1 / 3, 2 / 3)
"""Number fractions of large and small spheres in the paper, as in the Laves phases."""
DIAMETER = (1.0, 0.78)
"""Their diameters."""


def boltzmann_factor(r, *, temperature=0.2):
    r"""Return :math:`\exp(-u(r)/k_\mathrm BT)` of the WCA pair potential.

    Parameters
    ----------
    r : array_like
        Distance in units of sigma.
    temperature : float
        Reduced temperature T*.

    Examples
    --------
    >>> boltzmann_factor([0.5, 1.0, 1.2]).round(4).tolist()
    [0.0, 0.0067, 1.0]
    """
    if not temperature > 0:
        raise InputError(f"temperature is {temperature!r}; a positive reduced temperature is needed")
    power = np.clip(np.asarray(r, dtype=float), 1e-3, RANGE) ** -6
    return np.exp(-4 * (power * (power - 1) + 0.25) / temperature)


def barker_henderson_diameter(*, temperature=0.2):
    r"""Diameter of Barker and Henderson, in units of sigma.

    .. math:: d = \int_0^{2^{1/6}\sigma} \left[1 - \mathrm e^{-u(r)/k_\mathrm BT}\right] \mathrm dr

    Parameters
    ----------
    temperature : float
        Reduced temperature T*.

    Returns
    -------
    float
        Tends to :math:`2^{1/6}`, where the potential begins, as T* goes to 0.

    Notes
    -----
    Source: Barker and Henderson (1967) (`barker1967`).

    Examples
    --------
    >>> round(barker_henderson_diameter(temperature=0.2), 5)
    1.06391
    """
    soft, edge = _soft_range(temperature)
    return float(edge + quad(lambda r: 1 - boltzmann_factor(r, temperature=temperature), edge, soft)[0])


def _soft_range(temperature):
    """End of the potential, and a distance below which the Boltzmann factor is nothing."""
    if not temperature > 0:
        raise InputError(f"temperature is {temperature!r}; a positive reduced temperature is needed")
    # u = 50 kT where (1/r)^6 solves 4 (p^2 - p + 1/4) = 50 T*.
    return RANGE, float((0.5 + np.sqrt(12.5 * temperature)) ** (-1 / 6))


def cavity(x, packing_fraction):
    r"""Cavity function :math:`y(x) = g(x) \exp(u/k_\mathrm BT)` of the hard-sphere fluid.

    Outside the core y is the radial distribution function: that of Percus and Yevick at a slightly lower
    packing fraction plus a short-ranged term that makes the pressure right. Inside, ln y is the cubic
    with the known value (chemical potential) and slope at 0 and the same value and slope at contact.

    Parameters
    ----------
    x : array_like
        Distance in hard-sphere diameters, from 0 to 2.
    packing_fraction : float

    Returns
    -------
    array of the shape of `x`

    Raises
    ------
    ValueError
        Beyond these ranges.

    Notes
    -----
    Source: Verlet and Weis (1972) (`verlet1972`); first shell of Percus and Yevick by
    Smith and Henderson (1970) (`smith1970`); Grundke and Henderson (1972) (`grundke1972`).

    Examples
    --------
    At contact it is that of the Carnahan-Starling equation of state, (1 - eta/2)/(1 - eta)^3:

    >>> cavity([1.0], 0.4).round(2).tolist(), round(0.8 / 0.6**3, 2)
    ([3.7], 3.7)
    """
    x, eta = np.asarray(x, dtype=float), packing_fraction
    if not 0 < eta < 0.7:
        raise InputError(f"packing_fraction is {eta!r}; a number between 0 and 0.7 is needed")
    if (x < 0).any() or (x > 2).any():
        raise InputError("x is outside the core and the first shell; distances from 0 to 2 are needed")
    outside, contact, slope = _verlet_weis(np.maximum(x, 1), eta)
    ln_0 = eta * (8 - 9 * eta + 3 * eta**2) / (1 - eta) ** 3
    slope_0 = -6 * eta * contact
    ln_1, slope_1 = np.log(contact), slope / contact
    rise = ln_1 - ln_0 - slope_0
    cubic = slope_1 - slope_0 - 2 * rise
    inside = np.exp(ln_0 + x * (slope_0 + x * (rise - cubic + x * cubic)))
    return np.where(x < 1, inside, outside)


def _verlet_weis(x, eta):
    """Radial distribution function in the first shell, its value and its slope at contact."""
    low = eta - eta**2 / 16
    scale = (low / eta) ** (1 / 3)
    # Poles and residues of the Laplace transform of x g(x), Smith and Henderson (1970).
    free = 1 - low
    pole = np.roots([free**2, 6 * low * free, 18 * low**2, -12 * low * (1 + 2 * low)])
    derivative = 3 * free**2 * pole**2 + 12 * low * free * pole + 18 * low**2
    residue = pole * ((1 + low / 2) * pole + 1 + 2 * low) / derivative

    def percus_yevick(s):
        return (residue * np.exp(pole * (s[..., None] - 1))).sum(axis=-1).real / s

    s = np.asarray(1 / scale)
    at_contact = percus_yevick(s)
    grown = (residue * pole * np.exp(pole * (s - 1))).sum().real / s
    amplitude = (1 - eta / 2) / (1 - eta) ** 3 - at_contact
    decay = 24 * amplitude / (low * (1 + low / 2) / free**2)
    far = decay * (x - 1)
    correction = amplitude * np.exp(-far) * np.cos(far) / x
    contact = at_contact + amplitude
    slope = (grown - at_contact / s) / scale - amplitude * (1 + decay)
    return percus_yevick(x / scale) + correction, contact, slope


def wca_diameter(density, *, temperature=0.2):
    r"""Diameter of Andersen, Weeks and Chandler, in units of sigma.

    It solves

    .. math::
        \int_0^\infty \left[\mathrm e^{-u(r)/k_\mathrm BT} - \Theta(r - d)\right]
        y_\mathrm{HS}(r/d;\, \eta)\, r^2\, \mathrm dr = 0 , \qquad \eta = \frac{\pi}{6}\rho^* d^3

    Parameters
    ----------
    density : float
        Reduced number density; for a mixture, sum of the cubes of all sigma over the volume.
    temperature : float
        Reduced temperature T*.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the hard spheres would fill more than 0.7 of space.

    Notes
    -----
    Source: Andersen, Weeks and Chandler (1971) (`andersen1971`).

    Examples
    --------
    >>> wca_diameter(0.8) < barker_henderson_diameter()
    True
    """
    if not density > 0:
        raise InputError(f"density is {density!r}; a positive reduced density is needed")
    end, edge = _soft_range(temperature)

    def excess(d):
        eta = np.pi / 6 * density * d**3

        def weighted(r):
            return cavity(r / d, eta) * r**2

        core = quad(lambda r: weighted(r) * boltzmann_factor(r, temperature=temperature), edge, d)[0]
        shell = quad(lambda r: weighted(r) * (1 - boltzmann_factor(r, temperature=temperature)), d, end)[0]
        return core - shell

    start = barker_henderson_diameter(temperature=temperature)
    if np.pi / 6 * density * start**3 >= 0.69:
        raise InputError(f"density is {density!r}; the hard spheres would fill more than 0.69 of space")
    return float(brentq(excess, max(edge, 0.95 * start), min(end, 1.02 * start), xtol=1e-10))


def effective_packing_fraction(density, *, temperature=0.2, theory="barker-henderson"):
    r"""Packing fraction of the hard spheres that stand for a WCA mixture.

    .. math:: \eta = \frac{\pi}{6} \rho\sigma_\mathrm{av}^3\, (d/\sigma)^3

    All pairs have the same energy, so d/sigma is the same for LL, LS and SS, and neither composition nor
    size ratio enters: they are in the reduced density already. In the density-dependent theory the
    mixture is taken as one fluid of that packing fraction.

    Parameters
    ----------
    density : float
        The paper's :math:`\rho\sigma_\mathrm{av}^3`, the sum of the cubes of all sigma over the volume.
    temperature : float
        Reduced temperature T*.
    theory : {"barker-henderson", "wca"}

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For another theory, or a density that is not positive.

    Notes
    -----
    Source: Wang et al. (2021), Methods (`wang2021`), which prints 0.506 to 0.524 for 0.802 to 0.831.

    Examples
    --------
    >>> [round(effective_packing_fraction(density), 3) for density in (0.802, 0.831)]
    [0.506, 0.524]
    """
    if not density > 0:
        raise InputError(f"density is {density!r}; a positive reduced density is needed")
    if theory == "barker-henderson":
        diameter = barker_henderson_diameter(temperature=temperature)
    elif theory == "wca":
        diameter = wca_diameter(density, temperature=temperature)
    else:
        raise InputError(f"theory is {theory!r}; allowed are 'barker-henderson' and 'wca'")
    return float(np.pi / 6 * density * diameter**3)


def confinement_radius(number, density, *, x_large=1 / 3, size_ratio=0.78):
    r"""Radius of the spherical confinement at a reduced density, in diameters of the large spheres.

    .. math::
        \rho\sigma_\mathrm{av}^3 = \frac{3 N_\mathrm{tot} \sigma_\mathrm L^3}{4\pi R_\mathrm{SC}^3}
        \left(x_\mathrm L + (1 - x_\mathrm L) q^3\right)

    Parameters
    ----------
    number : int
        All particles in the sphere.
    density : float
        Reduced density :math:`\rho\sigma_\mathrm{av}^3`.
    x_large : float
        Number fraction of large spheres.
    size_ratio : float
        q.

    Returns
    -------
    float

    Notes
    -----
    Source: Wang et al. (2021), Methods (`wang2021`). The density is nominal: the wall keeps the centres
    of the particles about one diameter away, so the fluid inside is denser.

    Examples
    --------
    >>> round(confinement_radius(3501, 0.802), 2)
    8.78
    """
    if not (number > 0 and density > 0):
        raise InputError(f"number and density are {number!r}, {density!r}; both must be positive")
    if not (0 <= x_large <= 1 and size_ratio > 0):
        raise InputError(f"x_large and size_ratio are {x_large!r}, {size_ratio!r}; 0 to 1, and more than 0")
    volume = number * (x_large + (1 - x_large) * size_ratio**3) / density
    return float((3 * volume / (4 * np.pi)) ** (1 / 3))


def _moments(fraction, diameter):
    """Return the moments m_0 to m_3 of the distribution of diameters, and the diameters."""
    fraction, diameter = np.asarray(fraction, dtype=float), np.asarray(diameter, dtype=float)
    if fraction.ndim != 1 or fraction.shape != diameter.shape:
        raise InputError(
            f"fraction has the shape {fraction.shape} and diameter {diameter.shape}; one of each per species"
        )
    if not ((fraction >= 0).all() and abs(fraction.sum() - 1) < 1e-9):
        raise InputError(f"fraction is {fraction.tolist()}; fractions are not negative and sum to 1")
    if not (diameter > 0).all():
        raise InputError(f"diameter is {diameter.tolist()}; diameters are positive")
    return [float(fraction @ diameter**k) for k in range(4)], diameter


def _packing(packing_fraction):
    eta = np.asarray(packing_fraction, dtype=float)
    if not ((eta > 0) & (eta < 1)).all():
        raise InputError(f"packing_fraction is {packing_fraction!r}; numbers between 0 and 1 are needed")
    return eta


def compressibility_factor(packing_fraction, *, fraction=FRACTION, diameter=DIAMETER):
    r"""Compressibility factor :math:`Z = \beta P / \rho` of a mixture of hard spheres.

    Parameters
    ----------
    packing_fraction : float or array
        Share of space that the spheres fill.
    fraction : (n,) array_like
        Number fraction of each species.
    diameter : (n,) array_like
        Diameter of each species, in any unit.

    Returns
    -------
    float or array of the shape of `packing_fraction`

    Raises
    ------
    ValueError
        For a packing fraction that is not between 0 and 1, or fractions that do not sum to 1.

    Notes
    -----
    Source: Boublik (1970) (`boublik1970`); Mansoori et al. (1971) (`mansoori1971`).

    Examples
    --------
    A fluid of one size is that of Carnahan and Starling, (1 + 0.4 + 0.16 - 0.064) / 0.6**3:

    >>> round(float(compressibility_factor(0.4, fraction=[1], diameter=[1])), 3)
    6.926

    Small spheres fit between large ones, which lowers the pressure at the same packing fraction:

    >>> round(float(compressibility_factor(0.4)), 3)
    6.743
    """
    eta = _packing(packing_fraction)
    (_, m1, m2, m3), _ = _moments(fraction, diameter)
    a, b = m1 * m2 / m3, m2**3 / m3**2
    free = 1 - eta
    return 1 / free + 3 * a * eta / free**2 + b * eta**2 * (3 - eta) / free**3


def wca_pressure(
    density, *, temperature=0.2, theory="barker-henderson", fraction=FRACTION, diameter=DIAMETER
):
    r"""Pressure of the fluid of soft (WCA) spheres, by the free energy of the hard spheres that stand for it.

    .. math::
        \frac{P\sigma_\mathrm L^3}{\epsilon} = \rho\sigma_\mathrm L^3\, T^* \left[ 1 +
        (Z(\eta) - 1) \frac{\mathrm d \ln \eta}{\mathrm d \ln \rho} \right]

    The derivative is 1 if the effective diameter does not depend on density, as that of Barker and Henderson,
    and smaller if spheres shrink on compression.

    Parameters
    ----------
    density : float or array
        The paper's :math:`\rho\sigma_\mathrm{av}^3`, the sum of the cubes of all sigma over the volume.
    temperature : float
        Reduced temperature T*; the pressure over it is :math:`\beta P \sigma_\mathrm L^3`.
    theory : {"barker-henderson", "wca"}
        The effective diameter, see
        :func:`~supracrystal.colloids.hard_spheres.effective_packing_fraction`.
    fraction : (n,) array_like
        Number fraction of each species.
    diameter : (n,) array_like
        Sigma of each species, in units of that of the large spheres.

    Returns
    -------
    float or array of the shape of `density`

    Examples
    --------
    >>> [round(float(wca_pressure(density)), 2) for density in (0.80, 0.92)]
    [3.2, 6.36]
    """
    (_, _, _, m3), _ = _moments(fraction, diameter)
    eta = _effective(density, temperature, theory)
    excess = compressibility_factor(eta, fraction=fraction, diameter=diameter) - 1
    if theory == "wca":
        step = 1e-3
        up, down = (_effective(density, temperature, theory, by=factor) for factor in (1 + step, 1 - step))
        excess *= np.log(up / down) / np.log((1 + step) / (1 - step))
    return np.asarray(density) / m3 * temperature * (1 + excess)


def wca_energy(density, *, temperature=0.2, theory="barker-henderson", fraction=FRACTION, diameter=DIAMETER):
    r"""Potential energy of one particle in the fluid of soft (WCA) spheres, in units of epsilon.

    Hard spheres have none; it comes from the change of their diameter with temperature,

    .. math::
        \frac{U}{N\epsilon} = T^{*2} \left. \frac{\partial}{\partial T^*} \right|_\rho
        \left( -\frac{\beta F_\mathrm{ex}}{N} \right)
        = -T^* (Z(\eta) - 1) \frac{\partial \ln \eta}{\partial \ln T^*} .

    Parameters
    ----------
    density : float or array
    temperature : float
    theory : {"barker-henderson", "wca"}
    fraction : (n,) array_like
    diameter : (n,) array_like
        As in :func:`wca_pressure`.

    Returns
    -------
    float or array of the shape of `density`

    Examples
    --------
    >>> round(float(wca_energy(0.80)), 2)
    0.16
    """
    eta = _effective(density, temperature, theory)
    excess = compressibility_factor(eta, fraction=fraction, diameter=diameter) - 1
    step = 1e-3
    up, down = (_effective(density, factor * temperature, theory) for factor in (1 + step, 1 - step))
    return -temperature * excess * np.log(up / down) / np.log((1 + step) / (1 - step))


def _effective(density, temperature, theory, *, by=1.0):
    """Return the effective packing fraction of each density, multiplied by a factor."""
    return np.vectorize(
        lambda value: effective_packing_fraction(by * value, temperature=temperature, theory=theory),
        otypes=[float],
    )(density)

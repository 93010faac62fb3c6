r"""Flory's parameter of the ligand in toluene and in dichloromethane, from solubility parameters.

The tail of 2-phenylethanethiolate, bound to metal by its sulphur, is taken as ethylbenzene. A mixture of
solvents has the mean of their parameters, by volume, and the mean of their molar volumes, by number. Left
out: that a mixture changes its volume, that the better solvent gathers among the ligands, and that ligands on
a surface are no free liquid.
"""

import chemicals
import numpy as np
from scipy import constants

from supracrystal.mesostructures import solvents

ENTROPIC = 0.34
"""The part of chi that does not come from solubility parameters (`blanks1964`)."""
TAIL = "100-41-4"
"""CAS number of ethylbenzene, which stands for what the solvent meets of the ligand."""


def molar_volume(substance, temperature_C=25.0):
    """Molar volume of a solvent, or of the ligand's tail, by equation 105 of DIPPR.

    Parameters
    ----------
    substance : {"toluene", "dichloromethane", "tail"} or dict
        The last has volume fractions by solvent.
    temperature_C : float
        In °C.

    Returns
    -------
    float
        In cm³/mol.

    Examples
    --------
    >>> round(float(molar_volume("dichloromethane")), 1)
    64.4
    """
    if substance == "tail":
        return float(solvents.saturated_volume(TAIL, temperature_C))
    mixed = solvents.parts(substance, temperature_C).items()
    return float(
        1 / sum(part / solvents.saturated_volume(solvents.CAS[name], temperature_C) for name, part in mixed)
    )


def solubility_parameters(substance, temperature_C=25.0):
    r"""Hansen's solubility parameters, followed from 25 °C by the expansion of the liquid.

    .. math:: \delta_D \propto V^{-1.25},\quad \delta_P \propto V^{-1/2},\quad
        \delta_H \propto V^{-1/2} e^{-0.00132 (T - 25)}

    Parameters
    ----------
    substance : {"toluene", "dichloromethane", "tail"} or dict
        The last has volume fractions by solvent.
    temperature_C : float
        In °C.

    Returns
    -------
    (3,) numpy.ndarray
        Dispersion, polar and hydrogen bonding part, in MPa^½.

    Notes
    -----
    Source: Hansen (2007, `hansen2007`): values as the library chemicals holds them, change with temperature
    by Hansen and Beerbower. The tail is ethylbenzene.

    Examples
    --------
    >>> solubility_parameters("dichloromethane").round(1).tolist()
    [17.0, 7.3, 7.1]
    """
    if substance != "tail":
        mixed = solvents.parts(substance, temperature_C).items()
        return sum(part * _parameters(solvents.CAS[name], temperature_C) for name, part in mixed)
    return _parameters(TAIL, temperature_C)


def _parameters(cas, temperature_C):
    """Solubility parameters of one liquid."""
    kinds = [getattr(chemicals.solubility, f"hansen_delta_{kind}")(cas) for kind in "dph"]
    swelling = solvents.saturated_volume(cas, temperature_C) / solvents.saturated_volume(cas, 25.0)
    change = swelling ** np.array([-1.25, -0.5, -0.5])
    change[2] *= np.exp(-0.00132 * (temperature_C - 25))
    return np.array(kinds) / 1000 * change


def flory_parameter(solvent, temperature_C=25.0, *, rule="hildebrand"):
    r"""Flory's :math:`\chi` between a solvent and the ligand's tail.

    .. math:: \chi = 0.34 + \frac{V_1}{RT} \left(\delta_1 - \delta_2\right)^2 \qquad\text{or}\qquad
        \chi = 0.34 + \frac{V_1}{RT} \left[(\Delta\delta_D)^2 + \tfrac14 (\Delta\delta_P)^2 +
        \tfrac14 (\Delta\delta_H)^2\right]

    Parameters
    ----------
    solvent : {"toluene", "dichloromethane"} or dict
        The last has volume fractions.
    temperature_C : float
        In °C.
    rule : {"hildebrand", "hansen"}
        The total parameters, or all three parts.

    Returns
    -------
    float
        Below 0.5 the ligands repel each other, above they attract.

    Raises
    ------
    ValueError
        For another rule.

    Notes
    -----
    Source: Blanks and Prausnitz (1964, `blanks1964`), Hansen (2007, `hansen2007`). The two rules bracket the
    uncertainty: no measured :math:`\chi` of the ligand is known to us.

    Examples
    --------
    >>> round(float(flory_parameter("toluene", 45.0)), 2)
    0.34
    """
    if rule not in ("hildebrand", "hansen"):
        raise ValueError(f"rule is {rule!r}; allowed are hildebrand, hansen")
    mine, theirs = (solubility_parameters(each, temperature_C) for each in (solvent, "tail"))
    if rule == "hansen":
        square = ((mine - theirs) ** 2 * [1, 0.25, 0.25]).sum()
    else:
        square = (np.linalg.norm(mine) - np.linalg.norm(theirs)) ** 2
    return ENTROPIC + molar_volume(solvent, temperature_C) * square / (constants.R * (temperature_C + 273.15))

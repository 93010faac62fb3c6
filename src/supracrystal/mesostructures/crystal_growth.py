r"""Crystals that nucleate and grow from single particles: the other law of growth.

Particles beyond their solubility, with the supersaturation S, make nuclei at the rate J per volume, and these
grow at the velocity u, limited by how fast particles find their place on the surface:

.. math::
    J = J_0 \frac{S}{S_0} \exp \left[ \frac{B}{\ln^2 S_0} - \frac{B}{\ln^2 S} \right] , \qquad
    u = u_0 \frac{S - 1}{S_0 - 1} , \qquad B = \frac{16 \pi \gamma^3 v^2}{3 (k_\mathrm B T)^3}

with the surface tension :math:`\gamma` and the volume v of a particle in the crystal (Volmer and Weber 1926,
`volmer1926`). Moments of the radius, :math:`\mu_k = \int N(R) R^k \mathrm d R`, close:

.. math:: \dot\mu_0 = J , \qquad \dot\mu_k = k\, u\, \mu_{k-1} , \qquad S - 1 \propto
    \varphi_0 - \tfrac{4}{3} \pi \mu_3 .

Left out: the size of a nucleus, ripening, aggregation, and shapes other than spheres.
"""

import numpy as np
import pandas as pd
from scipy.integrate import solve_ivp


def trajectory(days, excess, growth, nucleation, *, supersaturation=10.0, barrier=0.0):
    """Mean radius, share and number of crystals against time.

    Parameters
    ----------
    days : (n,) array
        Ascending, from 0 or later.
    excess : float
        Volume fraction that the crystals fill in the end.
    growth : float
        The velocity u₀ at the start, in nm per day.
    nucleation : float
        The rate J₀ at the start, in 1/m³ per day.
    supersaturation : float
        S₀, above 1.
    barrier : float
        B; 0 leaves a rate that is proportional to S.

    Returns
    -------
    DataFrame
        ``day``; ``radius_nm``, the cube root of the mean cube; ``aggregated_share`` of the excess;
        ``number_density`` of crystals in 1/m³.

    Raises
    ------
    ValueError
        For a supersaturation of 1 or less, and times that do not ascend.

    Examples
    --------
    >>> trajectory([1.0, 100.0], 3e-5, 500.0, 1e9)[["radius_nm", "aggregated_share"]].round(3)
       radius_nm  aggregated_share
    0    314.980               0.0
    1   6225.479               1.0
    """
    days = np.asarray(days, dtype=float)
    if not supersaturation > 1:
        raise ValueError(f"the supersaturation is {supersaturation}; it must be above 1")
    if not (days[0] >= 0 and (np.diff(days) > 0).all()):
        raise ValueError("the times must ascend, from 0 or later")
    # In units of the final volume: lengths of u0 times 1 day, and J0.
    full = 3 * excess / (4 * np.pi * nucleation * (growth * 1e-9) ** 3)

    def change(_, moments):
        left = max(1 - moments[3] / full, 0.0)
        ratio = 1 + (supersaturation - 1) * left
        work = np.log(supersaturation) ** -2 - max(np.log(ratio), 1e-3) ** -2
        rate = ratio / supersaturation * np.exp(barrier * work)
        return np.array([rate if left else 0.0, *(left * k * moments[k - 1] for k in (1, 2, 3))])

    done = solve_ivp(
        change, (0, days[-1]), np.zeros(4), method="LSODA", t_eval=days, rtol=1e-9, atol=1e-12 * min(full, 1)
    )
    number, cubes = done.y[0], done.y[3]
    radius = growth * np.cbrt(np.divide(cubes, number, out=np.zeros_like(cubes), where=number > 0))
    return pd.DataFrame(
        {
            "day": days,
            "radius_nm": radius,
            "aggregated_share": cubes / full,
            "number_density": number * nucleation,
        }
    )

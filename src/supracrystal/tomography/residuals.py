r"""What the fit of spheres leaves of the pictures, and what that says: of noise, and of the tilt axis.

:func:`significance` tells a sphere from chance, :func:`axis_turn` how far the axis lies beside the columns of
the pictures. Both look at the residual of :func:`~supracrystal.tomography.refinement.refine`.

Left out: what neighbours that overlap in many pictures take from the significance of each other.
"""

import numpy as np

from supracrystal.tomography.footprint import footprints, profile
from supracrystal.tomography.projection import positions_in_projection
from supracrystal.tomography.refinement import _checked, _kinds


def axis_turn(residual, angles, pixel, particles, *, radii=None, blur=0.0, shifts=None):
    r"""Return by how much the tilt axis of the pictures still lies beside their columns.

    A turn :math:`\varphi` moves a sphere in its pictures by :math:`\varphi (-v, u)`. Part of that the fit has
    made up for by moving the sphere in space. The rest, what neither :math:`\cos\theta` and
    :math:`\sin\theta` along `u` nor a constant along `v` describe, is fitted to the residual, with places
    from their mean:

    .. math::
        \tilde u_i = -y_i \, r(\theta) , \qquad
        \tilde v_i = x_i (\cos\theta - \overline{\cos\theta}) + z_i (\sin\theta - \overline{\sin\theta}) ,

    with `r` the residual of 1 on the cosine and the sine of the tilts. Spheres that overlap make up for
    somewhat more, so that some tenth of the turn is missed; straighten the pictures by it and fit again.

    Parameters
    ----------
    residual, angles, pixel, particles
        As in :func:`~supracrystal.tomography.refinement.sizes`, from places that have come to rest.
    radii, blur, shifts
        As in :func:`~supracrystal.tomography.refinement.refine`.

    Returns
    -------
    float
        In degrees, to be added to the angle by which the pictures were straightened.

    Examples
    --------
    >>> import pandas as pd
    >>> from supracrystal.tomography import tilt_series
    >>> from supracrystal.tomography import refine
    >>> three = pd.DataFrame({"x": [-8.0, 8, 0], "y": [-9.0, 0, 9], "z": [0.0, 9, -9]}).assign(type="L")
    >>> angles = range(-70, 71, 10)
    >>> series = tilt_series(three, angles, 0.8, (40, 40), axis_angle=1.0)
    >>> found, residual, _ = refine(series, angles, 0.8, three)
    >>> round(axis_turn(residual, angles, 0.8, found), 1)
    1.0
    """
    residual, angles, radii = _checked(residual, angles, pixel, radii, blur)
    kind, weight = _kinds(particles, radii), particles["weight"].to_numpy()
    profiles = [profile(radius, np.hypot(blur, pixel / 12**0.5)) for radius in radii.values()]
    place, theta = particles[["x", "y", "z"]].to_numpy(), np.radians(angles)
    both = np.column_stack([np.cos(theta), np.sin(theta)])
    across = 1 - both @ np.linalg.lstsq(both, np.ones(len(theta)), rcond=None)[0]
    along = both - both.mean(axis=0)
    arm = place - np.average(place, axis=0, weights=weight)  # the drift makes up for the mean
    product = square = 0.0
    for k, angle in enumerate(angles):
        where = positions_in_projection(place, angle, (0, 0) if shifts is None else shifts[k])
        _, by_u, by_v = footprints(where, kind, profiles, pixel, residual.shape[1:])
        slope = by_v.T @ (weight * (arm[:, ::2] @ along[k])) - by_u.T @ (weight * arm[:, 1] * across[k])
        product += slope @ residual[k].ravel()
        square += slope @ slope
    return float(np.degrees(product / square))


def significance(residual, angles, pixel, particles, *, radii=None, blur=0.0, shifts=None):
    r"""Return by how many standard deviations the scattering power of each sphere exceeds zero.

    .. math::
        z_i = \frac{w_i \sum f_i^2}{\sqrt{\sum f_i^2 d^2}} ,

    with the residual `d` in place of the noise, which need not be the same in all pixels (White 1980,
    `white1980`). All other spheres are taken to be as they are.

    Parameters
    ----------
    residual, angles, pixel, particles
        As in :func:`~supracrystal.tomography.refinement.sizes`.
    radii, blur, shifts
        As in :func:`~supracrystal.tomography.refinement.refine`.

    Returns
    -------
    (n,) array

    Notes
    -----
    Source: White (1980) (`white1980`).

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"x": [0.0], "y": [0.0], "z": [0.0], "type": ["L"], "weight": [0.01]})
    >>> noise = np.random.default_rng(0).normal(size=(15, 20, 20))
    >>> significance(noise, range(-70, 71, 10), 1.0, one).round(1).tolist()
    [1.4]
    """
    residual, angles, radii = _checked(residual, angles, pixel, radii, blur)
    kind, place = _kinds(particles, radii), particles[["x", "y", "z"]].to_numpy()
    profiles = [profile(radius, np.hypot(blur, pixel / 12**0.5)) for radius in radii.values()]
    square, variance = np.zeros((2, len(kind)))
    for k, angle in enumerate(angles):
        where = positions_in_projection(place, angle, (0, 0) if shifts is None else shifts[k])
        value = footprints(where, kind, profiles, pixel, residual.shape[1:])[0]
        value.data **= 2
        square += value.sum(axis=1)
        variance += value @ residual[k].ravel() ** 2
    return particles["weight"].to_numpy() * square / np.sqrt(np.maximum(variance, 1e-30))

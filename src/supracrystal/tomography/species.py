r"""Tell two species apart by the distribution of their intensity, and say how often that is wrong.

In a dark-field picture heavier atoms are brighter. Wang et al. (2021, `wang2021`, Methods, "Tomographic
reconstruction") took, for each centre, the mean grey value of the volume in a sphere of the small species'
size, fitted two Gaussians to the distribution, and cut where they cross:

.. math::
    \pi_1 \mathcal N(t; \mu_1, \sigma_1) = \pi_2 \mathcal N(t; \mu_2, \sigma_2) , \qquad
    \text{misidentified} = \pi_1 \Phi\Big( -\frac{t - \mu_1}{\sigma_1} \Big)
    + \pi_2 \Phi\Big( \frac{t - \mu_2}{\sigma_2} \Big) ,

about 1 % for their particle of 110 nm. :func:`two_species` does the same with any value of the particles: the
grey value, or the scattering power times the volume that :func:`~supracrystal.tomography.spheres.refine` fits
to the projections, in which blur and neighbours do not mix.

Left out: more than two species, and distributions that are not Gaussian. The closed form is as good as these.
"""

import numpy as np
from scipy.stats import norm
from sklearn.mixture import GaussianMixture

from supracrystal import InputError


def grey_values(volume, particles, pixel, radius):
    """Return the mean grey value of a volume in a sphere about each particle.

    A voxel counts if its middle is in the sphere.

    Parameters
    ----------
    volume : (nz, ny, nx) array
        Middle at the origin, voxels as wide as `pixel`.
    particles : pandas.DataFrame
        ``x``, ``y`` and ``z`` in nm.
    pixel, radius : float
        Width of a voxel and radius of the sphere in nm; that of the small species' core, as in the paper.

    Returns
    -------
    (n,) array
        NaN where the sphere holds no voxel of the volume.

    Notes
    -----
    Source: Wang et al. (2021), Methods, "Tomographic reconstruction" (`wang2021`).

    Examples
    --------
    >>> volume = np.zeros((9, 9, 9))
    >>> volume[4, 4, 4:] = 7  # the middle and what is to the right of it
    >>> import pandas as pd
    >>> places = pd.DataFrame({"x": [0.0, 3.0, 20.0], "y": 0.0, "z": 0.0})
    >>> grey_values(volume, places, pixel=1.0, radius=1.0).tolist()
    [2.0, 3.0, nan]
    """
    for name, value in (("pixel", pixel), ("radius", radius)):
        if not 0 < value < np.inf:
            raise InputError(f"{name} is {value!r}; a positive number is needed")
    volume = np.asarray(volume)
    middle = (np.array(volume.shape) - 1) / 2
    reach = int(radius / pixel) + 1
    offset = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 3, indexing="ij"), -1).reshape(-1, 3)
    mean = np.full(len(particles), np.nan)
    for k, place in enumerate(particles[["z", "y", "x"]].to_numpy(dtype=float) / pixel + middle):
        voxel = np.rint(place).astype(int) + offset
        near = np.sum((voxel - place) ** 2, axis=1) * pixel**2 <= radius**2 * (1 + 1e-12)
        voxel = voxel[near & np.all((voxel >= 0) & (voxel < volume.shape), axis=1)]
        if len(voxel):
            mean[k] = volume[tuple(voxel.T)].mean()
    return mean


def crossing(share, mean, deviation):
    """Return where two weighted Gaussians cross between their means, and the share on the wrong side of it.

    Parameters
    ----------
    share, mean, deviation : (2,) array_like
        Share, mean and standard deviation of each, the one of smaller mean first.

    Returns
    -------
    threshold : float
    misidentified : float

    Raises
    ------
    ValueError
        For means in the wrong order, and if one curve is above the other all the way between the means.

    Examples
    --------
    Equal ones cross half way, and one in 44 of each is beyond two standard deviations:

    >>> threshold, misidentified = crossing([0.5, 0.5], [0, 4], [1, 1])
    >>> round(threshold, 6), round(misidentified, 4)
    (2.0, 0.0228)
    """
    share, mean, deviation = (np.asarray(each, dtype=float) for each in (share, mean, deviation))
    if not mean[0] < mean[1] or not (share > 0).all() or not (deviation > 0).all():
        raise InputError(
            f"shares {share.tolist()}, means {mean.tolist()} and deviations {deviation.tolist()}: means must "
            "rise, and all else be positive"
        )
    curvature = 1 / deviation**2
    log = np.log(share / deviation)
    polynomial = np.array([
        (curvature[1] - curvature[0]) / 2,
        mean[0] * curvature[0] - mean[1] * curvature[1],
        (mean[1] ** 2 * curvature[1] - mean[0] ** 2 * curvature[0]) / 2 + log[0] - log[1],
    ])  # fmt: skip
    roots = np.roots(np.trim_zeros(polynomial, "f"))
    between = [root.real for root in roots if abs(root.imag) < 1e-9 and mean[0] <= root.real <= mean[1]]
    if not between:
        raise InputError(
            f"Gaussians of shares {share.tolist()}, means {mean.tolist()} and deviations "
            f"{deviation.tolist()} do not cross between their means: the two species are not told apart"
        )
    threshold = float(between[0])
    wrong = share[0] * norm.sf(threshold, mean[0], deviation[0])
    wrong += share[1] * norm.cdf(threshold, mean[1], deviation[1])
    return threshold, float(wrong)


def two_species(values, *, names=("S", "L"), seed=0):
    """Divide particles into two species by a mixture of two Gaussians.

    Parameters
    ----------
    values : (n,) array_like
        Grey value, or another intensity, of each particle.
    names : (2,) tuple of str
        What the darker and the brighter species are called.
    seed : int
        Of the beginning of the fit.

    Returns
    -------
    species : (n,) array of str
    fit : dict
        ``threshold``; ``misidentified``, the expected share on the wrong side of it; and ``share``, ``mean``
        and ``deviation`` of the two.

    Raises
    ------
    ValueError
        For fewer than four values, values that are not finite or all the same, and Gaussians that do not
        cross between their means.

    Notes
    -----
    Source: Wang et al. (2021), Methods, "Tomographic reconstruction" (`wang2021`).

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> values = np.append(random.normal(0.4, 0.05, 600), random.normal(0.9, 0.05, 300))
    >>> species, fit = two_species(values)
    >>> int((species == "L").sum()), bool(0.6 < fit["threshold"] < 0.7)
    (300, True)
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 4 or not np.isfinite(values).all() or np.ptp(values) == 0:
        raise InputError("two species need at least four finite values that are not all the same")
    centre, width = values.mean(), values.std()
    model = GaussianMixture(2, n_init=3, random_state=seed, reg_covar=1e-9, tol=1e-6, max_iter=1000)
    model.fit((values[:, None] - centre) / width)
    order = np.argsort(model.means_[:, 0])
    fit = {
        "share": model.weights_[order],
        "mean": centre + width * model.means_[order, 0],
        "deviation": width * np.sqrt(model.covariances_[order, 0, 0]),
    }
    threshold, misidentified = crossing(**fit)
    species = np.where(values > threshold, names[1], names[0])
    return species, {"threshold": threshold, "misidentified": misidentified, **fit}

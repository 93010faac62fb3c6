"""Figures of ``supracrystal tomography``: slices with the spheres found, pictures and model, grey values."""

from contextlib import contextmanager

import numpy as np
from matplotlib import rc_context
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure
from scipy.stats import norm

from supracrystal.view import style

UNKNOWN = "#e69f00"
"""Colour of spheres whose species is not told."""


def slices(path, volume, particles, pixel, cores):
    """Draw the three planes through the middle of the particles, with the circles cut from their cores.

    Parameters
    ----------
    path : path-like
    volume : (nz, ny, nx) array
    particles : pandas.DataFrame
        ``x``, ``y`` and ``z`` in nm, and ``type``.
    pixel : float
        In nm.
    cores : dict
        Diameter in nm of each type; other types have the least of them.
    """
    place = particles[["x", "y", "z"]].to_numpy()
    middle, extent = place.mean(axis=0), np.array(volume.shape)[::-1] * pixel / 2
    diameter = particles["type"].map(cores).fillna(min(cores.values())).to_numpy()
    color = particles["type"].map(style.PARTICLES).fillna(UNKNOWN).to_numpy()
    top, wide = np.quantile(volume, 0.999), np.abs(place).max() + max(cores.values())
    with _styled():
        figure = Figure(figsize=(12, 4.6))
        for axes, normal, name in zip(figure.subplots(1, 3), (2, 1, 0), "zyx", strict=True):
            across, down = (axis for axis in range(3) if axis != normal)
            at = np.clip(int((middle[normal] + extent[normal]) / pixel), 0, volume.shape[2 - normal] - 1)
            plane = np.take(volume, at, axis=2 - normal)
            height = (at + 0.5) * pixel - extent[normal]
            edges = -extent[across], extent[across], extent[down], -extent[down]
            axes.imshow(plane, cmap="gray", vmin=0, vmax=top, extent=edges, interpolation="nearest")
            cut = diameter**2 - 4 * (place[:, normal] - height) ** 2
            shown = cut > 0
            width = np.sqrt(cut[shown])
            axes.add_collection(EllipseCollection(
                width, width, np.zeros(len(width)), units="xy", offsets=place[shown][:, [across, down]],
                offset_transform=axes.transData, facecolors="none", edgecolors=color[shown], linewidths=1,
            ))  # fmt: skip
            axes.set(title=f"{name} = {height:.1f} nm", xlabel=f"{'xyz'[across]} (nm)",
                     ylabel=f"{'xyz'[down]} (nm)")  # fmt: skip
            axes.set(xlim=(-wide, wide), ylim=(wide, -wide))
        figure.savefig(path)


def pictures(path, series, residual, angles, pixel):
    """Draw the picture nearest to zero tilt, the model of all spheres, and what it leaves.

    Parameters
    ----------
    path : path-like
    series, residual : (n, rows, columns) array
        Pictures, and pictures less the model.
    angles : (n,) array
        In degrees.
    pixel : float
        In nm.
    """
    k = int(np.argmin(np.abs(angles)))
    rows, columns = np.array(series.shape[1:]) * pixel / 2
    top, rest = np.quantile(series[k], 0.999), np.quantile(np.abs(residual[k]), 0.999)
    grey, signed = {"cmap": "gray", "vmin": 0, "vmax": top}, {"cmap": "RdBu_r", "vmin": -rest, "vmax": rest}
    with _styled():
        figure = Figure(figsize=(12, 4.3))
        for axes, picture, name, scale in zip(
            figure.subplots(1, 3, sharex=True, sharey=True),
            (series[k], series[k] - residual[k], residual[k]),
            (f"picture at {angles[k]:g} degrees", "model", "picture less model"),
            (grey, grey, signed),
            strict=True,
        ):
            edges = -columns, columns, rows, -rows
            shown = axes.imshow(picture, extent=edges, interpolation="nearest", **scale)
            axes.set(title=name, xlabel="u (nm)")
            figure.colorbar(shown, ax=axes, shrink=0.8)
        figure.axes[0].set(ylabel="v (nm)")
        figure.savefig(path)


def histograms(path, particles, fits):
    """Draw how intensity and grey value are distributed, with the two Gaussians and the threshold.

    Parameters
    ----------
    path : path-like
    particles : pandas.DataFrame
        ``type`` and the values.
    fits : dict
        By the name of the values, what :func:`~supracrystal.tomography.species.two_species` found, or None.
    """
    names = {"intensity": "scattering power times volume (fit)", "grey": "mean grey value (volume)"}
    with _styled():
        figure = Figure(figsize=(10, 3.9))
        for axes, (column, name) in zip(figure.subplots(1, 2), names.items(), strict=True):
            values, fit = particles[column].dropna(), fits[column]
            bins = np.linspace(*np.quantile(values, [0, 1]), 61)
            for kind, color in {**style.PARTICLES, "unknown": UNKNOWN}.items():
                some = values[particles["type"] == kind]
                if len(some):
                    axes.hist(some, bins, color=color, alpha=0.75, label=f"{kind}, {len(some):,}")
            axes.set(xlabel=name, ylabel="particles", title="no two Gaussians")
            if fit:
                at = np.linspace(bins[0], bins[-1], 400)
                for share, mean, deviation in zip(fit["share"], fit["mean"], fit["deviation"], strict=True):
                    curve = len(values) * (bins[1] - bins[0]) * share * norm.pdf(at, mean, deviation)
                    axes.plot(at, curve, color="#222222", linewidth=1.2)
                axes.axvline(fit["threshold"], color="#222222", linestyle="--", linewidth=1.2)
                axes.set(title=f"misidentified: {percent(fit['misidentified'])}")
            axes.legend(fontsize=9)
        figure.savefig(path)


def percent(share):
    """Say in words what share of particles is misidentified; Gaussians say nothing of less than 0.01 %.

    Parameters
    ----------
    share : float

    Returns
    -------
    str

    Examples
    --------
    >>> percent(0.01234), percent(1e-9)
    ('1.2 %', 'less than 0.01 %')
    """
    return f"{100 * share:.2g} %" if share >= 1e-4 else "less than 0.01 %"


@contextmanager
def _styled():
    with rc_context():
        style.use()
        yield

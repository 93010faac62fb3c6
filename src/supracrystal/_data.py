"""Where recorded data lie: inside a wheel, or at the root of a checkout."""

from pathlib import Path


def folder(packaged, *place):
    """Return a folder of data: that in the package if there is one, or else the one under ``data``."""
    package = Path(__file__).parent
    inside = package / packaged
    return inside if inside.is_dir() else package.parents[1].joinpath("data", *place)

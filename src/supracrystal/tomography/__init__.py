"""Particles found in a tilt series of electron micrographs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "alignment": [
            "align",
            "drift_by_correlation",
            "drift_by_mass",
            "drift_by_reprojection",
            "straighten",
            "tilt_axis",
        ],
        "files": ["read_angles", "read_series", "write_series", "write_volume"],
        "microscopy": ["cross_section", "fivefold_lines", "haadf"],
        "projection": ["CORES", "positions_in_projection", "project_spheres", "tilt_series"],
        "reconstruction": ["SLICES", "backproject", "elongation", "reproject", "sirt"],
        "recorded": ["runs"],
        "refinement": ["RADII", "refine"],
        "residuals": ["axis_turn"],
        "score": ["AXES", "pairs", "peer"],
        "species": ["grey_values", "two_species"],
        "spheres": ["SEPARATION", "candidates", "find_spheres"],
    },
)

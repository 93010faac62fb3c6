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
            "mask_outliers",
            "rotate_shifts",
            "straighten",
            "subtract_background",
            "tilt_axis",
        ],
        "files": ["read_angles", "read_series", "write_series", "write_volume"],
        "projection": [
            "CORES",
            "cross_section",
            "fivefold_lines",
            "haadf",
            "positions_in_projection",
            "project_spheres",
            "tilt_series",
        ],
        "reconstruction": ["SLICES", "backproject", "check_series", "elongation", "reproject", "sirt"],
        "score": ["AXES", "pairs", "peer", "recorded_images", "runs", "score_particles"],
        "species": ["grey_values", "two_species"],
        "spheres": [
            "RADII",
            "SEPARATION",
            "axis_turn",
            "candidates",
            "find_spheres",
            "refine",
            "significance",
            "sizes",
            "unexplained",
        ],
    },
)

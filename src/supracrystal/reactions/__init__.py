"""How clusters exchange atoms, alloy, join and fall apart."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "absorption": ["PARTS", "mixture", "part_spectra"],
        "alloying": [
            "CLUSTERS",
            "CONSERVED",
            "FINAL",
            "FRAMEWORKS",
            "Parameters",
            "SPECIES",
            "course",
            "feed",
            "network",
        ],
        "calibration": ["calibrate", "observations"],
        "dissociation": ["breakdown", "onset"],
        "exchange": ["dimer_network"],
        "fragments": ["CHANNELS", "NAMES", "Tree", "reactions", "tree"],
        "lifetime": ["dimer_share", "fall"],
        "likelihood": ["LIMITS", "at", "descend", "fit", "point", "profile"],
        "predicted": ["RESOLUTION", "averages", "read", "recover", "spectrum"],
        "statements": ["SEEN", "compare", "directory", "margins", "read_observations", "recorded"],
    },
)

"""How clusters exchange atoms, alloy, join and fall apart."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
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
        "dissociation": [
            "CHANNELS",
            "NAMES",
            "Tree",
            "breakdown",
            "calibrate",
            "observations",
            "onset",
            "reactions",
            "tree",
        ],
        "exchange": ["dimer_network", "dimer_species", "equilibrium", "mixing_entropy", "relaxation"],
        "kinetics": ["integrate", "reaction_network", "simulate"],
        "lifetime": ["dimer_course", "dimer_share", "distance_laws"],
        "statements": [
            "ADDITIONS",
            "RESOLUTION",
            "SEEN",
            "at",
            "averages",
            "compare",
            "interval",
            "ions",
            "margins",
            "point",
            "predict_spectrum",
            "read_observations",
            "read_shares",
            "recorded",
            "residuals",
        ],
    },
)

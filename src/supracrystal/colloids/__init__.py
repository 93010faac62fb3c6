"""Binary clusters of hard spheres: structures, order, diffraction."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "analysis": ["FOUND", "analyse", "patterns"],
        "bond_order": [
            "CLASSES",
            "CUTS",
            "classify",
            "confusion_table",
            "coordination",
            "mgcu2_fraction",
            "mgcu2_shares",
            "steinhardt",
        ],
        "diffraction": ["bragg_peaks", "diffraction_pattern", "rotational_orders", "view"],
        "domains": [
            "REACH",
            "bonds",
            "correlations",
            "crystalline",
            "faces",
            "largest_cluster",
            "neighbour_list",
            "solid_bonds",
            "spacing",
        ],
        "files": ["read_particles"],
        "formats": ["FORMATS", "read_table"],
        "hard_spheres": ["confinement_radius"],
        "icosahedral": [
            "axes",
            "contact_spacing",
            "icosahedral_cluster",
            "mackay_cluster",
            "shells",
            "solid",
        ],
        "laves": ["STACKINGS", "dimers", "maximal_packing_fraction", "packing_fraction"],
        "nucleation": [
            "NUCLEUS",
            "crystalline_profile",
            "follow_domains",
            "layering",
            "mgcu2_by_frame",
            "onset",
            "track",
        ],
        "particles": ["SPECIES", "components", "is_large", "neighbours", "subset"],
        "profiles": ["core", "radial_profile"],
        "recorded": ["frames", "table"],
        "symmetry": ["bergman_core", "find_icosahedron", "pentagonal_tubes", "shells_found"],
    },
)

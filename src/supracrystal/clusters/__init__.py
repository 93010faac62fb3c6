"""Clusters of metal atoms in a shell of ligands, atom by atom."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "anatomy": ["draw", "shells", "shortest_contacts"],
        "contacts": [
            "bonds_across",
            "centre_distances",
            "ch_pi",
            "clearance",
            "describe_interface",
            "reaction_energy",
            "rings",
            "stacking",
        ],
        "dimers": ["contact", "find_staples", "join_clusters", "losses", "rotations", "settle", "turn_over"],
        "dissect": ["describe_parts", "measure_bonds", "species_of", "take_apart"],
        "dynamics": ["recorded_stability", "run", "stability", "superpose"],
        "ligand_shell": ["SMILES", "SUBGROUPS", "cluster", "conformers", "smiles", "with_ligands"],
        "mobility": ["cross_sections", "ion_mobility", "scatter"],
        "relax": [
            "Boxed",
            "compared_methods",
            "density_functional",
            "free_atom",
            "relax_cluster",
            "relaxed",
            "tight_binding",
            "unpaired_electrons",
        ],
        "structures": ["FRAMES", "WRITTEN", "m25s18", "m29s24", "m44s26", "m44s30", "operations"],
    },
)

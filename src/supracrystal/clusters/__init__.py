"""Clusters of metal atoms in a shell of ligands, atom by atom."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "anatomy": ["draw", "shells"],
        "conformers": ["SMILES", "smiles"],
        "contacts": ["bonds_across", "centre_distances", "ch_pi"],
        "density_functional": ["Boxed"],
        "dissect": ["describe_parts", "measure_bonds", "species_of", "take_apart"],
        "dynamics": ["run", "stability", "superpose"],
        "elastic": ["contact", "settle"],
        "electrophoresis": [
            "FIBRE",
            "SPECIFIC_VOLUME",
            "free_mobility",
            "gel_mobility",
            "passage",
            "sphere_radius",
        ],
        "frames": ["WRITTEN", "operations"],
        "interface": ["across", "halves", "reaction_energy"],
        "ligand_shell": ["SUBGROUPS", "cluster", "with_ligands"],
        "mobility": ["cross_sections", "scatter", "side_by_side"],
        "recorded": ["compared_methods", "directory", "free_atom", "relaxed"],
        "relax": ["tight_binding", "unpaired_electrons"],
        "staples": ["losses", "turn_over"],
        "structures": ["FRAMES", "m25s18", "m29s24", "m44s26", "m44s30"],
    },
)

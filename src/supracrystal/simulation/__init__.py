"""Molecular dynamics of spheres in a droplet and of coated particles."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "checkpoints": ["write_frames"],
        "exchange": ["change_energies", "exchange_identities"],
        "platelets": ["REACH", "arrangement", "frame_of", "scatter_particles"],
        "recipe": [
            "AssemblyRecipe",
            "ConfinementRecipe",
            "Exchange",
            "differences",
            "read_recipe",
            "write_recipe",
        ],
        "run": [
            "ENGINES",
            "MEASURES",
            "find_engine",
            "measure_order",
            "read_frames",
            "read_log",
            "recorded_run",
            "simulate",
        ],
        "start": ["WALL", "adopt", "initial_configuration", "separate", "velocities"],
    },
)

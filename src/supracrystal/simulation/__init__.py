"""Molecular dynamics of spheres in a droplet and of coated particles."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "assembled": ["provenance", "recorded_run", "scan"],
        "assembly": ["MEASURES"],
        "checkpoints": ["write_frames"],
        "confine": ["ENGINES"],
        "confine_lammps": ["Engine", "load"],
        "platelets": ["REACH", "arrangement", "frame_of"],
        "recipe": ["differences", "write_recipe"],
        "sampling": ["grow", "history"],
        "start": ["WALL", "adopt", "initial_configuration", "separate", "velocities"],
    },
)

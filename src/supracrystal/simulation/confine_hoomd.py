"""HOOMD-blue as an engine of the confinement runs, on a CPU or a GPU, and under MPI as it is started.

The engines have the same methods; :mod:`supracrystal.simulation.confine` uses nothing else of them. Under MPI
every process calls each of them, and positions, velocities and forces are those of the first process only.
"""

import numpy as np

from supracrystal.colloids import SPECIES, is_large
from supracrystal.simulation.engines import load_hoomd as load

CUTOFF = 2 ** (1 / 6)
BUFFER = 0.5
NAME = "hoomd"


class Engine:
    """The particles of a frame in HOOMD-blue, ready to run by a recipe."""

    def __init__(self, recipe, frame, state=None):
        hoomd = load()
        self.version = hoomd.version.version
        self.number = frame.particles.N
        self.confined = recipe.confinement == "sphere"
        self.length = np.asarray(frame.configuration.box[:3], dtype=float)
        self.simulation = hoomd.Simulation(device=hoomd.device.auto_select())
        self.simulation.timestep = int(frame.configuration.step or 0 if state is None else state["step"])
        self.simulation.create_state_from_snapshot(self._snapshot(hoomd, frame, state))
        self.simulation.always_compute_pressure = not self.confined
        self._operations(hoomd, recipe)
        self.simulation.run(0)
        if state is not None:
            self.thermostat.translational_dof = tuple(map(float, state["thermostat"]))

    def _snapshot(self, hoomd, frame, state):
        snapshot = hoomd.Snapshot(self.simulation.device.communicator)
        if self.root:
            first = state is None
            snapshot.configuration.box = [*self.length.tolist(), 0, 0, 0]
            snapshot.particles.types = list(SPECIES)
            snapshot.particles.N = self.number
            snapshot.particles.typeid[:] = np.where(is_large(frame), 0, 1)
            snapshot.particles.position[:] = frame.particles.position if first else state["position"]
            snapshot.particles.velocity[:] = frame.particles.velocity if first else state["velocity"]
        return snapshot

    def _operations(self, hoomd, recipe):
        md, small = hoomd.md, recipe.size_ratio
        self.pair = md.pair.LJ(nlist=md.nlist.Cell(buffer=BUFFER), mode="shift")
        for types, sigma in {("L", "L"): 1.0, ("L", "S"): (1 + small) / 2, ("S", "S"): small}.items():
            self.pair.params[types] = {"epsilon": 1.0, "sigma": sigma}
            self.pair.r_cut[types] = CUTOFF * sigma
        self.forces = [self.pair]
        if self.confined:
            sphere = hoomd.wall.Sphere(radius=recipe.radius_at(self.step), inside=True)
            self.wall = md.external.wall.LJ(walls=[sphere])
            self.wall.params[list(SPECIES)] = {"epsilon": 1.0, "sigma": 1.0, "r_cut": CUTOFF}
            self.forces.append(self.wall)
        everything = hoomd.filter.All()
        self.thermostat = md.methods.thermostats.MTTK(kT=recipe.temperature, tau=recipe.coupling)
        method = md.methods.ConstantVolume(filter=everything, thermostat=self.thermostat)
        self.simulation.operations.integrator = md.Integrator(
            dt=recipe.time_step, methods=[method], forces=self.forces
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
        self.wall.walls[0] = load().wall.Sphere(radius=radius, inside=True)

    def run(self, steps):
        """Integrate."""
        self.simulation.run(steps)

    def position(self):
        """Return the (N, 3) positions in the order of the frame."""
        position = self._particles("position")
        # Outside of the sphere nothing pushes a particle back: it would go around the box and come in again.
        return position + self._particles("image") * self.length if self.confined else position

    def velocity(self):
        """Return the (N, 3) velocities in the order of the frame."""
        return self._particles("velocity")

    def force(self):
        """Return the (N, 3) forces in the order of the frame, those of the wall included."""
        forces = [force.forces for force in self.forces]
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
            "position": self.position(),
            "velocity": self.velocity(),
            "thermostat": np.array(self.thermostat.translational_dof),
        }

    def share(self, value):
        """Return the value of the first process on all of them; with several it takes mpi4py."""
        if self.simulation.device.communicator.num_ranks == 1:
            return value
        from mpi4py import MPI

        return MPI.COMM_WORLD.bcast(value)

    def close(self):
        """Release the engine."""
        self.simulation = None

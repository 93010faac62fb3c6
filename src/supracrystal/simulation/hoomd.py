"""HOOMD-blue as an engine, on a CPU or a GPU; for spheres in a droplet also under MPI, as it is started.

The engines have the same methods; :mod:`supracrystal.simulation.run` uses nothing else of them. Under MPI
every process calls each of them, and positions, velocities and forces are those of the first process only.
Plates have a particle without interactions in their middle, which comes before all beads.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from supracrystal import InputError
from supracrystal.mesostructures import plates, square_plate
from supracrystal.simulation.recipe import AssemblyRecipe

NAME = "hoomd"
CUTOFF = 2 ** (1 / 6)
CENTRE = "plate"
MOTION = ("position", "image", "velocity", "orientation", "angmom")


def load():
    """Import HOOMD-blue with its molecular dynamics."""
    import hoomd
    import hoomd.md

    return hoomd


def is_root():
    """Return whether this process writes."""
    return load().communicator.Communicator().rank == 0


class Engine:
    """The particles of a frame in HOOMD-blue, ready to run by a recipe; a state brings what moves."""

    def __init__(self, recipe, frame, state=None):
        hoomd = load()
        self.version = hoomd.version.version
        self.recipe, self.number = recipe, frame.particles.N
        self.coated = isinstance(recipe, AssemblyRecipe)
        self.rigid = self.coated and recipe.shape == "plate"
        self.confined = not self.coated and recipe.confinement == "sphere"
        self.centres = recipe.number if self.rigid else 0
        self.simulation = hoomd.Simulation(device=hoomd.device.auto_select(), seed=recipe.seed % 65536)
        one_process = self.simulation.device.communicator.num_ranks == 1
        if not one_process and (self.coated or recipe.exchange):
            what = "assembly runs" if self.coated else "exchanges"
            raise InputError(f"{what} use one process; start them without mpirun")
        self.simulation.timestep = int(state["step"]) if state else 0
        self.simulation.create_state_from_snapshot(self._snapshot(hoomd, frame, state))
        self.simulation.always_compute_pressure = not (self.coated or self.confined)
        if self.coated:
            self._coated_operations(hoomd, fresh=state is None)
        else:
            self._mixture_operations(hoomd)
        self.simulation.run(0)
        if not self.coated and state:
            self.thermostat.translational_dof = tuple(map(float, state["thermostat"]))

    def _snapshot(self, hoomd, frame, state):
        snapshot, first = hoomd.Snapshot(self.simulation.device.communicator), self.centres
        if not self.root:
            return snapshot
        box = np.asarray(frame.configuration.box[:3], dtype=float)
        if self.coated:
            box = np.full(3, float(self.recipe.box_at(self.step)))
        particles, position = snapshot.particles, np.asarray(frame.particles.position, dtype=float)
        if state and not self.coated:
            position = state["position"]
        snapshot.configuration.box = [*box.tolist(), 0, 0, 0]
        particles.types = [*frame.particles.types, *([CENTRE] if self.rigid else [])]
        particles.N = first + self.number
        particles.typeid[first:] = frame.particles.typeid
        particles.image[first:] = np.round(position / box)
        particles.position[first:] = position - box * np.round(position / box)
        if self.rigid:
            centre, normal, edge = plates(frame)
            axes = np.stack([np.cross(edge, normal), edge, normal], axis=2)
            particles.typeid[:first] = len(particles.types) - 1
            particles.position[:first] = centre
            particles.orientation[:first] = Rotation.from_matrix(axes).as_quat(scalar_first=True)
            particles.moment_inertia[:first] = self._inertia()
            particles.body[:] = [*range(first), *frame.particles.body]
        if not self.coated:
            particles.velocity[:] = state["velocity"] if state else frame.particles.velocity
        elif state:
            for name in MOTION:
                getattr(particles, name)[:] = state[name]
        return snapshot

    def _mixture_operations(self, hoomd):
        """WCA spheres, a wall if there is one, and a Nosé–Hoover thermostat."""
        md, recipe, small = hoomd.md, self.recipe, self.recipe.size_ratio
        # With exchanges a pair may become a wider one after its list was made.
        listed = {"default_r_cut": CUTOFF} if recipe.exchange else {}
        self.pair = md.pair.LJ(nlist=md.nlist.Cell(buffer=0.5, **listed), mode="shift")
        for types, sigma in {("L", "L"): 1.0, ("L", "S"): (1 + small) / 2, ("S", "S"): small}.items():
            self.pair.params[types] = {"epsilon": 1.0, "sigma": sigma}
            self.pair.r_cut[types] = CUTOFF * sigma
        self.forces = [self.pair]
        if self.confined:
            sphere = hoomd.wall.Sphere(radius=recipe.radius_at(self.step), inside=True)
            self.wall = md.external.wall.LJ(walls=[sphere])
            self.wall.params[["L", "S"]] = {"epsilon": 1.0, "sigma": 1.0, "r_cut": CUTOFF}
            self.forces.append(self.wall)
        everything = hoomd.filter.All()
        self.thermostat = md.methods.thermostats.MTTK(kT=recipe.temperature, tau=recipe.coupling)
        method = md.methods.ConstantVolume(filter=everything, thermostat=self.thermostat)
        self.simulation.operations.integrator = md.Integrator(
            dt=recipe.time_step, methods=[method], forces=self.forces
        )
        self.thermo = md.compute.ThermodynamicQuantities(filter=everything)
        self.simulation.operations.computes.append(self.thermo)

    def _coated_operations(self, hoomd, fresh):
        """Tables between the beads, plates as rigid bodies, and a Langevin bath."""
        md, recipe = hoomd.md, self.recipe
        self.pair = md.pair.Table(nlist=md.nlist.Cell(buffer=1.0, exclusions=("body",)))
        self.forces = [self.pair]
        names = [chr(ord("A") + each) for each in range(len(recipe.sizes))]
        for one, first in enumerate(names):
            for two, second in enumerate(names[one:], one):
                distance, energy, force = recipe.table(one, two)
                self.pair.params[first, second] = {"r_min": distance[0], "U": energy[:-1], "F": force[:-1]}
                self.pair.r_cut[first, second] = distance[-1]
        moving, rigid, drag = hoomd.filter.All(), None, 1 / recipe.damping
        turning = (1.0, 1.0, 1.0)
        if self.rigid:
            for name in (*names, CENTRE):
                self.pair.params[CENTRE, name] = {"r_min": 0.0, "U": [0.0], "F": [0.0]}
                self.pair.r_cut[CENTRE, name] = 0.0
            sheet = square_plate(recipe.beads)
            rigid, moving = md.constrain.Rigid(), hoomd.filter.Rigid(("center",))
            rigid.body[CENTRE] = {
                "constituent_types": [names[0]] * len(sheet),
                "positions": [tuple(map(float, each)) for each in sheet],
                "orientations": [(1.0, 0.0, 0.0, 0.0)] * len(sheet),
            }
            turning = tuple(map(float, self._inertia() * drag))
        bath = md.methods.Langevin(filter=moving, kT=1.0, default_gamma=drag, default_gamma_r=turning)
        self.simulation.operations.integrator = md.Integrator(
            dt=recipe.time_step, methods=[bath], forces=[self.pair], rigid=rigid,
            integrate_rotational_dof=self.rigid,
        )  # fmt: skip
        if recipe.moving:
            self.simulation.operations.updaters.append(self._resize(hoomd))
        if fresh:
            self.simulation.state.thermalize_particle_momenta(filter=moving, kT=1.0)

    def _inertia(self):
        """Principal moments of a plate of mass 1."""
        square = (square_plate(self.recipe.beads) ** 2).mean(axis=0)
        return square.sum() - square

    def _resize(self, hoomd):
        """Change the box before every step of the compression to what the recipe wants after that step."""
        first, last = max(self.recipe.hold - 1, 0), self.recipe.settled
        ends = [hoomd.Box.cube(float(self.recipe.box_at(step))) for step in (first + 1, last)]
        ramp = hoomd.variant.Ramp(A=0.0, B=1.0, t_start=first, t_ramp=max(last - 1 - first, 1))
        box = hoomd.variant.box.Interpolate(*ends, ramp)
        return hoomd.update.BoxResize(trigger=hoomd.trigger.Before(last), box=box)

    @property
    def root(self):
        """Whether this process writes."""
        return self.simulation.device.communicator.rank == 0

    @property
    def step(self):
        """Steps made so far."""
        return int(self.simulation.timestep)

    def run(self, steps):
        """Integrate; the wall goes at once to where it is after these steps, the box follows each step."""
        if self.confined and self.recipe.is_moving(self.step):
            radius = self.recipe.radius_at(self.step + steps)
            self.wall.walls[0] = load().wall.Sphere(radius=radius, inside=True)
        self.simulation.run(steps)

    def box(self):
        """Return the (3,) edges of the box."""
        return np.array(self.simulation.state.box.L, dtype=float)

    def position(self):
        """Return the (N, 3) positions in the order of the frame, not put back into the box."""
        return self._particles("position") + self._particles("image") * self.box()

    def velocity(self):
        """Return the (N, 3) velocities in the order of the frame."""
        return self._particles("velocity")

    def force(self):
        """Return the (N, 3) forces in the order of the frame, those of the wall included."""
        forces = [force.forces for force in self.forces]
        return np.sum(forces, axis=0)[self.centres :] if self.root else np.zeros((self.number, 3))

    def _particles(self, name):
        snapshot = self.simulation.state.get_snapshot()
        if self.root:
            return np.array(getattr(snapshot.particles, name), dtype=float)[self.centres :]
        return np.zeros((self.number, 3))

    def set_species(self, large):
        """Change which particles of the mixture are large."""
        # After a change through a local snapshot, HOOMD-blue keeps the forces that it has for this step.
        snapshot = self.simulation.state.get_snapshot()
        snapshot.particles.typeid[:] = np.where(large, 0, 1)
        self.simulation.state.set_snapshot(snapshot)

    def measure(self):
        """Return the temperature, and the energies of all particles together."""
        if self.coated:
            return {"temperature": self._bath_temperature(), "pair_energy": self.pair.energy}
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

    def _bath_temperature(self):
        """Temperature in that of the bath, with the rotation, which HOOMD-blue leaves out."""
        state, moving = self.state(), self.centres or self.number
        twice = [state["velocity"][:moving] ** 2]
        if self.rigid:
            q, p = state["orientation"][:moving], state["angmom"][:moving] / 2
            momentum = q[:, :1] * p[:, 1:] - p[:, :1] * q[:, 1:] - np.cross(q[:, 1:], p[:, 1:])
            twice.append(momentum**2 / self._inertia())
        return float(np.mean(twice))

    def state(self):
        """Return what is needed to go on, as arrays."""
        if self.coated:
            particles = self.simulation.state.get_snapshot().particles
            moving = {name: np.array(getattr(particles, name)) for name in MOTION}
            return {"step": np.array(self.step), **moving}
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

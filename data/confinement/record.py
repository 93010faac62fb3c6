"""Record a crystallisation: growth, the compression that arrests it, the average over configurations.

Run ``python data/confinement/record.py NAME`` from the top of the repository, for a NAME with a recipe in
``data/confinement/NAME/recipe.yml``. The full runs go to ``_build/confinement/NAME``, and on from there when
they were interrupted; what the book needs of them is then written beside the recipe:

- ``trajectory.gsd``, ``log.csv``: growth, some tens of frames and some hundreds of lines
- ``compressed.gsd``: the last frame after the sphere has shrunk, with ``--compressed``, for tomograms
- ``average.gsd``: positions averaged over 10,000 configurations of the compressed sphere
- ``provenance.json``

With ``--growth`` the second and third are left out; ``--finish`` takes the growth as far as it has come. With
``--after RUN`` the last recorded frame of that run is the first configuration. With ``--since STEP`` no frame
before it is kept but the first.

Wang et al. (2021), Methods (`wang2021`), compress fast "to arrest the positions of the spheres", then average
over 10,000 configurations.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import gsd.hoomd
import gsd.version
import numpy as np

from supracrystal.records import describe
from supracrystal.simulation import ENGINES, find_engine, read_recipe, simulate, write_frames

HERE = Path(__file__).parent
FRAMES, LINES = 40, 400
ARRESTED = 0.95
"""Nominal density after the compression."""
COMPRESSION = 20_000
CONFIGURATIONS, INTERVAL = 10_000, 20


def last(path):
    """Return the last frame of a trajectory."""
    with gsd.hoomd.open(path) as file:
        return file[-1]


def thin(number, most):
    """Return indices of at most so many of a number of items, evenly spread, first and last among them."""
    return np.unique(np.linspace(0, number - 1, min(number, most)).round().astype(int))


def arrest(recipe, home, work, engine, kept):
    """Compress what has grown and average it; return the names of the files."""
    grown = last(work / "growth" / "trajectory.gsd")
    squeezed = replace(
        recipe, start="random", nucleus=0, start_density=recipe.density, density=ARRESTED, hold=0,
        compression=COMPRESSION, steps=2 * COMPRESSION, frame_interval=COMPRESSION, log_interval=1000,
        stop_cluster=None, time_step=0.005,
    )  # fmt: skip
    simulate(squeezed, work / "compression", engine=engine, initial=grown)
    compressed = last(work / "compression" / "trajectory.gsd")
    averaging = replace(
        squeezed, start_density=None, compression=0, steps=CONFIGURATIONS * INTERVAL,
        frame_interval=CONFIGURATIONS * INTERVAL // 10, average_interval=INTERVAL, time_step=0.01,
    )  # fmt: skip
    simulate(averaging, work / "average", engine=engine, initial=compressed)
    write_frames(home / "average.gsd", [last(work / "average" / "average.gsd")])
    if kept:
        write_frames(home / "compressed.gsd", [compressed])
    return ["compressed.gsd", "average.gsd"][not kept :]


def record(
    name, after=None, engine="auto", finish=False, growth=False, compressed=False, frames=FRAMES, since=0
):
    """Run the stages of one crystallisation, each going on from where it was, and write what is kept.

    With `finish`, growth is taken as it stands; with `growth`, nothing comes after it. Of its first frame and
    those from the step `since` on at most `frames` are kept.
    """
    home, work = HERE / name, Path("_build/confinement") / name
    recipe = read_recipe(home / "recipe.yml")
    if not finish:
        start = last(HERE / after / "trajectory.gsd") if after else None
        simulate(recipe, work / "growth", engine=engine, initial=start)
    others = [] if growth else arrest(recipe, home, work, engine, compressed)
    with gsd.hoomd.open(work / "growth" / "trajectory.gsd") as file:
        late = [0, *(n for n, frame in enumerate(file) if n and frame.configuration.step >= since)]
        kept = [file[late[index]] for index in thin(len(late), frames)]
    write_frames(home / "trajectory.gsd", kept)
    header, *lines = (work / "growth" / "log.csv").read_text().splitlines(keepends=True)
    steps = {frame.configuration.step for frame in kept}
    wanted = set(thin(len(lines), LINES).tolist())
    lines = [line for n, line in enumerate(lines) if n in wanted or int(line.split(",")[0]) in steps]
    (home / "log.csv").write_text("".join([header, *lines]))
    module = find_engine(engine)
    library = module.load()
    describe(
        home / "provenance.json",
        ["recipe.yml", "log.csv", "trajectory.gsd", *others],
        command=" ".join(
            ["python data/confinement/record.py", name]
            + [f"--after {after}"] * (after is not None)
            + ["--growth"] * growth
            + ["--finish"] * finish
            + [f"--frames {frames}"] * (frames != FRAMES)
            + [f"--since {since}"] * (since > 0)
            + ["--compressed"] * compressed
        ),
        packages=["gsd", "numpy"],
        programs={module.NAME: str(getattr(library, "__version__", None) or library.version.version)},
        engine=module.NAME,
        seed=recipe.seed,
    )


def main():
    """Record what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    recorded = sorted(path.parent.name for path in HERE.glob("*/recipe.yml"))
    parser.add_argument("name", choices=recorded)
    parser.add_argument("--after", choices=recorded, help="the run from whose last frame this one goes on")
    parser.add_argument("--engine", choices=ENGINES, default="auto")
    parser.add_argument("--finish", action="store_true", help="take the growth as far as it has come")
    parser.add_argument("--growth", action="store_true", help="no compression and no average after it")
    parser.add_argument("--compressed", action="store_true", help="keep the compressed configuration")
    parser.add_argument("--frames", type=int, default=FRAMES, help="how many of the growth are kept at most")
    parser.add_argument("--since", type=int, default=0, help="step from which on frames are kept")
    record(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()

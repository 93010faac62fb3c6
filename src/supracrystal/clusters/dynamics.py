r"""Molecular dynamics of clusters by tight binding, and how far a structure changes.

:func:`run` integrates Langevin's equation (Vanden-Eijnden and Ciccotti 2006, `vandeneijnden2006`, in ASE),

.. math::
    m \ddot x = -\nabla V - \gamma m \dot x + \sqrt{2 \gamma m k_\mathrm B T} \; \xi(t) ,

which without friction is the velocity Verlet scheme at constant energy. The file has positions and momenta
with all digits, and the random numbers between two frames have a seed of their own, made of that of the run
and the number of the interval. So a run goes on from its last frame as if it had not been interrupted: to the
last digit, if forces depend on positions alone. Those of tight binding depend on the electrons of the step
before as well, within the threshold of their cycle, and small differences grow, as in all molecular dynamics.

Hydrogen may be given more mass, so that the steps can be longer. Means of what depends on positions alone do
not depend on masses; how fast hydrogen moves does.

:func:`stability` compares frames with a reference: root-mean-square displacement after the best superposition
(Kabsch 1976, `kabsch1976`), size of the core, and bonds of metal and sulphur. Left out: cells, constraints,
the quantum motion of hydrogen, and rare events. A picosecond shows what falls apart at once, and nothing of
how long the rest lasts.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from ase import units
from ase.io.trajectory import Trajectory
from ase.md.langevin import Langevin
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.clusters.relax import tight_binding
from supracrystal.records import recorded_path

BOND = 2.9
"""Longest bond of metal and sulphur, in A."""
BROKEN = 3.3
"""Length beyond which such a bond is broken, in A. In relaxed clusters M25(SR)18 no distance is between 2.6
and 3.7 A."""


def run(
    atoms,
    path,
    *,
    steps,
    step=2.0,
    temperature=300.0,
    friction=5.0,
    hydrogen=4.0,
    every=10,
    seed=1,
    calculator=None,
    progress=True,
):
    """Move a cluster at a temperature, or without friction at constant energy, and keep its trajectory.

    Parameters
    ----------
    atoms : ase.Atoms
        With ``info["charge"]``, or neutral. It is not changed.
    path : str or Path
        Trajectory of ASE, with the momenta. If it is there, the run goes on from its last frame.
    steps : int
        In all calls together; the frames are `every` steps apart.
    step : float
        In femtoseconds.
    temperature : float
        Of the bath and of the momenta at the beginning, in kelvin. Without friction, a cluster that begins in
        its minimum comes to about half of it.
    friction : float
        Of Langevin's equation, in 1/ps.
    hydrogen : float or None
        Mass of hydrogen in dalton; None for its own.
    every : int
    seed : int
    calculator : ase.calculators.calculator.Calculator, optional
        Default: :func:`~supracrystal.clusters.relax.tight_binding`.
    progress : bool

    Returns
    -------
    list of ase.Atoms
        The frames with energies, forces and momenta, the start among them.

    Raises
    ------
    ValueError
        If the last step would not be kept, and if the file is of other atoms or of another run.

    Notes
    -----
    Source: Vanden-Eijnden and Ciccotti (2006) (`vandeneijnden2006`): the integrator.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from ase.build import molecule
    >>> with TemporaryDirectory() as folder:
    ...     frames = run(molecule("H2O"), f"{folder}/water.traj", steps=4, every=2, progress=False)
    >>> len(frames), frames[1].get_momenta().shape
    (3, (3, 3))
    """
    if steps < 0 or every < 1 or steps % every:
        raise InputError(f"{steps} steps are given and {every} between frames; the last must be kept")
    moving = atoms.copy()
    moving.calc = tight_binding(moving) if calculator is None else calculator
    if hydrogen is not None:
        moving.set_masses(np.where(moving.numbers == 1, hydrogen, moving.get_masses()))
    settings = {"step": step, "temperature": temperature, "friction": friction, "every": every, "seed": seed}
    done = _resume(moving, path, settings)
    with (
        Trajectory(path, "a", moving) as file,
        tqdm(
            desc=moving.get_chemical_formula(),
            total=steps,
            initial=max(done - 1, 0) * every,
            unit=" steps",
            disable=not progress,
        ) as bar,
    ):
        if not done:
            file.set_description(settings)
            spread = np.sqrt(moving.get_masses() * units.kB * temperature)[:, None]
            moving.set_momenta(spread * np.random.default_rng(seed).standard_normal((len(moving), 3)))
            moving.get_forces()
            file.write()
        for interval in range(max(done, 1), steps // every + 1):
            Langevin(
                moving,
                step * units.fs,
                temperature_K=temperature,
                friction=friction / (1000 * units.fs),
                fixcm=False,
                rng=np.random.default_rng([seed, interval]),
            ).run(every)
            file.write()
            bar.update(every)
    with Trajectory(path) as file:
        return [file[k] for k in range(steps // every + 1)]


def _resume(moving, path, settings):
    """Put atoms where a file leaves them, and return the number of its frames."""
    if not Path(path).exists():
        return 0
    with Trajectory(path) as file:
        done = len(file)
        if not done:
            return 0
        last, kept = file[-1], file.description
    same = np.array_equal(last.numbers, moving.numbers) and np.allclose(
        last.get_masses(), moving.get_masses()
    )
    if not same or kept != settings:
        raise InputError(
            f"{path} holds {last.get_chemical_formula()} with {kept}, and {moving.get_chemical_formula()} is "
            f"to be run with {settings}; give another path"
        )
    moving.positions = last.positions
    moving.set_momenta(last.get_momenta())
    return done


def superpose(positions, reference):
    """Move points so that they lie as near to others as they can.

    Parameters
    ----------
    positions, reference : (N, 3) array_like
        The same points in the same order.

    Returns
    -------
    (N, 3) array
        The points after the translation and the rotation of least squares.

    Notes
    -----
    Source: Kabsch (1976) (`kabsch1976`).

    Examples
    --------
    >>> triangle = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0]])
    >>> turned = triangle @ [[0, 1, 0], [-1, 0, 0], [0, 0, 1]] + 5
    >>> bool(np.allclose(superpose(turned, triangle), triangle))
    True
    """
    positions, reference = np.asarray(positions, dtype=float), np.asarray(reference, dtype=float)
    middle, target = positions.mean(axis=0), reference.mean(axis=0)
    rotation, _ = Rotation.align_vectors(reference - target, positions - middle)
    return rotation.apply(positions - middle) + target


def stability(frames, reference):
    """Compare the frames of a trajectory with a relaxed structure.

    Parameters
    ----------
    frames : sequence of ase.Atoms
        With energies and momenta.
    reference : ase.Atoms
        The same atoms, with the arrays ``shell`` and ``ligand``.

    Returns
    -------
    DataFrame[potential, kinetic, temperature, displacement, metal, core, staple, broken, formed]
        Energies in eV and temperature in K. `displacement` is the root mean square over all atoms but
        hydrogen, and `metal` over those of metal, superposed alone. `core` and `staple` are mean distances
        from the atom at the centre, all in A. `broken` are the bonds of metal and sulphur of the reference
        that are longer than ``BROKEN``, and `formed` the pairs beyond ``BROKEN`` there that are within
        ``BOND``.

    Examples
    --------
    >>> from ase.calculators.singlepoint import SinglePointCalculator
    >>> from supracrystal.clusters import m25s18
    >>> frame = m25s18()
    >>> frame.calc = SinglePointCalculator(frame, energy=0.0)
    >>> stability([frame], frame)[["displacement", "broken", "formed"]].round(6).to_numpy().tolist()
    [[0.0, 0.0, 0.0]]
    """
    shell, metal = reference.arrays["shell"], reference.arrays["ligand"] < 0
    heavy, sulphur = reference.numbers > 1, reference.numbers == 16
    before = cdist(reference.positions[metal], reference.positions[sulphur])
    (centre,) = np.flatnonzero(shell == "centre")
    rows = []
    for frame in frames:
        after = cdist(frame.positions[metal], frame.positions[sulphur])
        out = np.linalg.norm(frame.positions - frame.positions[centre], axis=1)
        rows.append(
            {
                "potential": frame.get_potential_energy(),
                "kinetic": frame.get_kinetic_energy(),
                "temperature": frame.get_temperature(),
                "displacement": _rms(frame.positions[heavy], reference.positions[heavy]),
                "metal": _rms(frame.positions[metal], reference.positions[metal]),
                "core": out[shell == "core"].mean(),
                "staple": out[shell == "staple"].mean(),
                "broken": int(((before < BOND) & (after > BROKEN)).sum()),
                "formed": int(((before > BROKEN) & (after < BOND)).sum()),
            }
        )
    return pd.DataFrame(rows)


def recorded_stability(name):
    """Return the table of a recorded trajectory, see :func:`stability`.

    Parameters
    ----------
    name : str
        Such as ``"ag25-sh"``.

    Returns
    -------
    pandas.DataFrame
        With the time in femtoseconds.

    Raises
    ------
    FileNotFoundError
        If it is not recorded.

    Examples
    --------
    >>> int(recorded_stability("ag25-sh")["time"][1])
    20
    """
    return pd.read_csv(recorded_path(f"structures/dynamics/{name}.csv"))


def _rms(positions, reference):
    """Return the root-mean-square displacement after superposition."""
    return float(np.sqrt(((superpose(positions, reference) - reference) ** 2).sum(axis=1).mean()))

"""Sweeps of confinement runs: the recipes that a sweep consists of, one table of what came out, one figure.

For the Snakemake workflow in ``workflow/``, which runs them on a laptop, on a cluster or in a cloud. A sweep
is a mapping, as in ``workflow/config.yml``: ``recipe`` has the fields of
:class:`~supracrystal.simulation.recipe.ConfinementRecipe` that all runs share, ``sweep`` has lists of values,
and every combination of them is a run. Left out: the running itself, which
:func:`~supracrystal.simulation.run.simulate` does.
"""

from dataclasses import asdict, fields
from itertools import product

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from supracrystal import InputError
from supracrystal.simulation.recipe import ConfinementRecipe
from supracrystal.view import style

FIELDS = tuple(item.name for item in fields(ConfinementRecipe))
NAMED = {"number": "N", "fraction_large": "x", "density": "rho", "seed": "seed"}
"""Fields that are in the name of every run, so that a sweep may grow and its runs keep their names."""
OPTIONS = {"engine": "auto", "launcher": "", "checkpoints": "checkpoints"}
"""What else a configuration may say, and what holds if it does not."""


def recipes(config):
    """Return the recipes of a sweep by the names of the runs.

    Parameters
    ----------
    config : mapping
        ``recipe``: field and value; ``sweep``: field and list of values, or a list of such tables, for
        fields that go together; and the keys of :data:`OPTIONS`.

    Returns
    -------
    dict of str: ConfinementRecipe

    Raises
    ------
    InputError
        For what is no sweep, or a combination that is no recipe; the message says which.

    Examples
    --------
    >>> shared = {"number": 3501, "steps": 1_000_000}
    >>> list(recipes({"recipe": shared, "sweep": {"density": [0.802, 0.831], "fraction_large": [0.38]}}))
    ['N3501_x0.38_rho0.802_seed1', 'N3501_x0.38_rho0.831_seed1']
    """
    if missing := {"recipe", "sweep"} - set(config):
        raise InputError(f"config: {_list(missing)} missing; see workflow/config.yml for an example")
    if unknown := set(config) - {"recipe", "sweep", *OPTIONS}:
        raise InputError(
            f"config: unknown {_list(unknown)}; allowed are {_list({'recipe', 'sweep', *OPTIONS})}"
        )
    shared, swept = config["recipe"], config["sweep"]
    if isinstance(swept, list) and swept:
        tables = [recipes({**config, "sweep": table}) for table in swept]
        found = {run: recipe for table in tables for run, recipe in table.items()}
        if len(found) < sum(map(len, tables)):
            raise InputError("config: a run is in two tables of the sweep; each is needed once")
        return found
    for name, part in (("recipe", shared), ("sweep", swept)):
        if not isinstance(part, dict):
            raise InputError(f"config: {name} is {part!r}; fields of a recipe with their values are needed")
        if unknown := set(part) - set(FIELDS):
            raise InputError(f"config: {name} has unknown {_list(unknown)}; allowed are {_list(FIELDS)}")
    if twice := set(shared) & set(swept):
        raise InputError(f"config: {_list(twice)} in both recipe and sweep; one of them is needed")
    if missing := {"number", "density", "steps"} - set(shared) - set(swept):
        raise InputError(f"config: {_list(missing)} in neither recipe nor sweep")
    for name, values in swept.items():
        if not isinstance(values, list) or not values:
            raise InputError(f"config: sweep of {name} is {values!r}; a list of one or more values is needed")
    found = {}
    for values in product(*swept.values()):
        chosen = dict(zip(swept, values, strict=True))
        try:
            recipe = ConfinementRecipe(**shared, **chosen)
        except ValueError as error:
            where = ", ".join(f"{name} {value}" for name, value in chosen.items())
            raise InputError(f"config, for {where}: {error}") from None
        parts = NAMED | {name: f"{name}-" for name in swept if name not in NAMED}
        run = "_".join(f"{short}{_brief(getattr(recipe, name))}" for name, short in parts.items())
        if run in found:
            raise InputError(f"config: two runs are {run}; the values of a list must differ in six digits")
        found[run] = recipe
    return found


def outcome(recipe, track):
    """Return what a run was and how it ended, one row of the table of a sweep.

    Parameters
    ----------
    recipe : ConfinementRecipe
    track : pandas.DataFrame
        From :func:`~supracrystal.colloids.nucleation.track`.

    Returns
    -------
    pandas.Series
        All fields of the recipe; ``last_step``, ``last_time``; of the last frame ``crystalline_fraction``,
        the share of all particles that are in the largest crystalline cluster, ``largest_cluster`` and its
        ``composition``, ``core_density``, ``core_composition``, ``longest_tube``, ``tubes_meeting``; and
        ``onset_time``, when the cluster passed the size of a nucleus for good, with its ``growth_rate`` from
        there in particles per time, both NaN without nucleation.

    Examples
    --------
    >>> track = pd.DataFrame({"step": [0, 900], "time": [0.0, 9.0], "largest_cluster": [5, 120]})
    >>> rest = ["composition", "core_density", "core_composition", "longest_tube", "tubes_meeting"]
    >>> recipe = ConfinementRecipe(number=300, density=0.8, steps=900)
    >>> row = outcome(recipe, track.assign(**dict.fromkeys(rest, 1)))
    >>> float(row.crystalline_fraction), row.onset_time
    (0.4, 9.0)
    """
    # Here, because the recipes of a sweep are read in every job, and freud takes its time.
    from supracrystal.colloids import onset

    last, nucleated = track.iloc[-1], onset(track)
    names = ["largest_cluster", "composition", "core_density", "core_composition"]
    names += ["longest_tube", "tubes_meeting"]
    return pd.Series(
        {
            **asdict(recipe),
            "last_step": last["step"],
            "last_time": last["time"],
            "crystalline_fraction": last["largest_cluster"] / recipe.number,
            **last[names],
            "onset_time": nucleated.time if nucleated else np.nan,
            "growth_rate": nucleated.rate if nucleated else np.nan,
        }
    )


def figure(table):
    """Draw the crystallised fraction against the density.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows as from :func:`outcome`.

    Returns
    -------
    matplotlib.figure.Figure
        A point for each run, and a line through the means of the seeds in one colour for each combination of
        what else was swept.

    Examples
    --------
    >>> runs = {name: [1, 1] for name in FIELDS} | {"density": [0.80, 0.83], "crystalline_fraction": [0, 0.4]}
    >>> figure(pd.DataFrame(runs)).axes[0].get_xlabel()
    'reduced density'
    """
    others = [name for name in FIELDS if name in table and name not in ("density", "seed")]
    varied = [name for name in others if table[name].nunique(dropna=False) > 1]
    with matplotlib.rc_context():
        style.use()
        drawn = Figure()
        axes = drawn.subplots()
        groups = table.groupby(varied, dropna=False) if varied else [((), table)]
        for index, (values, group) in enumerate(groups):
            color = style.CYCLE[index % len(style.CYCLE)]
            pairs = zip(varied, values, strict=True)
            label = ", ".join(f"{name.replace('_', ' ')} {_brief(value, 4)}" for name, value in pairs)
            mean = group.groupby("density")["crystalline_fraction"].mean()
            axes.plot(mean.index, mean, color=color, label=label or None)
            runs = group["density"], group["crystalline_fraction"]
            axes.plot(*runs, "o", color=color, alpha=0.6, clip_on=False)
        axes.set(xlabel="reduced density", ylabel="share of particles in the largest crystal", ylim=(0, 1))
        if varied:
            axes.legend()
    return drawn


def _brief(value, digits=6):
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def _list(names):
    return ", ".join(sorted(map(str, names)))

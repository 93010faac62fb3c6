r"""The recipe of an assembly run: particles, solvent and temperature, from which all energies follow.

Lengths are in nm, energies in kT at the temperature of the solvent, the mass of a particle is 1, and so is
the unit of time :math:`\tau = 1\,\mathrm{nm} \sqrt{m / kT}`. The solvent is a Langevin bath; its drag is
chosen, not derived, so times are not those of a vial. A recipe is frozen and checked when it is made, and is
kept as YAML.
"""

import math
from dataclasses import dataclass, fields
from functools import cached_property
from numbers import Integral, Real
from typing import get_args

import numpy as np

from supracrystal.mesostructures import BEAD_SPACING, COVERAGE, conditions, sphere_energy, well
from supracrystal.simulation import platelets as blocks
from supracrystal.simulation import recipe_files as _recipefiles

CHOICES = {
    "shape": ("sphere", "plate"),
    "solvent": ("toluene", "dichloromethane"),
    "rule": ("hildebrand", "hansen"),
}
KINDS = ((str, str, "a word"), (Integral, int, "a whole number"), (Real, float, "a number"))
PROLONGED = ("steps",)
"""Fields that may change when a run goes on."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    r"""Everything that defines an assembly run.

    Parameters
    ----------
    shape : {"sphere", "plate"}
    number : int
        Of particles.
    steps : int
    solvent : {"toluene", "dichloromethane"}
    temperature_C : float
    rule : {"hildebrand", "hansen"}
        How the solvent's quality is derived, see :func:`.solubility.flory_parameter`.
    cosolvent : float
        Volume fraction of the other solvent.
    coverage : float
        Ligands per nm² of metal.
    core : float
        Mean diameter of the metal of spheres, thickness of that of plates, in nm.
    polydispersity : float
        Standard deviation of the diameters over their mean, in five sizes; 0 for plates.
    beads : int
        Along an edge of a plate; the metal is ``(beads - 1) * 2 + core`` nm wide.
    attraction : float
        Times the derived energy of the beads; 1 is what the solvent gives.
    packing : float
        Volume fraction of the particles, with half the contact gap around their metal, in the periodic cube.
    final_packing : float, optional
        Reached by an even change of the edge over `compression` steps, after `hold` steps.
    hold, compression : int
    time_step, damping : float
        In :math:`\tau`; the second is the time in which the bath stops a particle.
    seed : int
    frame_interval : int
        Steps between frames, and between lines of the log.

    Raises
    ------
    ValueError, TypeError
        Naming the field, what was given and what is allowed.

    Notes
    -----
    Source: sizes of Bose et al. (2025, `bose2025`): spheres of 3.5 ± 0.5 nm, plates of about 50 nm.

    Examples
    --------
    >>> recipe = Recipe(shape="plate", number=27, steps=1000, solvent="toluene", temperature_C=45)
    >>> round(recipe.side, 1), round(recipe.box, 1)
    (15.5, 68.7)
    """

    shape: str
    number: int
    steps: int
    solvent: str
    temperature_C: float  # noqa: N815
    rule: str = "hildebrand"
    cosolvent: float = 0.0
    coverage: float = COVERAGE
    core: float = 3.5
    polydispersity: float = 0.0
    beads: int = 7
    attraction: float = 1.0
    packing: float = 0.1
    final_packing: float | None = None
    hold: int = 0
    compression: int = 0
    time_step: float = 0.005
    damping: float = 10.0
    seed: int = 1
    frame_interval: int = 2000

    def __post_init__(self):
        for item in fields(self):
            value, kinds = getattr(self, item.name), get_args(item.type) or (item.type,)
            if value is None and type(None) in kinds:
                continue
            abstract, kind, wanted = next(row for row in KINDS if row[1] in kinds)
            if isinstance(value, bool) or not isinstance(value, abstract):
                raise TypeError(f"recipe: {item.name} is {value!r}; {wanted} is needed")
            object.__setattr__(self, item.name, kind(value))
            if item.name in CHOICES and value not in CHOICES[item.name]:
                raise ValueError(
                    f"recipe: {item.name} is {value!r}; allowed are {', '.join(CHOICES[item.name])}"
                )
        for name, least in (("number", 2), ("steps", 1), ("beads", 2), ("frame_interval", 1), ("hold", 0),
                            ("compression", 0), ("seed", 1)):  # fmt: skip
            self._need(getattr(self, name) >= least, name, f"{least} or more")
        for name in ("coverage", "core", "time_step", "damping"):
            self._need(0 < getattr(self, name) < math.inf, name, "positive")
        self._need(0 <= self.cosolvent <= 1, "cosolvent", "0 to 1")
        self._need(self.attraction >= 0, "attraction", "0 or more")
        self._need(0 <= self.polydispersity < 0.3, "polydispersity", "0 to 0.3")
        self._need(not self.polydispersity or self.shape == "sphere", "polydispersity", "0 for plates")
        self._need(0 < self.packing < 0.8, "packing", "more than 0, less than 0.8")
        moving = self.final_packing is not None
        self._need(not moving or 0 < self.final_packing < 0.8, "final_packing", "more than 0, less than 0.8")
        self._need(
            moving == (self.compression > 0),
            "compression",
            "1 or more with final_packing" if moving else "0 without final_packing",
        )
        self._need(moving or not self.hold, "hold", "0 without final_packing")
        reach = 2 * max(
            self.sizes.max() + blocks.REACH + 1, math.sqrt(2) * self.side * (self.shape == "plate")
        )
        edge = min(self.box_at(0), self.box_at(self.hold + self.compression))
        self._need(
            edge > reach, "number", f"more: the box of {edge:.4g} nm must be wider than {reach:.4g} nm"
        )

    def _need(self, holds, name, allowed):
        if not holds:
            raise ValueError(f"recipe: {name} is {getattr(self, name)!r}; allowed: {allowed}")

    @cached_property
    def conditions(self):
        """Hamaker constant, Flory parameter and volumes at the recipe's solvent and temperature."""
        other = next(name for name in CHOICES["solvent"] if name != self.solvent)
        mixed = {self.solvent: 1 - self.cosolvent, other: self.cosolvent} if self.cosolvent else self.solvent
        return conditions(mixed, self.temperature_C, rule=self.rule)

    @cached_property
    def sizes(self):
        """Diameters in nm of the metal of the sizes of spheres, or of a bead."""
        return blocks.core_sizes(self.core, self.polydispersity, 5 if self.polydispersity else 1)

    @property
    def side(self):
        """Edge in nm of the metal of a plate."""
        return (self.beads - 1) * BEAD_SPACING + self.core

    @cached_property
    def shell(self):
        """Distance in nm between the metals of spheres that are in contact, as hard spheres would be."""
        return well(sphere_energy(self.conditions, coverage=self.coverage, core=self.core), self.core)[
            "diameter"
        ] - self.core  # fmt: skip

    @property
    def volume(self):
        """Volume in nm³ of all particles with half the contact gap around their metal."""
        if self.shape == "plate":
            return self.number * (self.side + self.shell) ** 2 * (self.core + self.shell)
        return self.number * np.pi / 6 * ((self.sizes + self.shell) ** 3).mean()

    @property
    def box(self):
        """First edge of the periodic cube in nm."""
        return self.box_at(0)

    def box_at(self, step):
        """Edge of the periodic cube in nm at a step."""
        first = float((self.volume / self.packing) ** (1 / 3))
        if self.final_packing is None:
            return first
        done = min(max((step - self.hold) / self.compression, 0.0), 1.0)
        return first + done * (float((self.volume / self.final_packing) ** (1 / 3)) - first)

    @cached_property
    def factor(self):
        """What the energies of the spheres are multiplied with for the beads."""
        if self.shape == "sphere":
            return self.attraction
        given = {"coverage": self.coverage, "core": self.core, "beads": self.beads}
        return self.attraction * blocks.bead_factor(self.conditions, **given)

    def table(self, one, two):
        """Energy and force between two sizes, see :func:`.building_blocks.bead_table`."""
        core, other = self.sizes[one], self.sizes[two]
        energy = sphere_energy(self.conditions, coverage=self.coverage, core=core, other=other)
        stiffness = blocks.STIFFNESS[self.shape]
        return blocks.bead_table(energy, (core + other) / 2, factor=self.factor, stiffness=stiffness)


def read_recipe(path):
    """Read a recipe from a YAML file.

    Parameters
    ----------
    path : path_like

    Returns
    -------
    Recipe

    Raises
    ------
    ValueError, TypeError
        For what is not a recipe; the message starts with the path.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> recipe = Recipe(shape="sphere", number=500, steps=9, solvent="dichloromethane", temperature_C=25)
    >>> with TemporaryDirectory() as folder:
    ...     write_recipe(recipe, Path(folder) / "recipe.yml")
    ...     read_recipe(Path(folder) / "recipe.yml") == recipe
    True
    """
    known = [item.name for item in fields(Recipe)]
    return _recipefiles.read(path, Recipe, known, known[:5])


def write_recipe(recipe, path):
    """Write a recipe as YAML, all fields; a file that is there is replaced as a whole.

    Parameters
    ----------
    recipe : Recipe
    path : path_like

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> recipe = Recipe(shape="sphere", number=500, steps=9, solvent="dichloromethane", temperature_C=25)
    >>> with TemporaryDirectory() as folder:
    ...     write_recipe(recipe, Path(folder) / "recipe.yml")
    ...     print((Path(folder) / "recipe.yml").read_text().splitlines()[0])
    shape: sphere
    """
    _recipefiles.write(recipe, path)


def differences(recipe, other):
    """Return the fields in which two recipes differ, apart from those that may be prolonged.

    Parameters
    ----------
    recipe, other : Recipe

    Returns
    -------
    dict
        Name: (value in the first, value in the second).

    Examples
    --------
    >>> from dataclasses import replace
    >>> one = Recipe(shape="sphere", number=500, steps=9, solvent="dichloromethane", temperature_C=25)
    >>> differences(one, replace(one, seed=7, steps=10))
    {'seed': (1, 7)}
    """
    return _recipefiles.differences(recipe, other, PROLONGED)

r"""Recipes: everything that defines a run, of spheres in a droplet or of coated particles in a solvent.

:class:`ConfinementRecipe` is for the binary mixture of Wang et al. (2021, `wang2021`): large and small WCA
spheres in a repulsive sphere. Units are the paper's: lengths in diameters of the large spheres, energies in
epsilon, masses in that of a particle (both species weigh the same), times in
:math:`\tau = \sigma_\mathrm L\sqrt{m/\epsilon}`. :class:`AssemblyRecipe` is for spheres and plates with
ligands, after Bose et al. (2025, `bose2025`): lengths in nm, energies in kT at the temperature of the
solvent, the mass of a particle is 1, and times are in :math:`\tau = 1\,\mathrm{nm} \sqrt{m / kT}`. The
solvent is a Langevin bath; its drag is chosen, not derived, so times are not those of a vial.

A recipe is frozen, checked when it is made, and kept as YAML beside the results.
"""

import math
from dataclasses import asdict, fields
from functools import cached_property
from numbers import Integral, Real
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from supracrystal import InputError
from supracrystal.colloids import confinement_radius
from supracrystal.mesostructures import BEAD_SPACING, COVERAGE, conditions, sphere_energy, well
from supracrystal.records import write_whole
from supracrystal.simulation import platelets

WALL_OFFSET = 0.5
"""How much farther out the wall stands if the surfaces of the large spheres are to fill the sphere."""
CLEARANCE = 4.0
"""Width of the box of a sphere beyond its diameter: periodic images must not see one another."""
NARROWEST = 4.0
"""Least edge of a periodic box, in which no particle meets two images of another."""
LARGEST = 10**12
PROLONGED = ("steps", "stop_cluster")
"""Fields that may change when a run goes on: they say when it ends, not what it is."""


def _whole(value):
    """Return a whole number of any type as int."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise InputError("a whole number, such as 1_000_000, is needed")
    if abs(value) > LARGEST:
        raise InputError(f"a whole number up to {LARGEST:_} is needed")
    return int(value)


def _number(value):
    """Return a number of any type as float."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError("a number, such as 0.2 or 1.0e-3, is needed")
    if abs(value) > 1e100 and value not in (math.inf, -math.inf):
        raise InputError("a number up to 1.0e+100 is needed")
    return float(value)


def _at_least(least):
    """Return the bound of a whole number."""
    return Field(ge=least, description=f"{least} or more")


Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, BeforeValidator(_number)]
Count = Annotated[Whole, _at_least(0)]
Positive = Annotated[Number, Field(gt=0, allow_inf_nan=False, description="positive")]
Share = Annotated[Number, Field(ge=0, le=1, description="0 to 1")]
PACKING = Field(gt=0, lt=0.8, description="more than 0, less than 0.8")


def _one_line(kind, error):
    """Say the first thing that is wrong with a recipe: the field, what was given and what is allowed."""
    first = error.errors()[0]
    name, given, what = ".".join(map(str, first["loc"])), first["input"], first["type"]
    if what == "value_error":
        said = str(first["ctx"]["error"])
        return f"{name} is {given!r}; {said}" if name else said
    owner = Exchange if len(first["loc"]) > 1 else kind
    if what == "unexpected_keyword_argument":
        return f"unknown {name}; allowed are {', '.join(item.name for item in fields(owner))}"
    if what == "missing":
        return f"{name} is missing"
    if what == "dataclass_type":
        return f"{name} is {given!r}; every and tries are needed"
    field = owner.__pydantic_fields__[first["loc"][-1]]
    if what == "literal_error" and isinstance(given, str):
        return f"{name} is {given!r}; allowed are {', '.join(get_args(field.annotation))}"
    return f"{name} is {given!r}; " + (
        f"allowed: {field.description}" if field.description else "a word is needed"
    )


def _recipe(kind):
    """Make a frozen pydantic dataclass whose errors are one line that begins with ``recipe:``."""
    kind = dataclass(frozen=True, kw_only=True, config={"extra": "forbid"})(kind)
    checked = kind.__init__

    def refuse(self, **given):
        try:
            checked(self, **given)
        except ValidationError as error:
            raise InputError(f"recipe: {_one_line(kind, error)}") from None

    kind.__init__ = refuse
    return kind


class _Common:
    """What both kinds of recipes have: a check, and a wall or box that rests, moves evenly and rests."""

    def _need(self, holds, name, allowed):
        if not holds:
            raise InputError(f"{name} is {getattr(self, name)!r}; allowed: {allowed}")

    def _need_compression(self, first):
        self._need(self.moving or not self.hold, "hold", f"0 without {first}")
        self._need(
            self.moving == (self.compression > 0),
            "compression",
            f"1 or more with {first}" if self.moving else f"0 without {first}",
        )

    @property
    def settled(self):
        """The step from which on the wall or the box does not change."""
        return self.hold + self.compression if self.moving else 0

    def is_moving(self, step):
        """Return whether the wall or the box changes after a step."""
        return self.moving and self.hold <= step < self.settled

    def _done(self, step):
        """Part of the compression that is over at a step."""
        return min(max((step - self.hold) / self.compression, 0.0), 1.0)


@dataclass(frozen=True, kw_only=True, config={"extra": "forbid"})
class Exchange:
    """Hybrid Monte Carlo: every so many steps, so many tries to exchange a large with a small sphere.

    Parameters
    ----------
    every : int
        Steps of molecular dynamics between the exchanges.
    tries : int

    Examples
    --------
    >>> Exchange(every=100, tries=200).tries
    200
    """

    every: Annotated[Whole, _at_least(1)]
    tries: Annotated[Whole, _at_least(1)]


@_recipe
class ConfinementRecipe(_Common):
    r"""Everything that defines a run of the binary WCA mixture.

    Parameters
    ----------
    number : int
        All particles.
    density : float
        The paper's :math:`\rho\sigma_\mathrm{av}^3`: the sum of the cubed diameters over the volume of the
        sphere or of the periodic box.
    steps : int
        Length of the run.
    fraction_large : float
        Number fraction of large spheres, of all particles.
    size_ratio : float
        Small diameter over large.
    temperature : float
        :math:`k_\mathrm B T/\epsilon`.
    confinement : {"sphere", "periodic"}
    density_radius : {"wall", "surface"}
        What the radius in the density is: that of the wall, from which the centres of the particles are
        kept away (``"wall"``, what the paper's formula says), or that of the sphere which the particles
        fill with their surfaces, so that the wall stands half a diameter farther out (``"surface"``).
    start : {"random", "icosahedral", "C14", "C15", "C36"}
        A fluid; a fluid about an ideal nucleus, icosahedral or of a Laves phase; without a nucleus, a Laves
        phase that fills a periodic box.
    nucleus : int
        Particles of the nucleus.
    start_density : float, optional
        Density of the beginning, if another: the sphere keeps its first radius for `hold` steps, then
        changes it evenly over `compression` steps.
    hold, compression : int
    time_step : float
    coupling : float
        Coupling time of the Nosé–Hoover thermostat.
    seed : int
        Of the first configuration and its velocities.
    frame_interval : int
        Steps between frames of the trajectory; the largest crystalline cluster is counted as often.
    log_interval : int
        Steps between lines of the log.
    average_interval : int
        Steps between the configurations that are averaged, after the compression; 0 for no average.
    stop_cluster : int, optional
        Stop when the largest crystalline cluster has more particles than this.
    exchange : Exchange, optional
        Hybrid Monte Carlo between stretches of dynamics; see :mod:`supracrystal.simulation.exchange`.

    Raises
    ------
    ValueError
        Naming the field, what was given and what is allowed.

    Notes
    -----
    Source: Wang et al. (2021), Methods, "Computer simulations" (`wang2021`).

    Examples
    --------
    >>> recipe = ConfinementRecipe(number=3501, density=0.802, steps=1_000_000)
    >>> recipe.number_large, round(recipe.radius, 2)
    (1167, 8.78)
    """

    number: Annotated[Whole, _at_least(2)]
    density: Positive
    steps: Annotated[Whole, _at_least(1)]
    fraction_large: Share = 1 / 3
    size_ratio: Annotated[Number, Field(gt=0, le=1, description="more than 0, up to 1")] = 0.78
    temperature: Positive = 0.2
    confinement: Literal["sphere", "periodic"] = "sphere"
    density_radius: Literal["wall", "surface"] = "wall"
    start: Literal["random", "icosahedral", "C14", "C15", "C36"] = "random"
    nucleus: Count = 0
    start_density: Annotated[Number | None, Field(gt=0, allow_inf_nan=False, description="positive")] = None
    hold: Count = 0
    compression: Count = 0
    time_step: Positive = 0.01
    coupling: Positive = 1.0
    seed: Count = 1
    frame_interval: Annotated[Whole, _at_least(1)] = 100_000
    log_interval: Annotated[Whole, _at_least(1)] = 1_000
    average_interval: Count = 0
    stop_cluster: Annotated[Whole | None, _at_least(1)] = None
    exchange: Exchange | None = None

    @model_validator(mode="after")
    def _check(self):
        """Check what depends on several fields."""
        # All that is measured of the core is measured with large spheres as the unit.
        self._need(self.number_large >= 1, "fraction_large", "so many that a particle or more are large")
        self._need(
            self.frame_interval % self.log_interval == 0,
            "frame_interval",
            f"a multiple of log_interval = {self.log_interval}",
        )
        confined = self.confinement == "sphere"
        self._need(
            not self.moving or confined,
            "start_density",
            "left out in a periodic box, whose density is constant",
        )
        self._need_compression("start_density")
        least = 1 if self.start == "icosahedral" or (confined and self.start != "random") else 0
        most = 0 if self.start == "random" else self.number
        where = "sphere" if confined else "periodic box"
        self._need(
            least <= self.nucleus <= most,
            "nucleus",
            f"{f'{least} to {most}' if most else 0} for the start {self.start!r} in a {where}",
        )
        self._need(
            self.exchange is None or self.number_large < self.number, "exchange", "only with both species"
        )
        if confined:
            self._need(
                min(self.radius, self.radius_at(0)) > 2,
                "number",
                "more, or a lower density: the sphere must be wider than 2 in radius for the core in it",
            )
        else:
            self._need(
                self.box_length > NARROWEST, "number", f"more, so that the box is wider than {NARROWEST:g}"
            )
        return self

    @property
    def moving(self):
        """Whether the wall moves at all."""
        return self.start_density is not None

    @property
    def number_large(self):
        """Number of large spheres, the nearest whole number."""
        return round(self.number * self.fraction_large)

    @property
    def mean_cube(self):
        """Mean cubed diameter of a particle."""
        large = self.number_large / self.number
        return large + (1 - large) * self.size_ratio**3

    @property
    def radius(self):
        """Final radius of the wall."""
        return self._radius(self.density)

    @property
    def box_length(self):
        """Edge of the periodic cube at the density, or of a box around the sphere that leaves it free."""
        if self.confinement == "sphere":
            return 2 * max(self.radius, self.radius_at(0)) + CLEARANCE
        return (self.number * self.mean_cube / self.density) ** (1 / 3)

    def _radius(self, density):
        inner = confinement_radius(
            self.number, density, x_large=self.number_large / self.number, size_ratio=self.size_ratio
        )
        return inner + (WALL_OFFSET if self.density_radius == "surface" else 0.0)

    def radius_at(self, step):
        """Radius of the wall at a step, through the compression."""
        if not self.moving:
            return self.radius
        first = self._radius(self.start_density)
        return first + self._done(step) * (self.radius - first)


@_recipe
class AssemblyRecipe(_Common):
    r"""Everything that defines a run of coated spheres or plates.

    Parameters
    ----------
    shape : {"sphere", "plate"}
    number : int
        Of particles.
    steps : int
    solvent : {"toluene", "dichloromethane"}
    temperature_C : float
    rule : {"hildebrand", "hansen"}
        How the solvent's quality is derived, see :func:`.forces.flory_parameter`.
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
    ValueError
        Naming the field, what was given and what is allowed.

    Notes
    -----
    Source: sizes of Bose et al. (2025, `bose2025`): spheres of 3.5 ± 0.5 nm, plates of about 50 nm.

    Examples
    --------
    >>> recipe = AssemblyRecipe(shape="plate", number=27, steps=1000, solvent="toluene", temperature_C=45)
    >>> round(recipe.side, 1), round(recipe.box, 1)
    (15.5, 68.7)
    """

    shape: Literal["sphere", "plate"]
    number: Annotated[Whole, _at_least(2)]
    steps: Annotated[Whole, _at_least(1)]
    solvent: Literal["toluene", "dichloromethane"]
    temperature_C: Number  # noqa: N815
    rule: Literal["hildebrand", "hansen"] = "hildebrand"
    cosolvent: Share = 0.0
    coverage: Positive = COVERAGE
    core: Positive = 3.5
    polydispersity: Annotated[Number, Field(ge=0, lt=0.3, description="0 to 0.3")] = 0.0
    beads: Annotated[Whole, _at_least(2)] = 7
    attraction: Annotated[Number, Field(ge=0, allow_inf_nan=False, description="0 or more")] = 1.0
    packing: Annotated[Number, PACKING] = 0.1
    final_packing: Annotated[Number | None, PACKING] = None
    hold: Count = 0
    compression: Count = 0
    time_step: Positive = 0.005
    damping: Positive = 10.0
    seed: Annotated[Whole, _at_least(1)] = 1
    frame_interval: Annotated[Whole, _at_least(1)] = 2000

    @model_validator(mode="after")
    def _check(self):
        """Check what depends on several fields."""
        self._need(not self.polydispersity or self.shape == "sphere", "polydispersity", "0 for plates")
        self._need_compression("final_packing")
        wide = math.sqrt(2) * self.side * (self.shape == "plate")
        reach = 2 * max(self.sizes.max() + platelets.REACH + 1, wide)
        edge = min(self.box_at(0), self.box_at(self.settled))
        self._need(
            edge > reach, "number", f"more: the box of {edge:.4g} nm must be wider than {reach:.4g} nm"
        )
        return self

    @property
    def moving(self):
        """Whether the box changes at all."""
        return self.final_packing is not None

    @property
    def log_interval(self):
        """Steps between lines of the log."""
        return self.frame_interval

    @cached_property
    def conditions(self):
        """Hamaker constant, Flory parameter and volumes at the recipe's solvent and temperature."""
        other = {"toluene": "dichloromethane", "dichloromethane": "toluene"}[self.solvent]
        mixed = {self.solvent: 1 - self.cosolvent, other: self.cosolvent} if self.cosolvent else self.solvent
        return conditions(mixed, self.temperature_C, rule=self.rule)

    @cached_property
    def sizes(self):
        """Diameters in nm of the metal of the sizes of spheres, or of a bead."""
        return platelets.core_sizes(self.core, self.polydispersity, 5 if self.polydispersity else 1)

    @property
    def side(self):
        """Edge in nm of the metal of a plate."""
        return (self.beads - 1) * BEAD_SPACING + self.core

    @cached_property
    def shell(self):
        """Distance in nm between the metals of spheres that are in contact, as hard spheres would be."""
        energy = sphere_energy(self.conditions, coverage=self.coverage, core=self.core)
        return well(energy, self.core)["diameter"] - self.core

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
        if not self.moving:
            return first
        return first + self._done(step) * (float((self.volume / self.final_packing) ** (1 / 3)) - first)

    @cached_property
    def factor(self):
        """What the energies of the spheres are multiplied with for the beads."""
        if self.shape == "sphere":
            return self.attraction
        given = {"coverage": self.coverage, "core": self.core, "beads": self.beads}
        return self.attraction * platelets.bead_factor(self.conditions, **given)

    def table(self, one, two):
        """Energy and force between two sizes, see :func:`.platelets.bead_table`."""
        core, other = self.sizes[one], self.sizes[two]
        energy = sphere_energy(self.conditions, coverage=self.coverage, core=core, other=other)
        stiffness = platelets.STIFFNESS[self.shape]
        return platelets.bead_table(energy, (core + other) / 2, factor=self.factor, stiffness=stiffness)


class _Loader(yaml.SafeLoader):
    """Loads YAML, and refuses a field that is given twice, of which the last would win in silence."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise InputError(f"line {key.start_mark.line + 1}: {key.value} is given twice")
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        return super().construct_mapping(node, deep=deep)


def read_recipe(path, kind=ConfinementRecipe):
    """Read a recipe from a YAML file.

    Parameters
    ----------
    path : path_like
    kind : {ConfinementRecipe, AssemblyRecipe}

    Returns
    -------
    ConfinementRecipe or AssemblyRecipe

    Raises
    ------
    ValueError
        For what is not a recipe of this kind; the message starts with the path.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "recipe.yml"
    ...     write_recipe(ConfinementRecipe(number=300, density=0.8, steps=1000), file)
    ...     read_recipe(file).steps
    1000
    """
    path = Path(path)
    try:
        given = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not YAML: {error}") from None
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    known = [item.name for item in fields(kind)]
    needed = [name for name, field in kind.__pydantic_fields__.items() if field.is_required()]
    if not isinstance(given, dict):
        raise InputError(
            f"{path} holds {type(given).__name__}; names with values are needed, such as number: 3501"
        )
    if unknown := sorted(set(map(str, given)) - set(known)):
        raise InputError(f"{path}: unknown {', '.join(unknown)}; allowed are {', '.join(known)}")
    if missing := [name for name in needed if name not in given]:
        raise InputError(f"{path}: {', '.join(missing)} missing; needed are {', '.join(needed)}")
    try:
        return kind(**given)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None


def write_recipe(recipe, path):
    """Write a recipe as YAML, all fields; a file that is there is replaced as a whole.

    Parameters
    ----------
    recipe : ConfinementRecipe or AssemblyRecipe
    path : path_like

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     recipe = ConfinementRecipe(number=300, density=0.8, steps=1000)
    ...     write_recipe(recipe, Path(folder) / "recipe.yml")
    ...     print((Path(folder) / "recipe.yml").read_text().splitlines()[0])
    number: 300
    """
    write_whole(yaml.safe_dump(asdict(recipe), sort_keys=False).encode(), path)


def differences(recipe, other):
    """Return the fields in which two recipes differ, apart from those that may be prolonged.

    Parameters
    ----------
    recipe, other : ConfinementRecipe or AssemblyRecipe

    Returns
    -------
    dict
        Name: (value in the first, value in the second).

    Examples
    --------
    >>> from dataclasses import replace
    >>> one = ConfinementRecipe(number=300, density=0.8, steps=1000)
    >>> differences(one, replace(one, seed=7, steps=2000))
    {'seed': (1, 7)}
    """
    mine, theirs = asdict(recipe), asdict(other)
    return {
        name: (value, theirs[name])
        for name, value in mine.items()
        if name not in PROLONGED and value != theirs[name]
    }

r"""The recipe of a simulation: what must be known to repeat it, and nothing that the engine decides.

After Wang et al. (2021), Methods (`wang2021`): large and small WCA spheres in a repulsive sphere, at a
reduced density that fixes its radius. Units are the paper's: lengths in diameters of the large spheres,
energies in epsilon, masses in that of a particle (both species weigh the same), times in
:math:`\tau = \sigma_\mathrm L\sqrt{m/\epsilon}`. A recipe is frozen and checked when it is made, and is
kept as YAML beside what came of it.
"""

import math
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import get_args

from supracrystal.colloids import confinement_radius
from supracrystal.simulation import recipe_files as _recipefiles

WALL_OFFSET = 0.5
"""How much farther out the wall stands if the surfaces of the large spheres are to fill the sphere."""
CHOICES = {
    "confinement": ("sphere", "periodic"),
    "density_radius": ("wall", "surface"),
    "start": ("random", "icosahedral", "C14", "C15", "C36"),
}
KINDS = (
    (str, str, "a word"),
    (Integral, int, "a whole number, such as 1_000_000,"),
    (Real, float, "a number, such as 0.2 or 1.0e-3,"),
)
CLEARANCE = 4.0
"""Width of the box of a sphere beyond its diameter: periodic images must not see one another."""
NARROWEST = 4.0
"""Least edge of a periodic box, in which no particle meets two images of another."""
PROLONGED = ("steps", "stop_cluster")
"""Fields that may change when a run goes on: they say when it ends, not what it is."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
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
        A fluid; a fluid about an ideal icosahedral nucleus; a Laves phase in a periodic box.
    nucleus : int
        Particles of the icosahedral nucleus.
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
        Steps between frames of the trajectory; also between looks at the largest crystalline cluster.
    log_interval : int
        Steps between lines of the log.
    average_interval : int
        Steps between the configurations that are averaged, after the compression; 0 for no average.
    stop_cluster : int, optional
        Stop when the largest crystalline cluster has more particles than this.

    Raises
    ------
    ValueError, TypeError
        Naming the field, what was given and what is allowed.

    Notes
    -----
    Source: Wang et al. (2021), Methods, "Computer simulations" (`wang2021`).

    Examples
    --------
    >>> recipe = Recipe(number=3501, density=0.802, steps=1_000_000)
    >>> recipe.number_large, round(recipe.radius, 2)
    (1167, 8.78)
    """

    number: int
    density: float
    steps: int
    fraction_large: float = 1 / 3
    size_ratio: float = 0.78
    temperature: float = 0.2
    confinement: str = "sphere"
    density_radius: str = "wall"
    start: str = "random"
    nucleus: int = 0
    start_density: float | None = None
    hold: int = 0
    compression: int = 0
    time_step: float = 0.01
    coupling: float = 1.0
    seed: int = 1
    frame_interval: int = 100_000
    log_interval: int = 1_000
    average_interval: int = 0
    stop_cluster: int | None = None

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
        self._need(self.number >= 2, "number", "2 or more")
        self._need(0 <= self.fraction_large <= 1, "fraction_large", "0 to 1")
        self._need(0 < self.size_ratio <= 1, "size_ratio", "more than 0, up to 1")
        for name in ("density", "temperature", "time_step", "coupling"):
            self._need(0 < getattr(self, name) < math.inf, name, "positive")
        self._need(
            self.start_density is None or 0 < self.start_density < math.inf, "start_density", "positive"
        )
        for name in ("steps", "frame_interval", "log_interval"):
            self._need(getattr(self, name) >= 1, name, "1 or more")
        for name in ("hold", "compression", "average_interval", "nucleus", "seed"):
            self._need(getattr(self, name) >= 0, name, "0 or more")
        self._need(self.stop_cluster is None or self.stop_cluster >= 1, "stop_cluster", "1 or more")
        self._need(
            self.frame_interval % self.log_interval == 0,
            "frame_interval",
            f"a multiple of log_interval = {self.log_interval}",
        )
        self._need(
            self.start_density is None or self.confinement == "sphere",
            "start_density",
            "left out in a periodic box, whose density is constant",
        )
        moving = self.start_density is not None
        self._need(moving or not self.hold, "hold", "0 without start_density")
        self._need(
            moving == (self.compression > 0),
            "compression",
            "1 or more with start_density" if moving else "0 without start_density",
        )
        crystal = self.start in ("C14", "C15", "C36")
        self._need(
            crystal <= (self.confinement == "periodic"), "start", "'random' or 'icosahedral' in a sphere"
        )
        self._need(
            (self.start == "icosahedral") == (self.nucleus > 0) and self.nucleus <= self.number,
            "nucleus",
            f"1 to {self.number} for an icosahedral start, otherwise 0",
        )
        if self.confinement == "sphere":
            self._need(
                min(self.radius, self.radius_at(0)) > 2,
                "number",
                "more, or a lower density: the sphere must be wider than 2 in radius for the core in it",
            )
        else:
            self._need(
                self.box_length > NARROWEST, "number", f"more, so that the box is wider than {NARROWEST:g}"
            )

    def _need(self, holds, name, allowed):
        if not holds:
            raise ValueError(f"recipe: {name} is {getattr(self, name)!r}; allowed: {allowed}")

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
        """Radius of the wall at the end, to the centres of whose potential the density refers."""
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
        if self.start_density is None:
            return self.radius
        done = min(max((step - self.hold) / self.compression, 0.0), 1.0)
        first = self._radius(self.start_density)
        return first + done * (self.radius - first)

    @property
    def settled(self):
        """The step from which on the radius does not change."""
        return 0 if self.start_density is None else self.hold + self.compression


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
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "recipe.yml"
    ...     write_recipe(Recipe(number=300, density=0.8, steps=1000), file)
    ...     read_recipe(file).steps
    1000
    """
    known = sorted(item.name for item in fields(Recipe))
    needed = ["density", "number", "steps"]
    return _recipefiles.read(path, Recipe, known, needed, ", such as number: 3501")


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
    >>> with TemporaryDirectory() as folder:
    ...     write_recipe(Recipe(number=300, density=0.8, steps=1000), Path(folder) / "recipe.yml")
    ...     print((Path(folder) / "recipe.yml").read_text().splitlines()[0])
    number: 300
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
    >>> one = Recipe(number=300, density=0.8, steps=1000)
    >>> differences(one, replace(one, seed=7, steps=2000))
    {'seed': (1, 7)}
    """
    return _recipefiles.differences(recipe, other, PROLONGED)

"""Views: what is in the HTML, what the payload decodes to, what is refused, and what the picture shows."""

import base64
import html.parser
import io
import json
import shutil
import subprocess
import warnings

import ase
import ase.build
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from supracrystal.colloids import make_particles
from supracrystal.view import picture, style
from supracrystal.view import show as view


class Page(html.parser.HTMLParser):
    """Elements of a page with their attributes, and the text of the last script of each type."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.script = [], {}, None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        self.script = dict(attrs).get("type", "") if tag == "script" else None

    def handle_endtag(self, tag):
        """Leave a script."""
        self.script = None

    def handle_data(self, data):
        """Keep the text of scripts."""
        if self.script is not None:
            self.texts[self.script] = self.texts.get(self.script, "") + data

    def all(self, tag):
        """Return the attributes of all elements of a kind."""
        return [attrs for name, attrs in self.elements if name == tag]


def payload(text):
    return json.loads(Page(text).texts["application/json"])


def decode(data, key, kind):
    return np.frombuffer(base64.b64decode(data[key]), dtype=kind)


def pixels(text):
    (image,) = Page(text).all("img")
    file = base64.b64decode(image["src"].removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGBA")) / 255


@pytest.fixture
def fluid(random_generator):
    return make(226, random_generator)


def make(number, generator):
    side = 1.1 * number ** (1 / 3)
    return make_particles(
        generator.uniform(-side / 2, side / 2, (number, 3)), generator.random(number) < 1 / 3
    )


def show(frame, **options):
    return view.particles(frame, **{"alt": "Spheres", "script": "none", **options})


def test_positions_colours_and_diameters_decode_to_what_was_given(fluid):
    data = payload(show(fluid))
    position = decode(data, "position", "<i2").reshape(-1, 3) * data["quantum"] + data["centre"]
    assert np.abs(position - fluid.particles.position).max() <= 0.5001 * data["quantum"]
    assert data["quantum"] < 1e-4 * np.ptp(fluid.particles.position)
    radius = np.array(data["sizes"])[decode(data, "size", "u1")]
    np.testing.assert_allclose(2 * radius, fluid.particles.diameter)
    colors = np.array(data["colors"])[decode(data, "color", "u1")]
    expected = np.where(fluid.particles.typeid == 0, style.PARTICLES["L"], style.PARTICLES["S"])
    assert (colors == expected).all()


@given(st.integers(1, 60), st.floats(1e-6, 1e6), st.integers(0, 2**32 - 1))
def test_positions_decode_at_any_scale(number, scale, seed):
    x = np.random.default_rng(seed).normal(scale=scale, size=(number, 3)) + 3 * scale
    data = payload(show(make_particles(x, ["L"] * number, diameter=np.full(number, scale))))
    position = decode(data, "position", "<i2").reshape(-1, 3) * data["quantum"] + data["centre"]
    np.testing.assert_allclose(position, x, rtol=0, atol=0.501 * data["quantum"] + 1e-12 * scale)
    assert (
        0.9 < (np.linalg.norm(x - data["centre"], axis=1).max() + scale / 2) * data["unit"] / view.REACH <= 1
    )


def test_diameters_of_many_sizes_decode_to_a_part_in_five_hundred(random_generator):
    diameter = random_generator.uniform(0.5, 2, 1000)
    frame = make_particles(random_generator.normal(size=(1000, 3)), ["L"] * 1000, diameter=diameter)
    data = payload(show(frame))
    found = 2 * np.array(data["sizes"])[decode(data, "size", "u1")]
    assert np.abs(found - diameter).max() <= np.ptp(diameter) / 255 / 2 * 1.001


def test_a_particle_costs_at_most_forty_bytes(random_generator):
    def size(number):
        frame = make(number, random_generator)
        return len(
            show(
                frame,
                color=random_generator.random(number),
                clip=((1, 2, 3), 0.5),
                spin=True,
                label="x",
                bonds=[(0, 1)],
                polyhedra=[[0, 1, 2, 3]],
            ).encode()
        )

    assert (size(6000) - size(1000)) / 5000 <= 40


def test_the_output_is_a_function_of_the_input_alone(fluid):
    one, two = (show(fluid, color=fluid.particles.position[:, 0], spin=True, box=True) for _ in range(2))
    assert one == two
    assert "UNIQUEID" not in one.replace("viewer_UNIQUEID", "")
    assert not [attrs for _, attrs in Page(one).elements if "id" in attrs]


def test_nothing_in_the_page_asks_another_host(fluid):
    for text in (show(fluid, script="site"), show(fluid)):
        assert "http:" not in text
        assert "https:" not in text
    assert Page(show(fluid, script="site")).all("supracrystal-view")[0]["data-library"] == view.LIBRARY


def test_the_book_is_recognised_by_its_environment(fluid, monkeypatch):
    monkeypatch.setenv("SUPRACRYSTAL_BOOK", "1")
    text = view.particles(fluid, alt="Spheres")
    assert text == show(fluid, script="site")


def test_inline_output_contains_the_library_once_and_closes_no_script_early(fluid, monkeypatch, tmp_path):
    (tmp_path / "_static").mkdir()
    for name in ("view.js", "view.css"):
        shutil.copy(view.resources.files("supracrystal") / "_static" / name, tmp_path / "_static")
    monkeypatch.setattr(view.resources, "files", lambda package: tmp_path)
    with pytest.raises(FileNotFoundError, match="make"):
        show(fluid, script="inline")
    (tmp_path / "_static" / "3Dmol-min.js").write_text("let t = '</script><!--'; // LIBRARY")
    text = show(fluid, script="inline")
    assert text.count("LIBRARY") == 1
    assert text.count("<script") == text.count("</script>") == 3
    assert text == view.script_tag() + show(fluid)


def test_words_are_escaped(fluid):
    words = 'a "b" <i>c</i> </script> &'
    page = Page(text := show(fluid, alt=words, label=words, title=words, color=np.full(226, words)))
    assert page.all("img")[0]["alt"] == words
    (scene,) = [attrs for attrs in page.all("div") if attrs.get("role") == "img"]
    assert scene["aria-label"] == words
    assert "<i>" not in text
    assert text.count("</script>") == 1


def test_notebooks_show_the_html_and_not_its_source(fluid):
    text = show(fluid)
    assert text._repr_html_() == text
    assert len(repr(text)) < 80


def test_legend_counts_each_class(fluid):
    text = show(fluid, color=np.array(["tube", "fluid"])[(np.arange(226) < 200).astype(int)])
    assert 'tube <span class="count">26</span>' in text
    assert 'fluid <span class="count">200</span>' in text
    assert text.index("tube") < text.index("fluid")  # in the order of style.CLASSES
    assert payload(text)["colors"] == [style.CLASSES["fluid"], style.CLASSES["tube"]]


def test_a_palette_recolours_classes_and_orders_the_legend(fluid):
    palette = {"S": "black", "L": "#ffffff"}
    text = show(fluid, palette=palette)
    assert payload(text)["colors"] == ["#ffffff", "#000000"]
    assert text.index("</span>S ") < text.index("</span>L ")


def test_domain_labels_are_classes_and_minus_one_is_none(fluid):
    text = show(fluid, color=np.arange(226) % 21 - 1)
    assert "</span>none <" in text
    assert len(set(payload(text)["colors"])) == 21


def test_real_numbers_are_on_a_scale_between_their_limits(fluid):
    value = np.linspace(-1, 3, 226)
    text = show(fluid, color=value, limits=(0, 2), title="Order")
    index = decode(payload(text), "color", "u1")
    np.testing.assert_allclose(index / 255 * 2, value.clip(0, 2), atol=0.5 / 255 * 2 + 1e-12)
    assert "Order" in text


def test_clip_plane_hides_the_positive_side_in_the_picture_and_has_a_slider():
    pair = make_particles([[0, 0, 0], [0, 0, 2]], ["L", "S"])
    text = show(pair, clip=((0, 0, 5), 1.0), axis=(0, 0, 1))
    (slider,) = Page(text).all("input")
    assert (float(slider["min"]), float(slider["value"]), float(slider["max"])) == (-1, 0, 1)
    assert "aria-label" in slider
    seen = pixels(text)
    middle = seen[240, 240, :3]
    assert middle[2] > middle[0]  # the cyan sphere, not the red one in front of it
    middle = pixels(show(pair, axis=(0, 0, 1)))[240, 240, :3]
    assert middle[2] < middle[0]


def test_polyhedra_are_the_faces_of_convex_hulls_and_edges_lie_between_faces():
    cube = make_particles(2.0 * np.array(list(np.ndindex(2, 2, 2))), ["S"] * 8)
    data = payload(show(cube, polyhedra={"red": [np.arange(8)]}))
    ((shade, packed),) = data["hulls"]
    assert shade == "#ff0000"
    faces = np.frombuffer(base64.b64decode(packed), "<u4").reshape(-1, 3)
    x = cube.particles.position
    a, b, c = np.moveaxis(x[faces], 1, 0)
    assert np.einsum("ij,ij->i", a - 1, np.cross(b - 1, c - 1)).sum() / 6 == pytest.approx(8)
    edges = decode(data, "edges", "<u4").reshape(-1, 2)
    assert len(edges) == 12
    np.testing.assert_allclose(np.linalg.norm(x[edges[:, 0]] - x[edges[:, 1]], axis=1), 2)


def test_bonds_of_water_are_found_and_listed_once():
    water = ase.build.molecule("H2O")
    data = payload(view.atoms(water, bonds=True, alt="Water", script="none"))
    assert sorted(map(tuple, decode(data, "bonds", "<u4").reshape(-1, 2))) == [(0, 1), (0, 2)]
    assert not decode(payload(view.atoms(water, alt="Water", script="none")), "bonds", "<u4").size


def test_atoms_have_the_colours_of_the_papers():
    text = view.atoms(ase.Atoms("AgAuS", np.eye(3) * 3), alt="Atoms", script="none")
    data = payload(text)
    symbols = np.array(data["colors"])[decode(data, "color", "u1")].tolist()
    assert symbols == [style.ELEMENTS["Ag"], style.ELEMENTS["Au"], style.ELEMENTS["S"]]
    radius = np.array(data["sizes"])[decode(data, "size", "u1")]
    np.testing.assert_allclose(radius, ase.data.covalent_radii[[47, 79, 16]])


def test_the_box_is_drawn_with_twelve_edges(fluid):
    assert payload(show(fluid, box=True))["commands"].count("addCylinder") == 12
    assert payload(show(fluid))["commands"].count("addCylinder") == 0


def test_a_sphere_fills_the_picture_and_is_lit_from_the_upper_right():
    seen = pixels(show(make_particles([[5, 5, 5]], ["L"])))
    assert seen[0, 0, 3] == 0
    assert seen[..., 3].mean() == pytest.approx(np.pi / 4, rel=0.05)
    shade = seen[..., :3].sum(axis=2)
    assert shade[120, 360] > shade[360, 120]


@pytest.mark.parametrize("axis", np.eye(3).tolist() + (-np.eye(3)).tolist() + [[1, 2, 3]])
def test_the_picture_is_seen_along_the_axis(axis):
    behind = make_particles([-np.array(axis), axis], ["S", "L"])
    middle = pixels(show(behind, axis=axis))[240, 240, :3]
    assert middle[2] > middle[0]  # cyan in front


def test_z_points_up():
    seen = pixels(show(make_particles([[0, 0, -1], [0, 0, 1]], ["S", "L"]), axis=(1, 0.3, 0)))
    assert seen[120, 240, 2] > seen[120, 240, 0]


def test_depth_of_the_picture_agrees_with_rays_cast_at_spheres(random_generator):
    """Each pixel shows the sphere that a ray from the eye hits first, with parallel rays as oracle."""
    position = random_generator.uniform(-0.6, 0.6, (12, 3))
    radius = random_generator.uniform(0.1, 0.3, 12)
    rgb = np.repeat(np.linspace(0.2, 1, 12)[:, None], 3, axis=1)
    file = picture.render(position, radius, rgb, distance=1e6, pixels=64, colors=256)
    seen = np.asarray(Image.open(io.BytesIO(file)).convert("RGBA")) / 255
    wrong = 0
    for row, column in np.ndindex(64, 64):
        x, y = (column + 0.5) / 32 - 1, 1 - (row + 0.5) / 32
        height = radius**2 - (position[:, 0] - x) ** 2 - (position[:, 1] - y) ** 2
        z = np.where(height > 0, position[:, 2] + np.sqrt(np.maximum(height, 0)), -np.inf)
        first = z.argmax()
        expected = 0.0
        if height[first] > 0:
            normal = (np.array([x, y, z[first]]) - position[first]) / radius[first]
            expected = rgb[first, 0] * max(normal @ [0.2, 0.2, 1] / np.sqrt(1.08), 0)
        wrong += abs(seen[row, column, 0] * seen[row, column, 3] - expected) > 0.1
    assert wrong < 0.08 * 64 * 64  # edges, where a pixel mixes two spheres


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"color": np.zeros(3)}, r"color has the shape \(3,\); \(226,\) is needed"),
        ({"color": np.r_[np.nan, np.zeros(225)]}, "color is not finite for 1 particles, the first is 0"),
        ({"bonds": [(0, 226)]}, "0 to 225"),
        ({"bonds": [(0.0, 1.0)]}, "indices"),
        ({"bonds": [(0, 1, 2)]}, r"\(M, 2\)"),
        ({"color": np.zeros(226), "palette": {"L": "red"}}, "colour map"),
        ({"radius": 0.0}, "diameter is not positive for particle 0"),
        ({"polyhedra": [[0, 1, 2]]}, r"polyhedra\[0\] with 3 particles spans no volume"),
        ({"clip": ((0, 0, 0), 1)}, "other than zero"),
        ({"clip": ((0, 0, 1), np.inf)}, "a number"),
        ({"axis": (0, 0, 0)}, "other than zero"),
        ({"alt": " "}, "in words"),
        ({"alt": None}, "in words"),
        ({"script": "cdn"}, "'site', 'inline' and 'none'"),
    ],
)
def test_what_does_not_fit_is_refused(fluid, options, message):
    with pytest.raises(ValueError, match=message):
        show(fluid, **options)


def test_more_classes_than_can_be_told_apart_are_refused(random_generator):
    with pytest.raises(ValueError, match="300 classes"):
        show(make(300, random_generator), color=np.arange(300))


def test_words_for_the_view_must_be_given(fluid):
    with pytest.raises(TypeError, match="alt"):
        view.particles(fluid)


def test_an_empty_frame_and_positions_that_are_not_finite_are_refused(fluid):
    with pytest.raises(ValueError, match="no particles"):
        show(make_particles(np.empty((0, 3)), []))
    fluid.particles.position[7, 1] = np.nan
    with pytest.raises(ValueError, match="position is not finite for particle 7"):
        show(fluid)


def test_one_particle_and_a_hundred_thousand(random_generator):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        show(make_particles([[0, 0, 0]], ["S"]))
        data = payload(show(make(100_000, random_generator)))
    assert data["number"] == 100_000


def shaken(number, frames, generator):
    first = make(number, generator)
    position = first.particles.position
    steps = generator.normal(scale=0.2, size=(frames, number, 3)).cumsum(axis=0)
    return [make_particles(position + step, first.particles.typeid == 0) for step in steps]


def play(frames, **options):
    return view.trajectory(frames, **{"alt": "Spheres", "script": "none", **options})


def test_frames_of_a_trajectory_decode_to_what_was_given(random_generator):
    frames = shaken(50, 4, random_generator)
    classes = random_generator.choice(["fluid", "tube", "centre"], (4, 50))
    radius = np.where(classes == "fluid", 0.3, 1.0)
    data = payload(play(frames, color=classes, radius=radius))
    position = decode(data, "position", "<i2").reshape(4, 50, 3) * data["quantum"] + data["centre"]
    expected = np.array([frame.particles.position for frame in frames])
    assert np.abs(position - expected).max() <= 0.5001 * data["quantum"]
    pair = decode(data, "color", "u1").reshape(4, 50)
    assert data["size"] is None
    assert (np.array(data["colors"])[pair] == np.vectorize(style.CLASSES.get)(classes)).all()
    expected = radius / 2 * frames[0].particles.diameter
    np.testing.assert_allclose(np.array(data["sizes"])[pair], expected)


def test_more_pairs_of_colour_and_diameter_than_fit_a_byte_decode(random_generator):
    frames = shaken(400, 2, random_generator)
    value, radius = random_generator.random((2, 400)), random_generator.uniform(0.5, 1.5, (2, 400))
    data = payload(play(frames, color=value, radius=radius, limits=(0, 1), palette="gray"))
    pair = decode(data, "color", "<u2").reshape(2, 400)
    shade = np.array([int(color[1:3], 16) for color in data["colors"]])[pair]
    np.testing.assert_allclose(shade / 255, value, atol=1 / 255)
    expected = radius / 2 * frames[0].particles.diameter
    np.testing.assert_allclose(np.array(data["sizes"])[pair], expected, atol=np.ptp(expected) / 255)


def test_thirty_frames_of_five_thousand_particles_are_under_one_and_a_half_megabytes(random_generator):
    frames = shaken(5001, 30, random_generator)
    order = random_generator.random((30, 5001))
    radius = np.where(order > 0.5, 1, 0.3)
    assert len(play(frames, color=order, radius=radius).encode()) < 1.5e6
    assert len(play(frames, radius=radius[0]).encode()) < 1.3e6


def test_the_picture_of_a_trajectory_is_that_of_its_last_frame(random_generator):
    frames = shaken(50, 3, random_generator)
    colors = random_generator.choice(["fluid", "tube"], (3, 50))
    text = play(frames, color=colors, confinement=9)
    last = show(frames[-1], color=colors[-1], confinement=9)
    assert Page(text).all("img") == Page(last).all("img")
    count = (colors == "tube").sum(axis=1).tolist()
    assert f'tube <span class="count">{count[-1]}</span>' in text
    counts = payload(text)["player"]["counts"]
    assert counts == [[number, 50 - number] for number in count]  # in the order of the legend


def test_a_player_has_a_button_a_slider_and_the_time_and_waits_to_be_asked(random_generator):
    frames = shaken(5, 3, random_generator)
    text = play(frames, labels=["<0>", 1, "2 & more"])
    (slider,) = Page(text).all("input")
    assert [slider[key] for key in ("type", "min", "max", "step", "value")] == ["range", "0", "2", "1", "2"]
    assert slider["aria-label"] == "Frame"
    assert ">Play</button>" in text
    assert ">2 &amp; more</output>" in text
    assert payload(text)["player"]["labels"] == ["<0>", "1", "2 & more"]
    assert ">3 of 3</output>" in play(frames)
    for k, frame in enumerate(frames):
        frame.configuration.step = 5000 * k
    assert ">step 10,000</output>" in play(frames)
    assert not Page(play(frames[:1])).all("input")
    assert play(iter(frames)) == play(frames)


def test_a_confinement_is_outlined_where_its_sphere_is_drawn():
    ball = make_particles([[0, 0, 0]], ["L"], diameter=[6.0])
    text = show(ball, confinement=3)
    radius = float(Page(text).all("circle")[0]["r"])
    assert (pixels(text)[240, :, 3] > 0.5).sum() / 480 == pytest.approx(radius, rel=0.025)
    half = float(Page(show(ball, confinement=6)).all("circle")[0]["r"])
    assert half == pytest.approx(radius, rel=1e-3)  # the scene is scaled to it


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ["1"]}, "1 labels for 3 frames"),
        ({"fps": 0}, "fps is 0"),
        ({"radius": np.ones((2, 5))}, r"radius has the shape \(2, 5\), which does not fit \(3, 5\)"),
        ({"radius": [[1], [0], [1]]}, "diameter is not positive for particle 0 of frame 1"),
        ({"color": np.zeros((2, 5))}, r"color has the shape \(2, 5\); \(5,\) or \(3, 5\) is needed"),
        ({"confinement": -1}, "confinement is -1"),
    ],
)
def test_what_does_not_fit_a_trajectory_is_refused(random_generator, options, message):
    with pytest.raises(ValueError, match=message):
        play(shaken(5, 3, random_generator), **options)


def test_frames_of_other_particles_are_refused(random_generator):
    frames = [make(number, random_generator) for number in (5, 6)]
    with pytest.raises(ValueError, match="frame 1 has 6 particles, frame 0 has 5"):
        play(frames)
    with pytest.raises(ValueError, match="no frames"):
        play([])
    frames = shaken(5, 2, random_generator)
    frames[1].particles.position[3, 0] = np.nan
    with pytest.raises(ValueError, match="position is not finite for particle 3 of frame 1"):
        play(frames)


def test_species_may_change_from_frame_to_frame():
    pair = [make_particles([[0, 0, 0], [0, 0, 1]], kinds) for kinds in (["L", "S"], ["S", "S"])]
    assert '"counts":[[1,1],[0,2]]' in play(pair)


drawing = pytest.mark.skipif(
    not shutil.which("chromium")
    or not (view.resources.files("supracrystal") / "_static/3Dmol-min.js").is_file(),
    reason="drawing is checked only where chromium and 3Dmol.js are installed",
)


def browse(body, folder, done):
    """Return the page after its scripts have run, once `done` of it is true."""
    page = folder / "page.html"
    page.write_text(f"<!doctype html><html><body>{view.script_tag()}{body}</body></html>")
    options = "--headless --no-sandbox --disable-gpu --enable-unsafe-swiftshader --use-angle=swiftshader"
    for _ in range(3):  # a busy machine may not draw a frame within the browser's virtual time
        found = subprocess.run(
            ["chromium", *options.split(), "--virtual-time-budget=20000", "--window-size=500,1100",
             f"--user-data-dir={folder / 'profile'}", "--dump-dom", page.as_uri()],
            capture_output=True, text=True, timeout=100, check=True,
        )  # fmt: skip
        shown = Page(found.stdout)
        if done(shown):
            break
    return shown


@drawing
def test_two_equal_views_are_drawn_in_a_browser(fluid, tmp_path):
    def classes(page):
        return [attrs.get("class") for attrs in page.all("supracrystal-view")]

    drawn = ["drawn", "drawn"]
    assert classes(browse(2 * show(fluid), tmp_path, lambda page: classes(page) == drawn)) == drawn


PLAYING = """<script>
addEventListener("load", () => {
  const element = document.querySelector("supracrystal-view");
  const wait = () => {
    if (!element.classList.contains("drawn")) return setTimeout(wait, 20);
    const look = () => [element.viewer.pngURI(), element.querySelector("output").textContent,
      element.querySelector(".count").textContent, JSON.stringify(element.viewer.getView()),
      element.querySelector(".play").textContent, element.querySelector(".time").value];
    element.viewer.rotate(30, "vy");
    const looks = [look()];
    const slider = element.querySelector(".time");
    const slide = (value) => {
      slider.value = value;
      slider.dispatchEvent(new Event("input"));
      return new Promise((resolve) => {
        const arrive = () =>
          element.frame === value ? resolve(looks.push(look())) : setTimeout(arrive, 20);
        arrive();
      });
    };
    slide(0).then(() => slide(2)).then(() => {
      element.querySelector(".play").click();
      looks.push(look());
      const result = document.createElement("script");
      result.type = "text/result";
      result.textContent = JSON.stringify(looks);
      document.body.append(result);
    });
  };
  wait();
});
</script>"""


@drawing
def test_the_slider_moves_the_particles_and_not_the_camera_in_a_browser(random_generator, tmp_path):
    frames = shaken(30, 3, random_generator)
    classes = np.where(np.arange(3)[:, None] * 10 > np.arange(30), "tube", "fluid")
    text = play(frames, color=classes, labels=["one", "two", "three"], confinement=5)
    page = browse(text + PLAYING, tmp_path, lambda page: "text/result" in page.texts)
    last, first, again, playing = json.loads(page.texts["text/result"])
    assert [look[1] for look in (last, first, again, playing)] == ["three", "one", "three", "one"]
    assert [look[2] for look in (last, first, again, playing)] == ["20", "0", "20", "0"]
    assert [look[4] for look in (last, first, again, playing)] == ["Play", "Play", "Play", "Pause"]
    assert [look[5] for look in (last, first, again, playing)] == ["2", "0", "2", "0"]
    assert len({look[3] for look in (last, first, again, playing)}) == 1
    assert first[0] == playing[0] != last[0] == again[0]

"""The shipped themes as numbers, and what becomes of a reader's own theme with a mistake in it."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from textual.color import Color

from oncall_tui.core.errors import ConfigError
from oncall_tui.ui.render.spans import Role
from oncall_tui.ui.theming import (
    DEFAULT_THEME,
    Look,
    ThemeShelf,
    load_themes,
    read_theme,
    shipped_themes_folder,
)
from oncall_tui.ui.wardrobe import VARIABLE_DEFAULTS
from oncall_tui.ui.widgets.painter import ROLE_STYLES

LOOKS, PROBLEMS = ThemeShelf([shipped_themes_folder()]).all()
STATES = ("state-crit", "state-warn", "state-silent", "state-unknown", "state-ok")
INKS = ("foreground", "muted", "accent", "primary", "secondary", *STATES)
GROUNDS = ("background", "surface", "panel", "cursor", "surface-lighten-1")

each_theme = pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
VISION = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def variables_of(look: Look) -> dict[str, str]:
    """As the app makes them."""
    return {**look.theme.to_color_system().generate(), **look.theme.variables}


def linear(colour: str) -> tuple[float, ...]:
    def channel(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return tuple(channel(value) for value in Color.parse(colour).normalized)


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2."""
    lights = [sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x), strict=True)) for x in (one, other)]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def lab(colour: str, vision: str) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of a colour as those eyes see it."""
    rgb = linear(colour)
    seen = [min(1.0, max(0.0, sum(m * c for m, c in zip(row, rgb, strict=True)))) for row in VISION[vision]]
    matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [sum(m * c for m, c in zip(row, seen, strict=True)) for row in matrix]
    x, y, z = (
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
        for t in (v / white for v, white in zip(xyz, (0.9505, 1.0, 1.089), strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: str, other: str, vision: str) -> float:
    """Delta E (CIE 1976): about 2 is just noticeable."""
    return sum((a - b) ** 2 for a, b in zip(lab(one, vision), lab(other, vision), strict=True)) ** 0.5


def test_the_shipped_themes_are_without_a_mistake_and_the_default_comes_first() -> None:
    assert not PROBLEMS
    assert LOOKS[0].name == DEFAULT_THEME
    assert {look.name for look in LOOKS} >= {"night", "day", "contrast", "okabe", "phosphor", "aurora"}
    assert len({look.theme.dark for look in LOOKS}) == 2


@each_theme
def test_every_theme_has_every_variable_a_role_uses(look: Look) -> None:
    variables = variables_of(look)
    used = {word.lstrip("$") for style in ROLE_STYLES.values() for word in style.split() if word.startswith("$")}
    assert used <= variables.keys()
    assert VARIABLE_DEFAULTS.keys() <= variables.keys()
    assert set(ROLE_STYLES) == set(Role)


@each_theme
def test_every_text_can_be_read_on_every_ground(look: Look) -> None:
    variables = variables_of(look)
    wanted = 7.0 if look.name == "contrast" else 4.5
    poor = {
        (ink, ground): ratio
        for ink in INKS
        for ground in GROUNDS
        if (ratio := contrast(variables[ink], variables[ground])) < wanted
    }
    assert not poor


@each_theme
def test_every_role_can_be_read_wherever_it_stands(look: Look) -> None:
    """WCAG AA, 4.5 to 1, also of badges: what is written on a colour of its own."""
    variables = variables_of(look)
    poor = {}
    for role, text in ROLE_STYLES.items():
        ink, _, ground = (word.strip() for word in text.partition(" on "))
        inks = [word for word in ink.split() if word.startswith("$")] or ["$foreground"]
        for on in [ground] if ground else [f"${name}" for name in GROUNDS]:
            ratio = contrast(variables[inks[0][1:]], variables[on[1:]])
            if ratio < (7.0 if look.name == "contrast" else 4.5):
                poor[role, on] = round(ratio, 2)
    assert not poor


@each_theme
def test_textuals_own_widgets_can_be_read_too(look: Look) -> None:
    variables = variables_of(look)
    pairs = [
        ("block-cursor-foreground", "block-cursor-background"),
        ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
        ("footer-key-foreground", "footer-background"),
        ("footer-description-foreground", "footer-background"),
        ("input-cursor-foreground", "input-cursor-background"),
        ("input-selection-foreground", "input-selection-background"),
        ("link-color", "background"),
        ("link-color-hover", "link-background-hover"),
        ("markdown-h1-color", "background"),
    ]
    assert [pair for pair in pairs if contrast(variables[pair[0]], variables[pair[1]]) < 4.5] == []


@each_theme
def test_the_cursor_row_can_be_told_from_the_others(look: Look) -> None:
    assert contrast(look.variable("cursor"), str(look.theme.background)) > 1.2


@each_theme
def test_the_five_states_differ(look: Look) -> None:
    for one, other in combinations(STATES, 2):
        assert difference(look.variable(one), look.variable(other), "normal") > 25


@pytest.mark.parametrize("vision", VISION)
def test_okabe_keeps_every_two_states_apart_for_colour_blind_eyes(vision: str) -> None:
    okabe = next(look for look in LOOKS if look.name == "okabe")
    for one, other in combinations(STATES, 2):
        assert difference(okabe.variable(one), okabe.variable(other), vision) > 15, (one, other)
    assert difference(okabe.variable("state-crit"), okabe.variable("state-ok"), vision) > 60


@pytest.mark.parametrize("vision", VISION)
@each_theme
def test_crit_and_ok_are_never_the_same_to_anybody(look: Look, vision: str) -> None:
    assert difference(look.variable("state-crit"), look.variable("state-ok"), vision) > 15


# A reader's own themes

GOOD = (shipped_themes_folder() / "night.yaml").read_text()


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("accent:", "acccent:"), ["colors.acccent: no such key", "did you mean 'accent'?"]),
        (("accent: ", "accent: &x "), []),
        (('muted: "#96a0b3"', "muted: #96a0b3"), ["muted: expected a colour", "quotes"]),
        (('muted: "#96a0b3"', "muted: grey"), ["muted: expected a colour like '#7aa2f7', not 'grey'"]),
        (('muted: "#96a0b3"', 'muted: ["#96a0b3"]'), ["muted: expected a colour"]),
        (('muted: "#96a0b3"\n', ""), ["muted: missing"]),
        (("dark: true", "dark: perhaps"), ["dark: expected true or false"]),
        (("name: night", "name: nacht"), ["name: a file's theme has the file's name, 'night'"]),
        (("title: Night", "title:"), ["title: expected a text"]),
        (("states:", "states: none\nother:"), ["other: no such key"]),
        (("title: Night", "title: Night\ntitle: Again"), ["title: given twice"]),
        (("title: Night", "title: [Night"), ["expected"]),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(tmp_path: Path, change: tuple[str, str], expected: list[str]) -> None:
    assert change[0] in GOOD
    path = write(tmp_path, "night", GOOD.replace(*change))
    if not expected:
        assert read_theme(path).name == "night"
        return
    with pytest.raises(ConfigError) as caught:
        read_theme(path)
    message, _, rest = str(caught.value).partition(": ")
    assert message.startswith(f"{path}:")
    assert int(message.removeprefix(f"{path}:")) >= 1
    assert all(words in rest for words in expected)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "- night", "night", "name: night\n"])
def test_a_file_that_is_no_theme_is_a_mistake_and_no_crash(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        read_theme(write(tmp_path, "night", text))


def test_bytes_that_are_not_utf_8_are_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "night.yaml"
    path.write_bytes(b"name: \xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_theme(path)


def test_the_line_is_the_one_of_the_mistake(tmp_path: Path) -> None:
    path = write(tmp_path, "night", GOOD.replace('warn: "', 'warn: "x'))
    line = 1 + next(i for i, text in enumerate(path.read_text().splitlines()) if "warn:" in text)
    with pytest.raises(ConfigError, match=rf":{line}: states\.warn"):
        read_theme(path)


def test_a_readers_theme_is_added_and_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    write(tmp_path, "mine", GOOD.replace("name: night", "name: mine"))
    write(tmp_path, "night", GOOD.replace("#11141b", "#000001"))
    themes, problems = load_themes([shipped_themes_folder(), tmp_path])
    assert not problems
    assert [theme.background for theme in themes if theme.name == "night"] == ["#000001"]
    assert "mine" in [theme.name for theme in themes]


def test_the_program_goes_on_without_a_broken_theme_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, "mine", "name: mine")
    write(tmp_path, "night", GOOD.replace("dark: true", "dark: 5"))
    themes, problems = load_themes([shipped_themes_folder(), tmp_path])
    assert {theme.name for theme in themes} == {look.name for look in LOOKS}
    assert len(problems) == 2
    assert next(theme for theme in themes if theme.name == "night").background == "#11141b"


def test_a_shelf_reads_only_the_theme_it_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "broken", "nonsense")
    shelf = ThemeShelf([shipped_themes_folder(), tmp_path])
    assert "broken" in shelf.names
    assert shelf.get("day").name == "day"
    assert shelf.problems == ()
    with pytest.raises(ConfigError, match=r"broken\.yaml"):
        shelf.get("broken")
    assert len(shelf.problems) == 1


def test_an_unknown_theme_is_refused_with_a_suggestion() -> None:
    shelf = ThemeShelf([shipped_themes_folder(), Path("/nowhere")])
    with pytest.raises(ConfigError, match="did you mean 'night'"):
        shelf.get("nihgt")
    with pytest.raises(ConfigError, match="okabe"):
        shelf.get("zzz")

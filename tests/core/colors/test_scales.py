"""Numbers as colors."""

from __future__ import annotations

import numpy as np
import pytest
from napari.utils.colormaps import ensure_colormap

from napari_atlas_explorer.core.colors.scales import (
    MISSING,
    ColorScale,
    blue_red,
    number_label,
    viridis,
)
from napari_atlas_explorer.core.errors import ArgumentError


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB, as WCAG 2 writes it."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_viridis_is_the_viridis_that_napari_has() -> None:
    places = np.linspace(0, 1, 256)
    theirs = np.asarray(ensure_colormap("viridis").map(places))[:, :3]
    assert np.abs(viridis(places) - theirs).max() <= 5 / 255


def test_the_diverging_map_is_lightest_in_the_middle_and_its_arms_are_alike() -> None:
    light = luminance(blue_red(np.linspace(0, 1, 101)))
    assert light.argmax() == 50
    assert (np.diff(light[:51]) > 0).all()
    assert (np.diff(light[50:]) < 0).all()
    # Equal Oklab lightness is nearly, not quite, equal luminance.
    assert light[0] == pytest.approx(light[-1], abs=0.03)
    blue, red = blue_red(np.array([0.0, 1.0]))
    assert blue.argmax() == 2
    assert red.argmax() == 0


def test_missing_is_not_zero() -> None:
    scale = ColorScale(0, 10)
    zero, missing, half, over = scale.colors([0, np.nan, 5, np.inf])
    assert zero.tolist() == pytest.approx([*viridis(0.0), 1])
    assert missing.tolist() == pytest.approx(MISSING)
    assert half.tolist() == pytest.approx([*viridis(0.5), 1])
    assert over.tolist() == pytest.approx([*viridis(1.0), 1])
    assert scale.rank_table([7, 0])[0].tolist() == [0, 0, 0, 0]


def test_equal_factors_are_equal_steps_on_a_log_scale() -> None:
    scale = ColorScale(1, 10_000, log=True)
    found = scale.positions([1, 10, 100, 10_000, 0, -3, np.nan])
    np.testing.assert_allclose(found, [0, 0.25, 0.5, 1, 0, 0, np.nan])


@pytest.mark.parametrize(
    ("values", "name", "log", "limits"),
    [
        ([3, 1, np.nan, np.inf, 2], "viridis", False, (1, 3)),
        ([-1, 4], "viridis", False, (-1, 4)),
        ([-1, 4], "blue-red", False, (-4, 4)),
        ([1, 4], "blue-red", False, (1, 4)),
        ([0, 0.5, 8], "viridis", True, (0.5, 8)),
        ([6], "viridis", False, (3, 9)),
        ([0, 0], "viridis", False, (-1, 1)),
    ],
)
def test_a_fitted_scale_spans_the_numbers(values, name, log, limits) -> None:
    scale = ColorScale.fitted(values, name, log)
    assert (scale.low, scale.high) == limits


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ColorScale(2, 2), "the lower first"),
        (lambda: ColorScale(0, 2, log=True), "more than 0"),
        (lambda: ColorScale(0, 2, "jet"), "expected viridis, blue-red"),
        (lambda: ColorScale.fitted([np.nan]), "no region has a value"),
        (lambda: ColorScale.fitted([0, -1], log=True), "no value is above 0"),
    ],
)
def test_limits_that_make_no_scale_are_refused(make, text) -> None:
    with pytest.raises(ArgumentError, match=text):
        make()


@pytest.mark.parametrize(
    ("low", "high", "log", "labels"),
    [
        (0, 120, False, ["0", "50", "100"]),
        (-1, 1, False, ["-1", "-0.5", "0", "0.5", "1"]),
        (9223, 37755, False, ["10 000", "15 000", "20 000", "25 000", "30 000", "35 000"]),
        (1, 1000, True, ["1", "10", "100", "1 000"]),
        (4.2, 120, True, ["10", "30", "100"]),
    ],
)
def test_ticks_are_round_numbers(low, high, log, labels) -> None:
    ticks = ColorScale(low, high, log=log).ticks()
    assert [t.label.replace("\u202f", " ") for t in ticks] == labels
    assert all(0 <= t.position <= 1 for t in ticks)


def test_every_scale_has_ticks() -> None:
    rng = np.random.default_rng(2)
    for low, width in zip(rng.normal(0, 1e3, 300), 10 ** rng.uniform(-6, 6, 300), strict=True):
        assert 2 <= len(ColorScale(low, low + width).ticks()) <= 8
        start = abs(low) + 1e-9
        assert 2 <= len(ColorScale(start, start * (1 + width), log=True).ticks()) <= 8


def test_number_labels() -> None:
    said = [number_label(x).replace("\u202f", " ") for x in (0, 1234567, 0.12345, 2e9, np.nan)]
    assert said == ["0", "1 234 567", "0.1235", "2e+09", ""]

"""Borders of regions in the section, against edges that are counted one by one."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.viewer.borders import border_lines


def edges_of(plane: np.ndarray) -> set[tuple[tuple[float, float], tuple[float, float]]]:
    """Unit edges between pixels that differ, each as its two ends, found pixel by pixel."""
    n, m = plane.shape
    padded = np.pad(plane, 1)
    found = set()
    for i in range(n + 1):
        for j in range(m + 1):
            y, x = i - 0.5, j - 0.5
            if j < m and padded[i, j + 1] != padded[i + 1, j + 1]:
                found.add(((y, x), (y, x + 1)))
            if i < n and padded[i + 1, j] != padded[i + 1, j + 1]:
                found.add(((y, x), (y + 1, x)))
    return found


def unit_edges(lines: np.ndarray) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The unit edges that lines run along."""
    found = []
    for start, along in lines.tolist():
        length = round(sum(along))
        step = (along[0] / length, along[1] / length)
        for k in range(length):
            a = (start[0] + k * step[0], start[1] + k * step[1])
            found.append((a, (a[0] + step[0], a[1] + step[1])))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_lines_run_along_every_edge_once(seed):
    rng = np.random.default_rng(seed)
    plane = rng.integers(0, 3, (rng.integers(1, 9), rng.integers(1, 9)))
    covered = unit_edges(border_lines(plane))
    assert len(covered) == len(set(covered))
    assert set(covered) == edges_of(plane)


def test_edges_in_line_are_one_line_and_nothing_has_none():
    plane = np.zeros((6, 8), int)
    plane[1:5, 2:7] = 4
    assert len(border_lines(plane)) == 4
    assert border_lines(np.zeros((6, 8), int)).shape == (0, 2, 2)

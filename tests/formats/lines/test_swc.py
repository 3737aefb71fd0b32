"""Neurons in SWC: their branches as lines."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.formats.lines.reader import read_streamlines
from napari_atlas_explorer.formats.lines.swc import read_swc, read_swc_tree

from ...refusals import refused

NEURON = """\
# a comment
1 1 0 0 0 5.5 -1
2 2 10 0 0 1 1
3 2 10 10 0 1 2
  4 2 10 10 5 0.5 3  # an end

5 3 0 20 0 1 1
6 3 0 20 30 1 5
7 3 0 50 0 1 5
20 0 100 100 100 1 -1
"""


def written(folder, text, name="neuron.swc"):
    path = folder / name
    path.write_text(text)
    return path


def test_branches_run_from_fork_to_fork(tmp_path):
    found = read_streamlines(written(tmp_path, NEURON, "neuron.txt"))
    paths = [line.positions.tolist() for line in found]
    assert paths == [
        [[0, 0, 0], [10, 0, 0], [10, 10, 0], [10, 10, 5]],
        [[0, 0, 0], [0, 20, 0]],
        [[0, 20, 0], [0, 20, 30]],
        [[0, 20, 0], [0, 50, 0]],
        [[100, 100, 100]],
    ]
    assert [line.attributes["parent"] for line in found] == [None, None, 1, 1, None]
    assert [line.attributes["root"] for line in found] == [1, 1, 1, 1, 20]
    assert [line.attributes.get("type-name") for line in found] == [
        "axon",
        "basal dendrite",
        "basal dendrite",
        "basal dendrite",
        None,
    ]
    assert found[0].values["radius"].tolist() == [5.5, 1, 1, 0.5]
    assert found[0].values["type"].tolist() == [1, 2, 2, 2]
    assert found.kind == "SWC"


def test_rows_may_stand_in_any_order(tmp_path):
    rows = NEURON.splitlines()
    shuffled = [rows[k] for k in np.random.default_rng(0).permutation(len(rows))]
    forth = read_swc(written(tmp_path, NEURON))
    back = read_swc(written(tmp_path, "\r\n".join(shuffled), "other.swc"))
    key = [sorted(map(str, (line.positions.tolist() for line in x))) for x in (forth, back)]
    assert key[0] == key[1]


def test_an_offset_in_a_comment_is_reported_and_not_added(tmp_path):
    found = read_swc(written(tmp_path, "# OFFSET 100.0 0 3\n" + NEURON))
    assert "100.0 0 3" in found.notes[0]
    assert found[0].positions[0].tolist() == [0, 0, 0]
    assert not read_swc(written(tmp_path, "# OFFSET 0 0 0\n" + NEURON)).notes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# nothing\n", ["no rows"]),
        ("1 1 0 0 0 1\n", ["line 1", "seven numbers"]),
        ("1 1 0 0 0 1 -1\n2 2 0 0 zero 1 1\n", ["line 2", "zero"]),
        ("1 1 0 0 0 1 -1\n1 2 0 0 0 1 1\n", ["line 2", "id 1 again"]),
        ("1 1 0 0 0 1 9\n", ["line 1", "parent 9"]),
        ("1 1 0 0 0 1 0\n", ["line 1", "parent 0"]),
        ("1 1 0 0 0 1 1\n", ["its own ancestor"]),
        ("1 1 0 0 0 1 -1\n2 2 0 0 0 1 4\n3 2 0 0 0 1 2\n4 2 0 0 0 1 3\n", ["its own ancestor"]),
        ("1.5 1 0 0 0 1 -1\n", ["id 1.5", "whole"]),
        ("1 1 0 0 0 1 -1\n1e300 1 0 0 0 1 -1\n", ["line 2", "id 1e+300"]),
        ("nan 1 0 0 0 1 -1\n", ["id nan"]),
        ("1 inf 0 0 0 1 -1\n", ["type inf"]),
        ("1 1 0 nan 0 1 -1\n", ["line 1", "nan"]),
        ("1 1 0 1e99 0 1 -1\n", ["line 1", "1e+99"]),
    ],
)
def test_what_is_no_tree_is_refused_with_its_line(tmp_path, text, words):
    path = written(tmp_path, text)
    with refused(path, *words):
        read_swc(path)


def test_a_long_unbranched_neuron_is_one_line(tmp_path):
    n = 20_000
    rows = "\n".join(f"{k} 2 {k} 0 0 1 {k - 1 if k > 1 else -1}" for k in range(1, n + 1))
    found = read_swc(written(tmp_path, rows))
    assert len(found) == 1
    assert found[0].length == n - 1


@pytest.mark.data
@pytest.mark.parametrize("name", ["121753.swc", "neuron1.swc"])
def test_branches_of_real_neurons_add_up_to_the_neuron(data_folder, name):
    path = data_folder / "streamlines_points_meshes" / name
    tree = read_swc_tree(path)
    linked = tree.parents >= 0
    steps = tree.positions[linked] - tree.positions[tree.parents[linked]]
    whole = np.linalg.norm(steps, axis=1).sum()
    lines = read_swc(path)
    assert sum(line.length for line in lines) == pytest.approx(whole)
    # Every point stands on one branch, besides those that branches share.
    assert sum(len(line) - 1 for line in lines) == linked.sum()

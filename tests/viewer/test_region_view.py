"""Filter, depth and side as a model."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import Atlas
from napari_atlas_explorer.viewer.region_view import RegionView


@pytest.fixture
def view(small_atlas: Atlas) -> RegionView:
    return RegionView(small_atlas.ranks)


def rank(view: RegionView, acronym: str) -> int:
    return view.rank_volume.region_map.rank(acronym)


def drawn_names(view: RegionView) -> set[str]:
    """Acronyms of the regions as which something is drawn."""
    regions = view.rank_volume.region_map
    return {
        regions.acronym_of_rank(k) for k in set(view.drawn().tolist()) - {0} if k <= len(regions)
    }


def test_everything_is_drawn_as_itself_at_first(view: RegionView) -> None:
    assert view.drawn().tolist() == list(range(view.rank_volume.n_ranks))
    assert not view.is_filtered


def test_show_only_keeps_a_region_with_its_descendants(view: RegionView) -> None:
    view.show_only([rank(view, "A")])
    assert drawn_names(view) == {"A", "a1", "a2"}


def test_hide_takes_descendants_along_and_leaves_the_rest(view: RegionView) -> None:
    view.hide([rank(view, "A")])
    assert drawn_names(view) == {"root", "B", "b1", "C"}


def test_depth_draws_regions_as_their_ancestors(view: RegionView) -> None:
    view.set_depth(1)
    assert drawn_names(view) == {"root", "A", "B", "C"}
    assert view.displayed(rank(view, "a2")) == rank(view, "A")


def test_deepest_level_means_no_collapse(view: RegionView) -> None:
    view.set_depth(2)
    assert view.depth is None


def test_a_hidden_region_is_hidden_at_every_depth(view: RegionView) -> None:
    view.hide([rank(view, "a1")])
    view.set_depth(1)
    assert view.displayed(rank(view, "a1")) == 0
    assert view.displayed(rank(view, "a2")) == rank(view, "A")


def test_the_other_hemisphere_is_not_drawn(view: RegionView) -> None:
    view.set_hemisphere(1)
    a1 = rank(view, "a1")
    assert [view.displayed(a1, side) for side in (0, 1, 2)] == [0, a1, 0]


def test_a_hemisphere_that_is_none_is_refused(view: RegionView) -> None:
    with pytest.raises(ValueError, match="side 3"):
        view.set_hemisphere(3)


def test_ids_not_in_the_hierarchy_are_drawn_and_can_be_hidden(view: RegionView) -> None:
    stranger = view.rank_volume.n_ranks - 1
    view.set_depth(0)
    assert view.displayed(stranger) == stranger
    view.show_only([rank(view, "A")])
    assert view.displayed(stranger) == 0


def test_undo_and_redo_go_through_every_step(view: RegionView) -> None:
    view.hide([rank(view, "A")])
    view.set_depth(1)
    view.set_hemisphere(2)
    view.history.undo()
    assert (view.depth, view.hemisphere) == (1, None)
    view.history.undo()
    view.history.undo()
    assert not view.is_filtered
    assert view.history.last is None
    view.history.redo()
    assert drawn_names(view) == {"root", "B", "b1", "C"}
    view.show_all()
    assert view.history.next is None


def test_a_change_that_changes_nothing_is_no_step(view: RegionView) -> None:
    calls: list[int] = []
    view.changed.connect(lambda: calls.append(1))
    view.show_all()
    view.set_depth(None)
    assert calls == []
    assert view.history.last is None


def test_check_states_are_all_some_and_none(view: RegionView) -> None:
    view.hide([rank(view, "a1")])
    states = view.check_states()
    by_name = {n: int(states[rank(view, n)]) for n in ("root", "A", "a1", "a2", "B", "C")}
    assert by_name == {"root": 1, "A": 1, "a1": 0, "a2": 2, "B": 2, "C": 2}


def test_regions_without_voxels_do_not_make_a_parent_partial(view: RegionView) -> None:
    view.hide([rank(view, "C")])  # C has no voxel here
    states = view.check_states()
    assert states[rank(view, "C")] == 0
    assert states[rank(view, "root")] == 2


def test_restore_brings_a_state_back_as_one_step(view: RegionView) -> None:
    view.show_only([rank(view, "B")])
    state = view.state
    view.show_all()
    view.restore(state)
    assert drawn_names(view) == {"B", "b1"}
    view.history.undo()
    assert np.array_equal(view.state.shown, np.ones(view.rank_volume.n_ranks, bool))

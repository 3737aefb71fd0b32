"""Parameters by the names that peers give them."""

from __future__ import annotations

import inspect

import pytest

from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.peer_names import accept_keywords, refuse_in_place

from ..refusals import refused


class Doubler:
    @accept_keywords(structure="region", number="times")
    def double(self, region: int, times: int = 1) -> int:
        """Double."""
        return region * 2 * times


def test_both_names_of_a_parameter_are_taken():
    doubler = Doubler()
    assert doubler.double(3) == doubler.double(region=3) == doubler.double(structure=3) == 6
    assert doubler.double(structure=3, number=2) == doubler.double(3, times=2) == 12


def test_a_parameter_that_is_given_twice_is_a_type_error():
    with pytest.raises(TypeError, match="'structure' and 'region'"):
        Doubler().double(structure=3, region=3)
    with pytest.raises(TypeError, match="multiple values"):
        Doubler().double(3, structure=3)
    with pytest.raises(TypeError, match="unexpected"):
        Doubler().double(3, strukture=3)


def test_help_shows_the_names_of_this_library():
    assert list(inspect.signature(Doubler.double).parameters) == ["self", "region", "times"]
    assert Doubler.double.__doc__ == "Double."


def test_a_change_in_place_is_refused_with_what_to_write():
    refuse_in_place(False, "x = x.y()")
    with refused("x = x.y()", by=ArgumentError):
        refuse_in_place(True, "x = x.y()")

"""docs/mask-recipe.schema.json describes the recipes that are written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.mask_recipe import STEPS, MaskRecipe, Operation
from napari_atlas_explorer.core.query.parser import select

from ..refusals import refused

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "mask-recipe.schema.json"


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture
def document(small_atlas) -> dict:
    selection = select("left:A + 999", small_atlas.ranks)
    steps = [Operation(name, 10.0 if name in STEPS[:3] else None) for name in STEPS]
    steps.append(Operation("cut", sha256="0" * 64))
    recipe = MaskRecipe.of(small_atlas, selection, "left:A + 999", steps)
    return json.loads(json.dumps(recipe.with_result(np.ones((2, 3, 4), bool)).as_dict()))


def test_recipes_follow_it(validator, document):
    validator.validate(document)
    validator.validate({**document, "mask_sha256": None, "hemisphere_convention": None})
    assert MaskRecipe.from_dict(document).as_dict() == document


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", 2),
        ("format", "x"),
        ("regions", [{"id": 1}]),
        ("credit", {"a": 1}),
        ("operations", [{"name": "grow", "micrometres": None}]),
        ("operations", [{"name": "grow"}]),
        ("operations", [{"name": "fill", "micrometres": 5}]),
        ("operations", [{"name": "dance"}]),
        ("mask_sha256", 5),
        ("software", None),
    ],
)
def test_what_it_refuses_is_refused(validator, document, key, value):
    changed = {**document, key: value}
    assert not validator.is_valid(changed)
    with refused(by=ArgumentError):
        MaskRecipe.from_dict(changed)


def test_the_hashes_are_those_that_it_describes(small_atlas, document):
    ids = small_atlas.annotation.raw
    runs: list[list[int]] = []
    for line in ids.reshape(-1, ids.shape[-1]).tolist():
        for n, value in enumerate(line):
            if n and value == runs[-1][0]:
                runs[-1][1] += 1
            else:
                runs.append([value, 1])
    values, lengths = np.array(runs, "<i8").T
    parts = (np.array(ids.shape, "<i8"), values, lengths)
    digest = hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
    assert document["atlas"]["annotation_sha256"] == digest
    bits = np.array([2, 3, 4], "<i8").tobytes() + b"\xff\xff\xff"
    assert document["mask_sha256"] == hashlib.sha256(bits).hexdigest()

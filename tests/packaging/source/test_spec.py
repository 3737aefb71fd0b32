import tomllib
from dataclasses import replace

import pytest

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.packaging.source.metadata import FIELDS, AtlasMetadata
from napari_atlas_explorer.packaging.source.spec import PackageSpec, read_package_spec
from napari_atlas_explorer.packaging.source.spec_writer import template_toml, write_package_spec

from ...refusals import refused

TEXT = """
[atlas]
name = "made_up"
version = "1.0"
resolution = [25, 25, 50]
[atlas.extra]
license = "CC0"
[ingredients]
annotation = "ids.nrrd"
regions = "tables/tree.json"
meshes = "surfaces"
reference = ""
[ingredients.additional_references]
nissl = "nissl.nrrd"
[options]
resolutions = [50, [50, 50, 100.5]]
labels = "majority"
empty_regions = "keep"
targets = ["voxelbrain", "brainglobe-v2"]
"""


@pytest.fixture
def folder(tmp_path):
    here = tmp_path / "work" / "atlas"
    (here / "tables").mkdir(parents=True)
    (here / "surfaces").mkdir()
    (here / "labels").mkdir()
    for name in ("ids.nrrd", "nissl.nrrd", "tables/tree.json", "template.nrrd"):
        (here / name).touch()
    return here


def read(folder, text):
    path = folder / "package.toml"
    path.write_text(text, encoding="utf-8")
    return read_package_spec(path)


def test_a_recipe_is_read_with_whole_paths(folder):
    assert read(folder, TEXT) == PackageSpec(
        metadata=AtlasMetadata(
            name="made_up", version="1.0", resolution=(25.0, 25.0, 50.0), extra={"license": "CC0"}
        ),
        annotation=folder / "ids.nrrd",
        regions=folder / "tables" / "tree.json",
        meshes=folder / "surfaces",
        additional_references={"nissl": folder / "nissl.nrrd"},
        targets=("voxelbrain", "brainglobe-v2"),
        resolutions=((50.0, 50.0, 50.0), (50.0, 50.0, 100.5)),
        labels="majority",
        empty_regions="keep",
    )


def test_what_is_left_out_says_nothing(folder):
    recipe = read(folder, '[ingredients]\nannotation = "ids.nrrd"')
    assert recipe == PackageSpec(AtlasMetadata(), folder / "ids.nrrd")


@pytest.mark.parametrize("word", ["labels", "none"])
def test_meshes_may_be_one_of_two_words(folder, word):
    text = f'[ingredients]\nannotation = "ids.nrrd"\nmeshes = "{word}"'
    assert read(folder, text).meshes == word


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[options]", "[option]", ["'option'", "options"]),
        ("version", "verson", ["key in [atlas]", "'verson'", "version", "[atlas.extra]"]),
        ("annotation =", "anotation =", ["'anotation'", "annotation"]),
        ("labels =", "lables =", ["[options]", "'lables'", "labels"]),
        ('"ids.nrrd"', '"id.nrrd"', ["annotation is", "id.nrrd", "does not exist"]),
        ('"ids.nrrd"', '""', ["no annotation"]),
        ('"ids.nrrd"', "3", ["annotation is 3", "path"]),
        ('"ids.nrrd"', f'"{"x" * 5000}"', ["annotation is", "does not exist"]),
        ('"surfaces"', '"ids.nrrd"', ["meshes is", "'labels', 'none' or a folder"]),
        ('"surfaces"', "true", ["meshes is True"]),
        ("nissl =", '"a/b" =', ["additional reference 'a/b'"]),
        ("nissl =", '"Reference" =', ["additional reference 'Reference'"]),
        ('"nissl.nrrd"', '"nisl.nrrd"', ["additional_references.nissl", "nisl.nrrd"]),
        ('"majority"', '"most"', ["labels is 'most'", "'nearest' or 'majority'"]),
        ('"keep"', '"delete"', ["empty_regions is 'delete'", "'drop' or 'keep'"]),
        ('["voxelbrain", ', '["voxelbrane", ', ["targets is 'voxelbrane'", "'voxelbrain'"]),
        ("[50, [50", "[-50, [50", ["resolutions has -50", "µm"]),
        ("[50, [50", "[inf, [50", ["resolutions has inf"]),
        ("100.5]", "100.5, 2]", ["resolutions has"]),
        ('version = "1.0"', "version = 1.0", ["[atlas]", "version is 1.0", "'1.0'"]),
        ('license = "CC0"', 'name = "x"', ["name in [atlas.extra]"]),
        ("[atlas]", "[atlas", ["not valid TOML"]),
    ],
)
def test_a_mistake_is_named_with_its_key_and_what_was_expected(folder, old, new, words):
    assert TEXT.count(old) == 1
    with refused("package.toml", *words, by=AtlasFileError):
        read(folder, TEXT.replace(old, new))


@pytest.mark.parametrize("text", ["atlas = 3", "options = []", "[ingredients]\nannotation = {}"])
def test_a_table_must_be_a_table_and_a_path_a_text(folder, text):
    with refused("package.toml", "expected", by=AtlasFileError):
        read(folder, text)


def test_a_file_that_is_not_there_or_no_text_is_refused(folder):
    with refused("other.toml", "cannot be read", by=AtlasFileError):
        read_package_spec(folder / "other.toml")
    (folder / "package.toml").write_bytes(b"\xff\xfe\x00")
    with refused("not valid TOML", by=AtlasFileError):
        read_package_spec(folder / "package.toml")


def test_a_recipe_that_is_written_is_read_as_the_same(folder, tmp_path):
    recipe = replace(
        read(folder, TEXT), reference=tmp_path / "work" / "t.nrrd", meshes=folder / "labels"
    )
    (tmp_path / "work" / "t.nrrd").touch()
    path = folder / "written.toml"
    write_package_spec(path, recipe)
    assert read_package_spec(path) == recipe
    written = tomllib.loads(path.read_text(encoding="utf-8"))["ingredients"]
    assert written["annotation"] == "ids.nrrd"
    assert written["reference"] == "../t.nrrd"
    assert written["meshes"] == "./labels"
    text = path.read_text(encoding="utf-8")
    assert all(f"# {f.explanation}" in text for f in FIELDS)


def test_a_file_that_is_there_is_not_written_over(folder):
    recipe = read(folder, TEXT)
    with refused("package.toml", "exists"):
        write_package_spec(folder / "package.toml", recipe)
    write_package_spec(folder / "package.toml", recipe, force=True)
    assert read_package_spec(folder / "package.toml") == recipe


def test_a_further_key_that_toml_cannot_hold_is_named(folder):
    metadata = AtlasMetadata(name="a_b", extra={"strange": object()})
    with refused("strange", "TOML"):
        write_package_spec(folder / "x.toml", PackageSpec(metadata, folder / "ids.nrrd"))
    assert not (folder / "x.toml").exists()


def test_a_further_key_without_a_value_is_left_out(folder):
    metadata = AtlasMetadata(name="a_b", extra={"nothing": None, "deep": {"a": [1, "x"]}})
    write_package_spec(folder / "x.toml", PackageSpec(metadata, folder / "ids.nrrd"))
    assert read_package_spec(folder / "x.toml").metadata.extra == {"deep": {"a": [1, "x"]}}


def test_the_template_takes_nothing_for_granted(folder):
    with refused("no annotation"):
        read(folder, template_toml())
    filled = template_toml().replace('annotation = ""', 'annotation = "ids.nrrd"')
    recipe = read(folder, filled)
    assert recipe == PackageSpec(AtlasMetadata(), folder / "ids.nrrd")
    assert len(recipe.metadata.problems()) == sum(f.required for f in FIELDS)


def test_every_commented_line_of_the_template_can_be_used(folder):
    for name in ("hemispheres.nrrd", "orientation.nrrd", "hierarchy.json", "annotation.nrrd"):
        (folder / name).touch()
    lines = []
    for line in template_toml().splitlines():
        text = line.removeprefix("# ")
        is_key = text.split(" =")[0].isidentifier() and " = " in text
        lines.append(text if is_key or text.startswith("[") else line)
        if "Such as: " in line:
            lines.append("# " + line)
            lines.append(line.split("Such as: ")[1])
    # The empty lines that the examples stand in for come after them.
    keys = {line.split("Such as: ")[1].split(" =")[0] for line in lines if "Such as: " in line}
    lines = [line for line in lines if line not in {f'{key} = ""' for key in keys}]
    recipe = read(folder, "\n".join(lines))
    assert recipe.metadata.problems() == []
    assert recipe.additional_references == {"nissl": folder / "nissl.nrrd"}
    assert recipe.resolutions == ((50.0,) * 3, (100.0,) * 3)
    assert recipe.targets == ("brainglobe-v2",)
    assert recipe.meshes == "labels"

import configparser
import shutil

import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.local.installed import (
    brainglobe_folder,
    brainglobe_roots,
    find_local,
)
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.packaging.install import install_package, note_atlas, same_content

from .. import packages
from ..packages_v3 import write_v3
from ..refusals import refused


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home without settings of BrainGlobe's."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.delenv("BRAINGLOBE_CONFIG_DIR", raising=False)
    return folder


@pytest.fixture
def package(tmp_path):
    return packages.brainglobe_v2(tmp_path / "made" / "made_up_100um_v1.2")


def settings(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bg_config.conf").write_text(text)


def versions(path):
    config = configparser.ConfigParser()
    config.read_string(path.read_text())
    return {k: dict(v) for k, v in config.items() if k != "DEFAULT"}


def left_behind(folder):
    return [p.name for p in folder.rglob("*") if p.name.startswith(".")]


def test_the_cache_is_where_brainglobes_settings_say(home, tmp_path, monkeypatch):
    assert brainglobe_folder() == home / ".brainglobe"
    elsewhere = tmp_path / "atlases"
    settings(home / ".config" / "brainglobe", f"[default_dirs]\nbrainglobe_dir = {elsewhere}\n")
    assert brainglobe_folder() == elsewhere
    assert brainglobe_roots()[0] == elsewhere
    settings(tmp_path / "own", "[default_dirs]\nbrainglobe_dir = /third\n")
    monkeypatch.setenv("BRAINGLOBE_CONFIG_DIR", str(tmp_path / "own"))
    assert brainglobe_folder().as_posix() == "/third"


def test_settings_that_cannot_be_read_are_named_but_hide_no_atlas(home):
    settings(home / ".config" / "brainglobe", "brainglobe_dir = x\n")
    with refused("bg_config.conf", "cannot be read", by=AtlasFileError):
        brainglobe_folder()
    assert brainglobe_roots()[0] == home / ".brainglobe"


def test_a_v2_package_is_found_by_its_name_and_listed(home, package):
    [path] = install_package(package)
    assert path == home / ".brainglobe" / "made_up_100um_v1.2"
    assert same_content(path, package)
    assert find_local("made_up_100um") == path
    assert open_atlas("made_up_100um").shape == packages.SHAPE
    conf = home / ".brainglobe" / "custom_atlases.conf"
    assert versions(conf) == {"atlases": {"made_up_100um": "1.2"}}
    assert left_behind(home / ".brainglobe") == []


def test_the_same_package_may_be_installed_again(home, package):
    first = install_package(package)
    stamp = (first[0] / "metadata.json").stat().st_mtime_ns
    assert install_package(package) == first
    assert install_package(first[0]) == first
    assert (first[0] / "metadata.json").stat().st_mtime_ns == stamp


def test_another_package_of_that_name_is_replaced_only_by_force(home, package):
    [path] = install_package(package)
    (package / "README.txt").write_text("new")
    with refused(path, "another package of this name", remedy="replace"):
        install_package(package)
    assert not (path / "README.txt").exists()
    install_package(package, force=True)
    assert (path / "README.txt").read_text() == "new"
    assert left_behind(path.parent) == []


def test_two_versions_do_not_stand_side_by_side(home, package, tmp_path):
    [old] = install_package(package)
    other_size = packages.brainglobe_v2(
        tmp_path / "made" / "made_up_50um_v1.0", resolution=[50.0] * 3, version="1.0"
    )
    install_package(other_size)
    newer = packages.brainglobe_v2(tmp_path / "made" / "made_up_100um_v1.10", version="1.10")
    with refused(old, "another version", remedy="replace"):
        install_package(newer)
    [path] = install_package(newer, force=True)
    folders = sorted(p.name for p in path.parent.iterdir() if p.is_dir())
    assert folders == ["made_up_100um_v1.10", "made_up_50um_v1.0"]
    assert versions(path.parent / "custom_atlases.conf") == {
        "atlases": {"made_up_100um": "1.10", "made_up_50um": "1.0"}
    }


def test_when_noting_it_fails_all_is_as_before(home, package):
    [path] = install_package(package)
    conf = path.parent / "custom_atlases.conf"
    conf.write_text("no section = 1\n")
    (package / "README.txt").write_text("new")
    with refused("custom_atlases.conf"):
        install_package(package, force=True)
    assert conf.read_text() == "no section = 1\n"
    assert sorted(p.name for p in path.parent.iterdir()) == [conf.name, path.name]
    assert not (path / "README.txt").exists()
    assert (path / "metadata.json").exists()


def test_what_is_no_package_or_is_named_otherwise_is_refused(home, package, tmp_path):
    with refused(tmp_path, "no BrainGlobe package"):
        install_package(tmp_path)
    renamed = package.rename(package.with_name("made_up_25um_v1.2"))
    with refused("made_up_25um_v1.2", "expected made_up_100um_v1.2"):
        install_package(renamed)
    (renamed / "metadata.json").write_text("[]")
    with refused("metadata.json", "names no atlas"):
        install_package(renamed)
    assert not (home / ".brainglobe").exists()


def test_other_lines_of_the_list_of_atlases_stay(tmp_path):
    path = tmp_path / "custom_atlases.conf"
    path.write_text(
        "# mine\n[other]\nmade_up_100um = 7\n[atlases]\n; kept\nA_b_10um: 0.1\n\n[last]\nx = %y\n"
    )
    note_atlas(path, "made_up_100um", "1.2")
    note_atlas(path, "a_b_10um", "0.2")
    assert path.read_text() == (
        "# mine\n[other]\nmade_up_100um = 7\n[atlases]\nmade_up_100um = 1.2\n; kept\n"
        "a_b_10um = 0.2\n\n[last]\nx = %y\n"
    )


def test_a_list_of_atlases_without_the_section_gets_it(tmp_path):
    path = tmp_path / "custom_atlases.conf"
    path.write_text("[other]\nx = 1")
    note_atlas(path, "made_up_100um", "1.2")
    assert path.read_text() == "[other]\nx = 1\n\n[atlases]\nmade_up_100um = 1.2\n"


def test_a_list_of_atlases_that_nobody_can_read_is_left_alone(tmp_path):
    path = tmp_path / "custom_atlases.conf"
    for text in ("[atlases]\na = 1\na = 2\n", "[atlases]\n[atlases]\n", "x"):
        path.write_text(text)
        with refused("custom_atlases.conf", "cannot be read"):
            note_atlas(path, "made_up_100um", "1.2")
        assert path.read_text() == text


@pytest.fixture
def v3(tmp_path):
    """A package of two resolutions that share everything but their manifests."""
    root = tmp_path / "made" / "brainglobe-atlasapi"
    write_v3(root)
    return root


def test_a_v3_package_comes_with_all_its_components(home, v3):
    paths = install_package(v3)
    cache = home / ".brainglobe" / "brainglobe-atlasapi"
    assert paths == [cache / "atlases" / f"made_up_{n}um" / "3_0" for n in (100, 200)]
    for room in ("templates", "terminologies", "annotation-sets"):
        assert same_content(cache / room, v3 / room)
    assert open_atlas("made_up_200um").resolution == (200.0, 200.0, 200.0)
    conf = cache / "atlases" / "custom_atlases.conf"
    assert versions(conf) == {"atlases": {"made_up_100um": "3.0", "made_up_200um": "3.0"}}
    assert left_behind(cache) == []


def test_one_atlas_of_a_v3_package_comes_without_the_other(home, v3):
    [path] = install_package(v3 / "atlases" / "made_up_200um" / "3_0")
    assert path.parent.name == "made_up_200um"
    assert sorted(p.name for p in path.parents[1].iterdir()) == [
        "custom_atlases.conf",
        "made_up_200um",
    ]
    assert install_package(v3)[1] == path


def test_components_that_are_there_are_used_if_they_are_the_same(home, v3):
    install_package(v3)
    cache = home / ".brainglobe" / "brainglobe-atlasapi"
    table = cache / "terminologies" / "made_up" / "3_0" / "terminology.csv"
    stamp = table.stat().st_mtime_ns
    install_package(v3)
    assert table.stat().st_mtime_ns == stamp
    table.write_text(table.read_text().replace("#112233", "#332211"))
    shutil.rmtree(cache / "atlases")
    with refused(table.parent, "other content", remedy="replace"):
        install_package(v3)
    assert not (cache / "atlases").exists()
    install_package(v3, force=True)
    assert "#112233" in table.read_text()
    assert left_behind(cache) == []


def test_a_v3_package_whose_components_are_missing_or_elsewhere_is_refused(home, v3, tmp_path):
    manifest = v3 / "atlases" / "made_up_100um" / "3_0" / "manifest.json"
    good = manifest.read_text()
    for wrong in ("/../../secret", "/templates", "/atlases-x/a/b", "/templates/made_up/9_9"):
        manifest.write_text(good.replace("/templates/made_up/3_0", wrong))
        with refused("manifest.json"):
            install_package(v3)
    assert not (home / ".brainglobe").exists()

"""Trials of other libraries: in processes of their own, whatever they do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from napari_atlas_explorer.qa.reader_trial import (
    BRAINGLOBE,
    Trial,
    installed_version,
    try_library,
)

from . import broken, broken_v3


def trial(code, path, **options):
    return try_library("library", "1.0", code, path, **options)


def test_what_opens_has_no_error_and_its_output_stays_outside(tmp_path, capfd):
    code = "print('noise', path); open(path, 'rb').read()"
    (tmp_path / "volume").write_bytes(b"x")
    assert trial(code, tmp_path / "volume") == Trial("library", "1.0")
    assert capfd.readouterr() == ("", "")


def test_an_error_is_its_first_line_without_control_characters(tmp_path):
    code = "raise ValueError('bad \\x1b[31mid\\nand more')"
    error = trial(code, tmp_path).error
    assert error.startswith("ValueError: bad ")
    assert "\x1b" not in error
    assert "more" not in error
    assert len(trial("raise ValueError('x' * 5000)", tmp_path).error) == 300
    assert trial("raise SystemExit(3)", tmp_path).error == "SystemExit: 3"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_crash_is_an_error_of_the_library_alone(tmp_path):
    error = trial("import os; os.abort()", tmp_path).error
    assert error == "its process was ended by SIGABRT"
    assert trial("import os; os._exit(7)", tmp_path).error == "its process ended with code 7"


def test_an_endless_library_is_stopped(tmp_path):
    error = trial("import threading; threading.Event().wait()", tmp_path, seconds=3).error
    assert error == "no answer within 3 s"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has another home")
def test_settings_are_written_into_a_home_that_goes(tmp_path):
    code = (
        "from pathlib import Path\n"
        "(Path.home() / 'settings').write_text('x')\n"
        "open(path, 'w').write(str(Path.home()))"
    )
    assert trial(code, tmp_path / "home").error == ""
    home = Path((tmp_path / "home").read_text())
    assert home != Path.home()
    assert not home.exists()


def test_a_library_that_is_not_there_has_no_version():
    assert installed_version("no-such-library", "no_such_library") is None
    assert installed_version("numpy", "numpy")


def test_brainglobe_opens_its_own_layout(tmp_path):
    number = installed_version("brainglobe-atlasapi", "brainglobe_atlasapi")
    if number is None:
        pytest.skip("needs brainglobe-atlasapi")
    if number.startswith("2."):
        package = broken.sound_package(tmp_path)
    else:
        package = broken_v3.sound_v3(tmp_path) / broken_v3.MANIFEST
    assert try_library("brainglobe-atlasapi", number, BRAINGLOBE, package).error == ""
    missing = try_library("brainglobe-atlasapi", number, BRAINGLOBE, tmp_path / "none").error
    assert "Error" in missing

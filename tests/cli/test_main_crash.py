"""Unexpected errors: one line, a log file, exit code 3."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import napari_atlas_explorer
from napari_atlas_explorer.atlases.cache import folder as cache
from napari_atlas_explorer.cli import info

from ..small_files import small_files


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def fails(monkeypatch):
    """Let `info` raise an exception."""

    def set_error(exc):
        def run(args):
            raise exc

        monkeypatch.setattr(info, "run", run)

    return set_error


def logs(tmp_path) -> list[Path]:
    return sorted((tmp_path / "cache" / "logs").glob("*"))


def test_an_unexpected_error_is_one_line_with_a_log_and_exit_code_3(fails, run, tmp_path):
    fails(ValueError("mmap length is greater\nthan file size"))
    answer = run("info", "secret path")
    (log,) = logs(tmp_path)
    assert answer.code == 3
    assert answer.out == ""
    assert answer.err == (
        "atlas-explorer: unexpected error (ValueError: mmap length is greater than file size); "
        f"report it with the log {log}\n"
    )
    text = log.read_text(encoding="utf-8")
    assert f"napari-atlas-explorer {napari_atlas_explorer.__version__}" in text
    assert re.search(r"^Python 3\.\d+", text, re.MULTILINE)
    assert "command info" in text
    assert "Traceback (most recent call last)" in text
    assert "test_main_crash.py" in text
    assert "secret path" not in text


def test_what_cannot_be_written_as_text_is_logged_as_escapes(fails, run, tmp_path):
    fails(RuntimeError("half \ud800 \x1b[31m" + "x" * 100_000))
    answer = run("info", "x")
    assert answer.code == 3
    assert answer.err.count("\n") == 1
    assert "\x1b" not in answer.err
    assert len(answer.err) < 2000
    assert r"\ud800" in logs(tmp_path)[0].read_text(encoding="utf-8")


class NoText(Exception):
    def __str__(self) -> str:
        raise AttributeError("no text")


def test_an_exception_without_a_message_has_its_type(fails, run, tmp_path):
    fails(NoText())
    answer = run("info", "x")
    assert answer.code == 3
    assert "unexpected error (NoText); report it" in answer.err
    assert len(logs(tmp_path)) == 1


def test_without_a_writable_cache_the_log_is_a_temporary_file(fails, run, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    fails(KeyError("x"))
    answer = run("info", "x")
    assert answer.code == 3
    (log,) = (tmp_path / "temporary").glob("error-*.log")
    assert str(log) in answer.err


def test_where_no_log_can_be_written_the_line_is_still_there(fails, run, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(cache, "cache_path", lambda part: tmp_path / "file" / part)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    fails(KeyError("x"))
    answer = run("info", "x")
    assert answer.code == 3
    assert answer.err == (
        "atlas-explorer: unexpected error (KeyError: 'x'); no log could be written\n"
    )


@pytest.mark.parametrize(
    "exc",
    [
        MemoryError(),
        ImportError("libx.so: failed to map segment from shared object"),
        ImportError("libx.so: cannot allocate memory in static TLS block"),
    ],
)
def test_too_little_memory_is_no_fault_of_the_program(fails, refuses, tmp_path, exc):
    fails(exc)
    assert refuses("info", "x") == "atlas-explorer: there is not enough memory for this\n"
    assert not logs(tmp_path)


def test_a_library_that_cannot_be_imported_is_told_in_one_line(fails, run):
    fails(ImportError("cannot import name 'x' from 'y'"))
    answer = run("info", "x")
    assert answer.code == 3
    assert "ImportError: cannot import name 'x' from 'y'" in answer.err


def test_an_interruption_is_no_error(fails, run, tmp_path):
    fails(KeyboardInterrupt())
    assert run("info", "x") == (130, "", "")
    assert not logs(tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ["mask", "ATLAS", "A", "-o", "OUT/m.nrrd"],
        ["mask", "ATLAS", "A", "-o", "OUT/m.tif"],
        ["mask", "ATLAS", "A", "-o", "OUT/m.obj"],
        ["stats", "ATLAS", "-o", "OUT/s.csv"],
        ["stats", "ATLAS", "--json", "OUT/s.json"],
        ["tree", "ATLAS", "--json", "OUT/t.json"],
        ["snapshot", "ATLAS", "-o", "OUT/a.png"],
        ["compare", "ATLAS", "ATLAS", "-o", "OUT/c.csv"],
    ],
    ids=lambda words: f"{words[0]} {words[-1]}",
)
def test_what_cannot_be_written_names_its_file(refuses, package, tmp_path, words):
    words = [w.replace("ATLAS", str(package)).replace("OUT", str(tmp_path)) for w in words]
    with small_files(64):  # as on a full disk, an error that names no file
        line = refuses(*words)
    assert f"{words[-1]}: " in line
    assert sorted(tmp_path.iterdir()) == [package]


def run_alone(*words: str, prefix: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a shell of its own."""
    command = shlex.join([sys.executable, "-m", "napari_atlas_explorer", *words])
    return subprocess.run(
        ["/bin/sh", "-c", f"{prefix}{command}"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux alone")
def test_a_program_that_does_not_fit_into_memory_says_so_in_one_line():
    for thousands in (20, 40, 60):
        answer = run_alone("info", "x", prefix=f"ulimit -v {thousands}000; ")
        assert (answer.returncode, answer.stdout) == (2, ""), answer
        assert answer.stderr.startswith("atlas-explorer: there is not enough memory")
        assert answer.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="started by a POSIX shell")
def test_a_program_that_lacks_a_library_says_so_in_one_line(tmp_path):
    (tmp_path / "numpy.py").write_text('raise ImportError("numpy is\\nbroken")\n')
    answer = run_alone("info", "x", PYTHONPATH=str(tmp_path))
    assert (answer.returncode, answer.stdout) == (3, "")
    assert "ImportError: numpy is broken" in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_help_and_version_import_no_command():
    """Nor any library: they answer at once."""
    code = (
        "import sys; sys.argv = ['atlas-explorer', '--help']\n"
        "from napari_atlas_explorer.__main__ import main\n"
        "main(); print(sorted({'numpy', 'scipy', 'pandas', 'napari'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.endswith("[]\n")
    assert "check whether packaged atlases" in answer.stdout

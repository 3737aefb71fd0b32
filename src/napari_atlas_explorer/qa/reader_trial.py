"""Opening a package with another library, in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import site
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..core.text import sanitize_text

TIME_LIMIT = 180.0
"""Seconds after which a library is stopped; importing one takes up to half a minute."""

LONGEST = 300
MARK = "napari-atlas-explorer trial:"

BRAINGLOBE = """
from brainglobe_atlasapi.core import Atlas
atlas = Atlas(path)
len(atlas.structures), atlas.shape
"""
VOXCELL = """
from voxcell.nexus.voxelbrain import Atlas
atlas = Atlas.open(path)
atlas.load_region_map()
atlas.load_data("brain_regions")
"""
WRAPPER = """
import json, sys, warnings
warnings.simplefilter("ignore")
path, error = sys.argv[1], None
try:
    exec(sys.argv[2], {"path": path})
except BaseException as exc:
    error = f"{type(exc).__name__}: {exc}"
print("\\n" + sys.argv[3] + json.dumps(error))
"""


@dataclass(frozen=True)
class Trial:
    """Result of opening a package with a library.

    Attributes
    ----------
    distribution
        Distribution, such as "brainglobe-atlasapi".
    version
        Its version.
    error
        First line of its error; "" if it opened the package.
    """

    distribution: str
    version: str
    error: str = ""


def installed_version(library: str, module: str) -> str | None:
    """Return the version of a library that this interpreter could import, None without it."""
    try:
        return version(library) if importlib.util.find_spec(module) is not None else None
    except (PackageNotFoundError, ValueError):
        return None


def try_library(
    library: str, number: str, code: str, path: Path, seconds: float = TIME_LIMIT
) -> Trial:
    """Open a package with a library.

    What it imports, prints and writes into the user's settings stays outside; a crash or an endless
    loop is its error.

    Parameters
    ----------
    library, number
        Name and version, for the result.
    code
        Opens ``path``.
    path
        The package.
    seconds
        Time limit.
    """
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "HOME": home,
            "XDG_CONFIG_HOME": home,
            "PYTHONUSERBASE": site.getuserbase(),  # else it would be looked for in the new home
        }
        try:
            done = subprocess.run(
                [sys.executable, "-c", WRAPPER, str(path.absolute()), code, MARK],
                cwd=home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Trial(library, number, f"no answer within {seconds:g} s")
        except OSError as exc:
            return Trial(library, number, f"no process could be started ({exc.strerror})")
    answers = [
        line.removeprefix(MARK)
        for line in done.stdout.decode("utf-8", "replace").splitlines()
        if line.startswith(MARK)
    ]
    if not answers:
        return Trial(library, number, _describe_end(done.returncode))
    error = json.loads(answers[-1])
    return Trial(library, number, _shorten(str(error)) if error is not None else "")


def _describe_end(code: int) -> str:
    if code >= 0:
        return f"its process ended with code {code}"
    try:
        return f"its process was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"its process was ended by signal {-code}"


def _shorten(error: str) -> str:
    line = next((line for line in error.splitlines() if line.strip()), "an error without a message")
    text = sanitize_text(line.strip())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

"""A package in the place of brainglobe-atlasapi, whose servers are out of a test's reach.

It has the two entry points that are used, with their arguments (2.3 and 3.0), and prints on
standard output as the real one does.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ATLAS = """
import os, shutil, sys, time
from pathlib import Path

class BrainGlobeAtlas:
    def __init__(self, atlas_name, brainglobe_dir=None, interm_download_dir=None,
                 check_latest=True, config_dir=None, fn_update=None):
        print("Downloading...")
        if atlas_name == "offline_25um":
            raise ConnectionError("No internet connection, try again")
        if atlas_name == "endless_25um":
            Path(os.environ["STAND_IN_STARTED"]).write_text(str(os.getpid()))
            time.sleep(600)
        if atlas_name == "made_up_100um":
            return self.like_version_3(fn_update)
        if atlas_name not in ("made_up_50um",):
            raise ValueError(f"{atlas_name} is not a valid atlas name!")
        fn_update(0, 1_000_000)
        shutil.copytree(os.environ["STAND_IN_SOURCE"],
                        Path.home() / ".brainglobe" / "made_up_50um_v1.2")
        fn_update(1_000_000, 1_000_000)

    def like_version_3(self, fn_update):
        # Everything but the values arrives; these come when they are asked for.
        self.source = Path(os.environ["STAND_IN_V3"])
        self.target = Path.home() / ".brainglobe" / "brainglobe-atlasapi"
        shutil.copytree(self.source, self.target, ignore=shutil.ignore_patterns("c"),
                        dirs_exist_ok=True)
        self.fs = None
        self.additional_references = type("", (), {"references_names": []})()

    def fetch(self, part):
        if "STAND_IN_LAZY" not in os.environ:
            for folder in self.source.rglob("c"):
                if part in str(folder):
                    shutil.copytree(folder, self.target / folder.relative_to(self.source),
                                    dirs_exist_ok=True)

    annotation = property(lambda self: self.fetch("annotations_compressed"))
    template = property(lambda self: self.fetch("template"))
    hemispheres = property(lambda self: self.fetch("hemispheres"))
"""
LISTING = """
def get_all_atlases_lastversions():
    print("{'not': 'an answer'}")
    return {"made_up_50um": "1.2", "allen_mouse_25um": "1.2"}
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put it where this process and the others it starts find it."""
    package = folder / "brainglobe_atlasapi"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(ATLAS)
    (package / "list_atlases.py").write_text(LISTING)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))

"""Every public member of the peers has its row in the documentation."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from .peers import REPO, SCRIPTS, interpreter

pytestmark = pytest.mark.conformance

PAGE = (REPO / "docs" / "peer-members.md").read_text(encoding="utf-8")
SECTIONS = {text.splitlines()[0].split(",")[0]: text for text in PAGE.split("\n## ")}


def documented(section: str) -> list[str]:
    """Left column of a section's table."""
    return re.findall(r"^\| `([^`]+)` \|", SECTIONS[section], re.M)


def members(peer: str, home: Path) -> list[str]:
    """Public members as inspection in the peer's environment finds them."""
    if not interpreter(peer).exists():
        pytest.skip(f"needs {peer} in an environment of its own (make conformance)")
    answer = subprocess.run(
        [interpreter(peer), SCRIPTS / "list_members.py", peer],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOME": str(home)},
    )
    return json.loads(answer.stdout)


@pytest.mark.parametrize(
    ("peer", "section"),
    [
        ("voxcell", "voxcell 3.1"),
        ("brainglobe", "brainglobe-atlasapi 2.3"),
        ("allensdk", "AllenSDK 2.16"),
    ],
)
def test_every_member_has_its_row(peer, section, tmp_path):
    assert documented(section) == members(peer, tmp_path)


def test_members_of_brainglobe_3_have_their_rows_where_they_differ(tmp_path):
    shared = documented("brainglobe-atlasapi 2.3")
    ours = [name for name in members("brainglobe3", tmp_path) if name not in shared]
    assert documented("brainglobe-atlasapi 3.0") == ours

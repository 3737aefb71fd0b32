"""The peers' own tests, run on this library, and the table of their results.

Each table in ``tables/`` has a row for every test of a peer's suite. The tests of voxcell and
AllenSDK run unchanged: packages in ``adapters/`` have the peers' import names and answer from
this library. BrainGlobe's distributions have no tests, and its tests download atlases, so theirs
are restated. ``python -m tests.conformance.suites`` writes the results into the documentation.
"""

from __future__ import annotations

import ast
import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .peers import FOLDER, REPO
from .scripts import fetch_tests

HERE = Path(__file__).parent
PAGE = REPO / "docs" / "peer-suites.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"

VERDICTS = ("passed", "restated", "deliberate", "peer's fault", "not of this library", "ours")
"""From the best to the worst: a test with several rows counts as the worst of them."""


@dataclass(frozen=True)
class Suite:
    """Tests of one version of a peer.

    Attributes
    ----------
    name
        Of its table, and of the folder that its tests are in.
    title
        Peer and version.
    adapter
        Folder in ``adapters/``; empty where the tests are not run.
    """

    name: str
    title: str
    adapter: str = ""

    @property
    def folder(self) -> Path:
        """Where `make conformance` puts the tests."""
        peers = Path(os.environ.get(FOLDER) or REPO / ".conformance")
        return peers.absolute() / "tests" / self.name

    @property
    def table(self) -> Path:
        return HERE / "tables" / f"{self.name}.csv"


SUITES = [
    Suite("voxcell", f"voxcell {fetch_tests.VOXCELL}", "voxcell"),
    Suite("brainglobe", f"brainglobe-atlasapi {fetch_tests.BRAINGLOBE}"),
    Suite("brainglobe3", f"brainglobe-atlasapi {fetch_tests.BRAINGLOBE3}"),
    Suite("allensdk", f"AllenSDK {fetch_tests.ALLENSDK}, hierarchies and volumes", "allensdk"),
]


@dataclass(frozen=True)
class Row:
    """Result of one test, or of one of its cases where these differ.

    Attributes
    ----------
    test
        "file::function", or "file::function[case]".
    see
        Test of ours that asks the same, "file::function" from the repository's folder.
    """

    test: str
    verdict: str
    reason: str
    see: str

    @property
    def function(self) -> str:
        return self.test.partition("[")[0]


def read_table(suite: Suite) -> list[Row]:
    with suite.table.open(encoding="utf-8", newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


def list_tests(folder: Path) -> Iterator[str]:
    """Every test function of a folder, as pytest would name it, without cases."""
    for path in sorted(folder.rglob("test_*.py")):
        file = path.relative_to(folder).as_posix()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                yield f"{file}::{node.name}"
            elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                for method in node.body:
                    if isinstance(method, ast.FunctionDef) and method.name.startswith("test"):
                        yield f"{file}::{node.name}::{method.name}"


def run(suite: Suite, files: list[str], folder: Path) -> dict[str, str]:
    """Outcome of every case in some files of a suite, by its node id."""
    outcomes = folder / "outcomes.json"
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    adapters = HERE / "adapters"
    paths = [adapters / suite.adapter, adapters, REPO / "src"]
    options = ["-q", "--tb=no", "--import-mode=importlib", "-p", "outcomes"]
    options += ["-p", "no:cacheprovider", "-c", str(folder / "pytest.ini")]
    options += ["--rootdir", str(suite.folder), *(str(suite.folder / file) for file in files)]
    subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        env={
            **os.environ,
            "HOME": str(folder),
            "OUTCOMES": str(outcomes),
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        cwd=folder,
        stdout=subprocess.DEVNULL,
        check=False,  # tests fail, which is what is asked
    )
    return json.loads(outcomes.read_text(encoding="utf-8"))


def count_verdicts(rows: list[Row]) -> Counter[str]:
    """Number of tests by verdict, each test once."""
    worst: dict[str, str] = {}
    for row in rows:
        other = worst.get(row.function, "passed")
        worst[row.function] = max(other, row.verdict, key=VERDICTS.index)
    return Counter(worst.values())


# ---- the page ------------------------------------------------------------------------------------


def results() -> str:
    """Table of all suites, and a list of the tests that are answered otherwise, in Markdown."""
    lines = [
        f"| Tests of | all | {' | '.join(VERDICTS)} |",
        "|---|--:|" + "--:|" * len(VERDICTS),
    ]
    for suite in SUITES:
        counts = count_verdicts(read_table(suite))
        cells = [str(counts[verdict]) for verdict in VERDICTS]
        lines.append(f"| {suite.title} | {counts.total()} | {' | '.join(cells)} |")
    for suite in SUITES:
        lines += ["", f"## {suite.title}", "", "| Test | Result | Reason |", "|---|---|---|"]
        alike: dict[tuple[str, str, str], list[str]] = {}
        for row in read_table(suite):
            if row.verdict in ("deliberate", "peer's fault", "ours"):
                file, _, name = row.test.rpartition("/")[2].partition("::")
                alike.setdefault((file, row.verdict, row.reason), []).append(f"`{name}`")
        for (file, verdict, reason), names in alike.items():
            lines.append(f"| `{file}`: {', '.join(names)} | {verdict} | {reason} |")
    return "\n".join(lines)


def page_with_results(page: str) -> str:
    """Page with the results between their marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{results()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with_results(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

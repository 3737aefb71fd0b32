"""Reports: JSON after its schema, one HTML page, a label volume; the same bytes each time."""

from __future__ import annotations

import base64
import io
import json
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import nrrd
import numpy as np
import pytest
from PIL import Image

from napari_atlas_explorer import AtlasError, open_atlas
from napari_atlas_explorer.figures.paint import FAULT, OUTLINE
from napari_atlas_explorer.figures.qa_report import qa_page
from napari_atlas_explorer.qa.document import (
    against_baseline,
    as_document,
    counts_of,
    open_command,
    read_document,
)
from napari_atlas_explorer.qa.findings_volume import findings_table, write_findings_volume
from napari_atlas_explorer.qa.registry import CHECKS
from napari_atlas_explorer.qa.review import Verdict
from napari_atlas_explorer.qa.run import run_qa
from napari_atlas_explorer.qa.subject import Subject

from ..made_up import write_brainglobe

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "qa-report.schema.json"
UNKNOWN = (10, 8, 8)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The made-up package with one voxel of an id that its hierarchy does not have."""
    import tifffile

    folder = write_brainglobe(tmp_path_factory.mktemp("packages") / "made_up_50um_v1.0")
    ids = tifffile.imread(folder / "annotation.tiff")
    ids[UNKNOWN] = 4242
    tifffile.imwrite(folder / "annotation.tiff", ids)
    return folder


@pytest.fixture(scope="module")
def report(package):
    return run_qa(package)


def test_the_document_follows_its_schema_and_leads_to_the_voxel(report, package):
    document = as_document(report, "2026-01-01T00:00:00+00:00", {5: Verdict(5, "fail", "thin")})
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    found = next(f for f in document["findings"] if f["code"] == "label-unknown-id")
    assert found["severity"] == "error"
    assert found["region_ids"] == [4242]
    assert found["anchor"]["voxel"] == list(UNKNOWN)
    assert found["anchor"]["extent"] == [[10, 11], [8, 9], [8, 9]]
    assert found["count"] == 1
    assert found["open"].startswith(f"atlas-explorer open {package} --finding ")
    assert found["id"] in found["open"]
    assert document["summary"]["error"] >= 1
    assert document["review"] == [
        {"region_id": 5, "region": "TH", "verdict": "fail", "note": "thin"}
    ]
    states = {c["code"]: c["status"] for c in document["checks"]}
    assert states["label-unknown-id"] == "found"
    whys = {c["why"] for c in document["checks"] if c["status"] == "not run"}
    assert "no meshes" in whys


def test_findings_stand_in_order_and_have_names_of_their_own(report):
    listed = report.listed
    order = {"error": 0, "warning": 1, "info": 2}
    grades = [order[one.finding.severity] for one in listed]
    assert grades == sorted(grades)
    assert len({one.id for one in listed}) == len(listed)


class Loads(HTMLParser):
    """Everything that a page asks a browser to fetch."""

    def __init__(self):
        super().__init__()
        self.fetched: list[str] = []
        self.pictures = 0

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("src", "href", "srcset", "data") and value:
                if value.startswith("data:image/png;base64,"):
                    self.pictures += 1
                else:
                    self.fetched.append(value)


def test_the_page_stands_alone_and_says_what_the_document_says(report):
    page = qa_page(report, "2026-01-01", {5: Verdict(5, "unsure", "<b>look</b>")})
    loads = Loads()
    loads.feed(page)
    assert loads.fetched == []
    assert loads.pictures >= 1
    assert "url(" not in page
    assert "label-unknown-id" in page
    assert "&lt;b&gt;look&lt;/b&gt;" in page
    assert "<b>look" not in page
    for one in report.listed:
        assert one.finding.code in page


def test_the_same_input_gives_the_same_bytes(package, tmp_path):
    first, second = run_qa(package), run_qa(package)
    assert json.dumps(as_document(first)) == json.dumps(as_document(second))
    assert qa_page(first) == qa_page(second)
    for name, one in (("a", first), ("b", second)):
        write_findings_volume(one, tmp_path / f"{name}.nrrd")
    assert (tmp_path / "a.nrrd").read_bytes() == (tmp_path / "b.nrrd").read_bytes()
    other = qa_page(first, "2026-01-02")
    assert re.sub("2026-01-02", "2026-01-03", other) == qa_page(first, "2026-01-03")


def test_the_label_volume_opens_with_names_and_marks_the_voxel(report, tmp_path):
    marked = write_findings_volume(report, tmp_path / "findings.nrrd")
    (tmp_path / "findings.csv").write_text(findings_table(report), encoding="utf-8")
    volume, _ = nrrd.read(str(tmp_path / "findings.nrrd"))
    assert np.count_nonzero(volume) == marked
    numbers = {f["id"]: f["label"] for f in as_document(report)["findings"]}
    unknown = next(k for k in numbers if k.startswith("label-unknown-id"))
    assert volume[UNKNOWN] == numbers[unknown]
    atlas = open_atlas(tmp_path / "findings.nrrd", tmp_path / "findings.csv", kind="annotation")
    hit = atlas.at_voxel(UNKNOWN)
    assert hit.acronym == unknown
    assert np.allclose(atlas.resolution, 50)


def test_a_baseline_leaves_what_is_new_or_has_grown(report):
    counts = counts_of(as_document(report))
    assert against_baseline(report, counts) == set()
    listed = report.listed
    fewer = {k: v for k, v in counts.items() if k != listed[0].id}
    assert against_baseline(report, fewer) == {listed[0].id}
    smaller = {**counts, listed[0].id: listed[0].finding.count - 1}
    assert against_baseline(report, smaller) == {listed[0].id}
    document = as_document(report, shown={listed[0].id})
    assert [f["id"] for f in document["findings"]] == [listed[0].id]
    assert sum(document["summary"][s] for s in ("error", "warning", "info")) == 1


def test_known_findings_are_listed_apart_and_count_no_more(package, tmp_path):
    settings = tmp_path / "qa.toml"
    settings.write_text(
        '[[known]]\ncode = "label-unknown-id"\nregion = 4242\nreason = "a test voxel"\n'
    )
    report = run_qa(package, ["labels"], settings)
    known = [one for one in report.listed if one.known]
    assert [one.finding.region_ids for one in known] == [(4242,)]
    assert report.worst() != "error"
    document = as_document(report)
    assert document["summary"]["known"] == 1
    assert document["summary"]["error"] == 0
    assert document["config"] == str(settings)


def test_a_check_can_be_switched_off_and_graded_again(package, tmp_path):
    settings = tmp_path / "qa.toml"
    settings.write_text('[severities]\nlabel-unknown-id = "off"\n')
    codes = {r.check.code for r in run_qa(package, ["labels"], settings).results}
    assert "label-unknown-id" not in codes
    settings.write_text('[severities]\nlabel-unknown-id = "info"\n')
    report = run_qa(package, ["labels"], settings)
    found = [one.finding for one in report.listed if one.finding.code == "label-unknown-id"]
    assert [f.severity for f in found] == ["info"]


def test_a_run_can_be_stopped(package):
    class Stopped(Exception):
        pass

    def stop(share: float, title: str) -> None:
        if share > 0:
            raise Stopped

    with pytest.raises(Stopped):
        run_qa(package, progress=stop)


def test_progress_names_the_check_and_its_place_among_all(package):
    seen = []
    run_qa(package, ["labels"], progress=lambda share, what: seen.append((share, what)))
    n = sum(check.group == "labels" for check in CHECKS)
    assert seen[0][1].startswith(f"check 1 of {n}, label-unknown-id")
    assert seen[-1] == (1.0, "")
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)


ODD_NAMES = (
    "plain",
    "with space",
    "it's",
    'a "quote"',
    "$HOME",
    "$(touch x)",
    "`touch x`",
    "a!b",
    "~",
    "#1",
    "a;b",
    "a\\b",
    "été",
    "a&b",
    "*",
    "-p",
)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no POSIX shell")
@pytest.mark.parametrize("name", ODD_NAMES)
def test_the_command_that_leads_to_a_finding_can_be_pasted_into_a_shell(name, tmp_path):
    command = open_command(Path(name), f"package-file-missing@{name}")
    arguments = command.removeprefix("atlas-explorer ")
    script = f"set -- {arguments}; printf '%s\\n' \"$@\""
    said = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    path = f"./{name}" if name.startswith("-") else name
    expected = ["open", path, "--finding", f"package-file-missing@{name}"]
    assert said.stdout.splitlines() == expected
    assert shlex.split(command)[1:] == expected
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ("[1]", "finding 1 is 1"),
        ('[{"count": 1}]', "without an id"),
        ('[{"id": "a", "count": 1}, {"id": "b", "count": "x"}]', "finding 2"),
        ('[{"id": "a", "count": Infinity}]', "finding 1"),
        ('[{"id": ["a"], "count": 1}]', "finding 1"),
    ],
)
def test_a_damaged_report_is_refused_with_its_place(findings, said, tmp_path):
    path = tmp_path / "before.json"
    head = '{"format": "napari-atlas-explorer qa report", "version": 1, "findings": '
    path.write_text(f"{head}{findings}}}")
    with pytest.raises(AtlasError, match=said) as refusal:
        read_document(path)
    assert "before.json" in str(refusal.value)


def test_findings_of_meshes_get_sections_with_the_outline_of_the_mesh(tmp_path):
    from . import broken

    folder = broken.sound_package(tmp_path)
    broken.mesh(549, lambda points, faces: (points, faces[10:]))(folder)
    broken.mesh(1097, lambda points, faces: ((points - 1000) * 1.5 + 1000, faces))(folder)
    (folder / "meshes" / "512.obj").unlink()
    (folder / "meshes" / "776.obj").write_text("v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n")
    (folder / "meshes" / "315.obj").write_text("v 0 0 0\n")
    (folder / "meshes" / "507.obj").write_text(f"v {'nan 0 0'}\nv 1 0 0\nv 2 0 0\nf 1 2 3\n")
    (folder / "meshes" / "8.obj").write_text("v 1e30 0 0\nv 0 1e30 0\nv 0 0 1e30\nf 1 2 3\n")
    page = qa_page(run_qa(folder, ["meshes"]))
    cards = re.findall(r"<article.*?</article>", page, re.DOTALL)
    by_id = {re.search(r'id="([^"]+)"', card)[1]: card for card in cards}
    assert {"mesh-open@549", "mesh-missing@512", "mesh-extent@1097"} <= set(by_id)
    for card in by_id.values():
        assert "data:image/png" in card
    assert "outline of the mesh" in by_id["mesh-open@549"]
    assert "outline of the mesh" not in by_id["mesh-missing@512"]
    colors = _colors_of(by_id["mesh-open@549"])
    assert {OUTLINE, FAULT} <= colors
    assert FAULT not in _colors_of(by_id["mesh-extent@1097"])
    assert not {OUTLINE, FAULT} & _colors_of(by_id["mesh-missing@512"])


def _colors_of(card: str) -> set[tuple[int, ...]]:
    data = base64.b64decode(re.search(r"base64,([^\"]+)", card)[1])
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).reshape(-1, 3)
    return {tuple(p) for p in np.unique(pixels, axis=0).tolist()}


def test_the_command_carries_comparison_and_other_settings(package, tmp_path):
    settings = tmp_path / "other.toml"
    settings.write_text("[severities]\nlabel-id-limit = 'off'\n")
    report = run_qa(Subject.at(package, package), ["labels"], settings)
    (found,) = [f for f in as_document(report)["findings"] if f["code"] == "label-unknown-id"]
    words = shlex.split(found["open"])
    assert words[:3] == ["atlas-explorer", "open", str(package)]
    assert words[words.index("--finding") + 1] == found["id"]
    assert words[words.index("--compare") + 1] == str(package)
    assert words[words.index("--config") + 1] == str(settings)

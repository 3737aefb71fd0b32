"""``qa.toml``: limits, severities and known findings, read, refused and written."""

from __future__ import annotations

import pytest

from napari_atlas_explorer import AtlasError
from napari_atlas_explorer.qa.config import Config, KnownFinding, read_config
from napari_atlas_explorer.qa.config_writer import add_known, set_limits, set_severity
from napari_atlas_explorer.qa.finding import Anchor, Finding
from napari_atlas_explorer.qa.registry import CHECKS, THRESHOLDS
from napari_atlas_explorer.qa.run import run_qa

UNKNOWN = next(c for c in CHECKS if c.code == "label-unknown-id")


def read(path, text: str) -> Config:
    path.write_text(text, encoding="utf-8")
    return read_config(path, CHECKS, THRESHOLDS)


def test_every_threshold_and_code_is_named_once():
    assert len({t.name for t in THRESHOLDS}) == len(THRESHOLDS)
    assert len({c.code for c in CHECKS}) == len(CHECKS)
    used = {name for c in CHECKS for name in c.thresholds}
    assert used == {t.name for t in THRESHOLDS}
    assert all(t.reason and t.default >= 0 for t in THRESHOLDS)


def test_a_file_sets_limits_severities_known_findings_and_sets(tmp_path):
    name = THRESHOLDS[0].name
    config = read(
        tmp_path / "qa.toml",
        f"""
[thresholds]
{name} = 0.5
[severities]
label-unknown-id = "info"
[[known]]
code = "mesh-missing"
region = 699
reason = "too thin for a surface"
[[known]]
code = "mesh-missing"
region = "lot"
reason = "no surface either"
[[sets]]
name = "parts"
regions = [1, "TH"]
domain = "root"
""",
    )
    assert config.limits_of(THRESHOLDS)[name] == 0.5
    other = THRESHOLDS[1]
    assert config.limits_of(THRESHOLDS)[other.name] == other.default
    assert config.severity_of(UNKNOWN, Finding("", code="label-unknown-id")) == "info"
    missing = Finding("", code="mesh-missing", region_ids=(699,))
    assert config.reason_for(missing, {}) == "too thin for a surface"
    by_acronym = Finding("", code="mesh-missing", region_ids=(12,))
    assert config.reason_for(by_acronym, {12: "lot"}) == "no surface either"
    assert config.reason_for(by_acronym, {12: "other"}) is None
    assert config.reason_for(Finding("", code="mesh-extra", region_ids=(699,)), {}) is None
    assert config.sets[0].regions == (1, "TH")
    assert config.sets[0].domain == "root"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[thresholds]\nfragment_shore = 1", "fragment_shore"),
        (f"[thresholds]\n{THRESHOLDS[0].name} = 'x'", "a number, 0 or more"),
        (f"[thresholds]\n{THRESHOLDS[0].name} = -1", "a number, 0 or more"),
        ("[severities]\nlabel-unknown-id = 'fatal'", "error, warning, info or off"),
        ("[severities]\nlabel-unknown = 'error'", "label-unknown-id"),
        ("[[known]]\ncode = 'label-unknown-id'\nregion = 5", "without a reason"),
        ("[[known]]\ncode = 'label-unknown-id'\nregion = 5\nreason = ' '", "without a reason"),
        ("[[known]]\ncode = 'nothing'\nreason = 'x'", "check 'nothing'"),
        ("[[sets]]\nregions = []\ndomain = 1", "regions = []"),
        ("[limits]\nx = 1", "[limits]"),
        ("thresholds = 3", "a table [thresholds]"),
        ("[thresholds", "not valid TOML"),
        ("[[known]]\ncode = ['mesh-open']\nreason = 'x'", "check ['mesh-open']"),
        ("[[known]]\nreason = 'x'", "check None"),
        (f"[thresholds]\n{THRESHOLDS[0].name} = 1{'0' * 400}", "a number, 0 or more"),
        (f"[thresholds]\n{THRESHOLDS[0].name} = 1{'0' * 5000}", "not valid TOML"),
        (f"[thresholds]\n{THRESHOLDS[0].name} = nan", "a number, 0 or more"),
        ("[[sets]]\nname = {a = 1}\nregions = [1]\ndomain = 1", "[[sets]] name = {'a': 1}"),
        ("[[known]]\ncode = 'mesh-open'\nregion = 1\nabout = 'x'\nreason = 'y'", "both"),
        ("a = " + "[" * 100_000, "not valid TOML"),
        ("#" + "x" * 2_000_000, "a short TOML file"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path, text, said):
    with pytest.raises(AtlasError) as refusal:
        read(tmp_path / "qa.toml", text)
    assert said in str(refusal.value)
    assert "qa.toml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_finding_without_a_region_is_known_by_what_it_is_about():
    finding = Finding("", code="package-file-missing", anchor=Anchor(file="README.txt"))
    known = KnownFinding("package-file-missing", None, "README.txt", "not needed here")
    assert Config(known=(known,)).reason_for(finding, {}) == "not needed here"
    other = Finding("", code="package-file-missing", anchor=Anchor(file="structures.csv"))
    assert Config(known=(known,)).reason_for(other, {}) is None


def test_writing_keeps_the_comments_of_a_file_that_is_there(tmp_path):
    path = tmp_path / "qa.toml"
    path.write_text("# agreed in March\n[severities]\nlabel-unknown-id = 'info'  # for now\n")
    finding = Finding("", code="mesh-missing", region_ids=(699,))
    add_known(path, finding, "too thin for a surface")
    set_severity(path, "mesh-extra", "off")
    limit = THRESHOLDS[0]
    set_limits(path, {limit.name: limit.default + 1}, THRESHOLDS)
    text = path.read_text()
    assert "# agreed in March" in text
    assert "# for now" in text
    config = read_config(path, CHECKS, THRESHOLDS)
    assert config.known == (KnownFinding("mesh-missing", 699, None, "too thin for a surface"),)
    assert config.severities == {"label-unknown-id": "info", "mesh-extra": "off"}
    assert config.limits == {limit.name: limit.default + 1}
    set_limits(path, {}, THRESHOLDS)
    set_severity(path, "mesh-extra", None)
    config = read_config(path, CHECKS, THRESHOLDS)
    assert config.limits == {}
    assert config.severities == {"label-unknown-id": "info"}


def test_a_new_file_is_made_and_a_reason_is_asked_for(tmp_path):
    path = tmp_path / "qa.toml"
    finding = Finding("", code="package-file-missing", anchor=Anchor(file="a.txt"))
    with pytest.raises(AtlasError, match="needs a reason"):
        add_known(path, finding, "  ")
    assert not path.exists()
    add_known(path, finding, "not ours")
    config = read_config(path, CHECKS, THRESHOLDS)
    assert config.reason_for(finding, {}) == "not ours"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (Config(limits={"tiny": 1}), "tiny"),
        (Config(severities={"label-hole ": "off"}), "label-hole "),
        (Config(known=(KnownFinding("mesh", 1, None, "thin"),)), "'mesh'"),
    ],
)
def test_names_that_do_not_exist_are_refused_in_an_object_too(config, said):
    with pytest.raises(AtlasError, match=said):
        run_qa("sample", ["package"], config)


def test_one_group_may_be_named_without_a_list():
    groups = {r.check.group for r in run_qa("sample", "package").results}
    assert groups == {"package"}


def test_names_from_before_the_first_release_are_read(tmp_path):
    config = read(
        tmp_path / "qa.toml",
        """
[thresholds]
colour_difference = 5
[severities]
hierarchy-colour-close = "info"
template-few-levels = "off"
[[known]]
code = "symmetry-one-side"
reason = "drawn on one hemisphere"
""",
    )
    assert config.limits == {"color_difference": 5.0}
    assert config.severities == {"hierarchy-color-close": "info", "reference-few-levels": "off"}
    assert [known.code for known in config.known] == ["symmetry-one-hemisphere"]

"""Checks of other distributions: installed, broken, and in the way of others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from ..made_up import write_brainglobe

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLE = (DOCS / "qa.md").read_text(encoding="utf-8").split("## Checks of your own")[1]
LAB = EXAMPLE.split("```python\n")[1].split("```")[0]
HEAD = "from napari_atlas_explorer.qa import Finding, NotRunError, Threshold, declare_check\n"


def install(site: Path, name: str, source: str, entry: str = "") -> None:
    """Install a distribution of one module; ``entry`` is what its entry point names."""
    module = name.replace("-", "_")
    site.mkdir(exist_ok=True)
    (site / f"{module}.py").write_text(source, encoding="utf-8")
    about = site / f"{module}-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text(
        f"[napari_atlas_explorer.qa_checks]\n{module} = {entry or module}\n"
    )


def checked(code: str, **options: str) -> str:
    return (
        f"{HEAD}@declare_check({code!r}, group={options.get('group', 'lab')!r}, severity='error', "
        f"title='A fault')\ndef {code.replace('-', '_')}(subject, limits):\n"
        f"    {options.get('body', 'yield Finding(str(subject.atlas.shape))')}\n"
    )


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return write_brainglobe(tmp_path_factory.mktemp("qa") / "made_up_50um_v1.0")


@pytest.fixture
def site(tmp_path):
    return tmp_path / "site"


def run_python(site: Path, *words: object) -> subprocess.CompletedProcess[str]:
    paths = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, *map(str, words)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )


def run_qa(site: Path, *words: object) -> subprocess.CompletedProcess[str]:
    answer = run_python(site, "-m", "napari_atlas_explorer", "qa", *words)
    assert "Traceback" not in answer.stderr
    return answer


def document_of(site: Path, *words: object) -> dict:
    answer = run_qa(site, *words, "--json")
    assert answer.stdout, answer.stderr
    document = json.loads(answer.stdout)
    jsonschema.validate(document, json.loads((DOCS / "qa-report.schema.json").read_text()))
    return document


def not_run(document: dict) -> dict[str, str]:
    return {c["code"]: c["why"] for c in document["checks"] if c["plugin"] and c["why"]}


def test_the_example_of_the_documentation_is_a_check_like_any_other(site, tmp_path):
    install(site, "lab-checks", LAB)
    document = document_of(site, "sample", "--only", "lab")
    (check,) = document["checks"]
    assert (check["code"], check["plugin"]) == ("lab-small-region", "lab-checks 1.2")
    finding = document["findings"][0]
    assert finding["severity"] == "warning"
    assert (finding["threshold"], finding["limit"]) == ("lab_voxels", 100)
    assert finding["unit"] == "voxels"
    assert 0 < finding["count"] < 100

    settings = tmp_path / "qa.toml"
    settings.write_text('[thresholds]\nlab_voxels = 1\n[severities]\nlab-small-region = "error"\n')
    assert document_of(site, "sample", "--only", "lab", "--config", settings)["findings"] == []
    settings.write_text(
        f'[severities]\nlab-small-region = "error"\n[[known]]\ncode = "lab-small-region"\n'
        f"region = {finding['region_ids'][0]}\nreason = 'small'\n"
    )
    answer = run_qa(site, "sample", "--only", "lab", "--config", settings, "--require", "lab")
    assert answer.returncode == (1 if len(document["findings"]) > 1 else 0)
    assert "with checks of lab-checks 1.2" in answer.stdout
    assert "known" in answer.stdout


def test_plugins_are_loaded_when_checks_are_used_and_once(site):
    install(site, "loud", "print('loaded')\n" + checked("loud-check"))
    imported = run_python(site, "-c", "import napari_atlas_explorer.qa.run")
    assert (imported.stdout, imported.stderr) == ("", "")
    used = run_python(
        site,
        "-c",
        "from napari_atlas_explorer.qa import run_qa\n"
        "for _ in range(2): r = run_qa('sample', groups=['lab'])\n"
        "print(r.listed[0].id, r.results[0].check.plugin)",
    )
    assert used.stdout.split("\n")[:2] == ["loaded", "loud-check loud 1.2"]


def test_an_entry_may_be_a_list_of_functions(site, package):
    install(
        site,
        "listing",
        checked("one-fault") + checked("other-fault") + "CHECKS = [other_fault]\n",
        "listing:CHECKS",
    )
    document = document_of(site, package, "--only", "lab")
    assert [f["code"] for f in document["findings"]] == ["other-fault"]


def test_checks_of_plugins_run_in_parts_of_a_package_too(site, package):
    install(site, "lab-checks", checked("lab-shape"))
    found = run_python(
        site,
        "-c",
        "import pickle\nfrom napari_atlas_explorer.qa.tasks import split_tasks, run_task\n"
        f"tasks = split_tasks({str(package)!r})\n"
        "assert 'lab' in tasks[-1].groups\n"
        "results = pickle.loads(pickle.dumps(run_task(tasks[-1])))\n"
        "print(results[0].findings[0].code, results[0].check.plugin)",
    )
    assert found.stdout.strip() == "lab-shape lab-checks 1.2", found.stderr


UNUSABLE = {
    "no-module": ("import no_such_module", "cannot be loaded (ModuleNotFoundError: No module"),
    "leaving": ("raise SystemExit('gone')", "cannot be loaded (SystemExit: gone)"),
    "empty": ("x = 1", "no check is declared in it"),
    "no-python": ("def broken(:", "cannot be loaded (SyntaxError"),
    "odd-code": (
        HEAD + "@declare_check('A b', group='lab', severity='info', title='t')\ndef f(s, l): ...",
        "code 'A b' of a check; expected small letters",
    ),
    "odd-severity": (
        HEAD + "@declare_check('a', group='lab', severity='bad', title='t')\ndef f(s, l): ...",
        "severity 'bad' of check a; expected error, warning, info",
    ),
    "no-limit": (
        HEAD + "@declare_check('a', group='lab', severity='info', title='t', thresholds=('no',))"
        "\ndef f(s, l): ...",
        "check a: there is no limit 'no'",
    ),
}


def test_a_plugin_that_cannot_be_loaded_is_one_line_and_stops_nothing(site, package):
    for name, (source, _) in UNUSABLE.items():
        install(site, name, source)
    document = document_of(site, package, "--only", "hierarchy,plugins")
    assert sum(c["status"] == "passed" for c in document["checks"]) > 5
    lines = not_run(document)
    assert {*lines} == {f"plugin-{name}" for name in UNUSABLE}
    for name, (_, why) in UNUSABLE.items():
        assert lines[f"plugin-{name}"].startswith(f"{name} 1.2: ")
        assert why in lines[f"plugin-{name}"]


def test_a_code_that_is_taken_is_refused_and_the_others_of_the_plugin_stay(site, package):
    install(site, "a-first", checked("shared-code", body="yield Finding('first')"))
    install(
        site,
        "b-second",
        checked("shared-code", body="yield Finding('second')")
        + checked("label-hole")
        + checked("own-code"),
    )
    document = document_of(site, package, "--only", "lab,plugins")
    assert {f["code"] for f in document["findings"]} == {"shared-code", "own-code"}
    assert "first" in {f["message"] for f in document["findings"]}
    assert not_run(document) == {
        "plugin-b-second": "b-second 1.2: the code shared-code is taken by a-first 1.2; "
        "the code label-hole is taken by napari-atlas-explorer"
    }


FAILING = {
    "raising": ("raise ValueError('odd\\nvalue')", "bad-checks 1.2 failed (ValueError: odd value)"),
    "no-finding": ("yield 'a fault'", "a result is 'a fault'; expected a Finding"),
    "odd-limit": ("yield Finding('m', measure=1.0, threshold='none')", "unknown limit 'none'"),
    "odd-grade": ("yield Finding('m', severity='fatal')", "severity 'fatal'"),
    "no-input": ("raise NotRunError('no cells')", "no cells"),
}


def test_a_check_that_fails_was_not_run(site, package):
    source = "".join(checked(code, body=body) for code, (body, _) in FAILING.items())
    install(site, "bad-checks", source + checked("good-code"))
    document = document_of(site, package, "--only", "lab")
    lines = not_run(document)
    assert {*lines} == {*FAILING}
    for code, (_, why) in FAILING.items():
        assert why in lines[code]
        assert "\n" not in lines[code]
    assert [f["code"] for f in document["findings"]] == ["good-code"]


def test_who_cancels_is_not_called_a_fault_of_the_plugin(site, package):
    install(site, "slow-check", checked("slow-code", body="subject.pulse(); yield Finding('m')"))
    answer = run_python(
        site,
        "-c",
        "from napari_atlas_explorer.qa import run_qa\n"
        "class Stopped(Exception): pass\n"
        "calls = []\n"
        "def stop(share, what):\n"
        "    calls.append(share)\n"
        "    if len(calls) == 2: raise Stopped\n"
        f"try: run_qa({str(package)!r}, groups=['lab'], progress=stop)\n"
        "except Stopped: print('stopped')",
    )
    assert answer.stdout.strip() == "stopped", answer.stderr


@pytest.mark.window
def test_the_window_lists_groups_limits_and_severities_of_plugins(site):
    install(site, "lab-checks", LAB)
    answer = run_python(
        site,
        "-c",
        "from qtpy.QtWidgets import QApplication, QTableWidget\n"
        "app = QApplication([])\n"
        "from napari_atlas_explorer.qa.registry import GROUPS\n"
        "from napari_atlas_explorer.docks.qa.settings import QaSettings\n"
        "assert 'lab' in GROUPS\n"
        "form = QaSettings(None, None)\n"
        "print('lab_voxels' in form.limits, form.limits['lab_voxels'].value())\n",
    )
    assert answer.stdout.split() == ["True", "100.0"], answer.stderr

"""Lines of findings: headings, and many alike below one line that counts them."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_atlas_explorer.docks.common.theme import PanelColors
from napari_atlas_explorer.docks.qa.tree import QaTree
from napari_atlas_explorer.qa.finding import Finding
from napari_atlas_explorer.qa.run import ListedFinding
from napari_atlas_explorer.viewer.qa_list import CodeGroup

pytestmark = pytest.mark.window


def filled(qtbot, n):
    tree = QaTree(PanelColors.of_theme("dark"))
    qtbot.addWidget(tree)
    findings = [
        ListedFinding(f"label-hole@{k}", Finding(f"hole {k} <b>", severity="warning"))
        for k in range(n)
    ]
    group = CodeGroup("labels", "label-hole", "warning", "Unlabeled hole", tuple(findings))
    tree.fill([group], {})
    tree.show()
    return tree, tree.topLevelItem(0)


def test_a_heading_states_the_fault_and_its_number(qtbot):
    tree, branch = filled(qtbot, 2)
    assert tree.topLevelItemCount() == 1
    assert (branch.text(0), branch.text(1)) == ("Unlabeled hole", "2  warnings")
    assert [branch.child(n).text(0) for n in range(branch.childCount())] == [
        "hole 0 <b>",
        "hole 1 <b>",
    ]


def test_of_many_alike_the_worst_three_are_shown_and_the_others_counted(qtbot):
    tree, branch = filled(qtbot, 40)
    assert branch.isExpanded()
    assert [branch.child(n).text(0) for n in range(branch.childCount())] == [
        "hole 0 <b>",
        "hole 1 <b>",
        "hole 2 <b>",
        "… and 37 more",
    ]
    rest = branch.child(3)
    assert not rest.isExpanded()
    tree.scrollToItem(rest)
    chosen = []
    tree.chosen.connect(chosen.append)
    assert tree.choose("label-hole@20")
    assert rest.isExpanded()
    assert tree.currentItem().text(0) == "hole 20 <b>"
    assert chosen == ["label-hole@20"]
    QTest.keyClick(tree, Qt.Key.Key_Down)
    assert chosen == ["label-hole@20", "label-hole@21"]
    assert tree.ids() == [f"label-hole@{k}" for k in range(40)]

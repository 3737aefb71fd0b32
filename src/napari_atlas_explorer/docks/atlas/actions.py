"""Actions on regions, shared by the row menu, the keys and the help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QApplication, QMenu

from ...core.regions.region_map import RegionMap
from ...viewer.display import AtlasDisplay
from .tree import RegionTreeWidget

if TYPE_CHECKING:
    import napari

Ranks = Sequence[int]


@dataclass(frozen=True)
class RegionAction:
    """An entry of the row menu.

    Attributes
    ----------
    text
        Its text.
    key
        Its key, "" for none. Those with Ctrl and Shift work on the canvas too. No bare letters: in
        the tree these search, and on the canvas they are those of napari's layers.
    run
        Function of the selected ranks.
    """

    text: str
    key: str
    run: Callable[[Ranks], None]


def region_actions(display: Callable[[], AtlasDisplay | None]) -> list[RegionAction]:
    """Return the actions on the regions of the displayed atlas."""

    def with_display(run: Callable[[AtlasDisplay, Ranks], object]) -> Callable[[Ranks], None]:
        def guarded(ranks: Ranks) -> None:
            shown = display()
            if shown is not None and ranks:
                run(shown, ranks)

        return guarded

    def isolate(shown: AtlasDisplay, ranks: Ranks) -> None:
        shown.view.show_only(ranks)
        shown.jump_to(ranks[0])

    def copy(describe: Callable[[RegionMap, int], str]) -> Callable[[AtlasDisplay, Ranks], None]:
        def run(shown: AtlasDisplay, ranks: Ranks) -> None:
            regions = shown.atlas.region_map
            known = [k for k in ranks if k <= len(regions)]
            QApplication.clipboard().setText("\n".join(describe(regions, k) for k in known))

        return run

    return [
        RegionAction("Show only", "Ctrl+Shift+L", with_display(lambda d, r: d.view.show_only(r))),
        RegionAction("Hide", "Ctrl+Shift+H", with_display(lambda d, r: d.view.hide(r))),
        RegionAction("Show", "Ctrl+Shift+V", with_display(lambda d, r: d.view.set_shown(r, True))),
        RegionAction("Isolate: show only and go there", "Ctrl+Shift+I", with_display(isolate)),
        RegionAction(
            "Show all regions", "Ctrl+Shift+A", with_display(lambda d, _: d.view.show_all())
        ),
        RegionAction("Jump to", "Ctrl+Shift+J", with_display(lambda d, r: d.jump_to(r[0]))),
        RegionAction(
            "Copy acronym", "Ctrl+C", with_display(copy(lambda m, k: m.acronym_of_rank(k)))
        ),
        RegionAction(
            "Copy id", "", with_display(copy(lambda m, k: str(m.stated_id_of_rank(k) or "")))
        ),
        RegionAction(
            "Copy path", "", with_display(copy(lambda m, k: " › ".join(m.path(int(m.ids[k])))))
        ),
    ]


def install(
    tree: RegionTreeWidget, actions: Sequence[RegionAction], ranks: Callable[[], Ranks]
) -> None:
    """Give a tree the actions as keys and as its context menu."""
    for action in actions:
        if action.key:
            keys = QKeySequence(action.key).toString()
            tree.keys[keys] = lambda run=action.run: run(ranks())  # type: ignore[misc]

    def show_menu(point: object) -> None:
        menu = QMenu(tree)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action in actions:
            if action.text == "Copy acronym":
                menu.addSeparator()
            # The tab only displays the key as a shortcut; the tree handles the key itself.
            entry = menu.addAction(f"{action.text}\t{action.key}")
            entry.triggered.connect(lambda _=False, run=action.run: run(ranks()))
        menu.popup(tree.viewport().mapToGlobal(point))

    tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    tree.customContextMenuRequested.connect(show_menu)


class CanvasKeys:
    """Keys of the panel on the canvas, by napari's keymap of the viewer.

    Parameters
    ----------
    viewer
        The viewer.
    """

    def __init__(self, viewer: napari.Viewer) -> None:
        self._viewer = viewer
        self.bound: list[str] = []
        """The keys, as napari names them."""

    def bind(self, functions: Mapping[str, Callable[[], None]]) -> None:
        """Bind the keys with Ctrl, but those of napari's own layers (Ctrl+C copies shapes)."""
        for keys, run in functions.items():
            digit = keys.removeprefix("Ctrl+").isdigit()
            if keys in ("Ctrl+F", "Ctrl+Z") or digit or keys.startswith("Ctrl+Shift+"):
                name = keys.replace("Ctrl", "Control").replace("+", "-")
                self._viewer.bind_key(name, lambda _, run=run: run(), overwrite=True)
                self.bound.append(name)

    def release(self) -> None:
        """Unbind the keys; the viewer would keep the panel alive."""
        for name in self.bound:
            self._viewer.bind_key(name, None)
        self.bound = []


def help_text(actions: Sequence[RegionAction]) -> str:
    """Return the keys of the panel, one per line."""
    general = [
        ("Ctrl+F", "search; in the tree, letters search too"),
        ("Esc", "clear the search"),
        ("Return", "in the search: to the best match; in the tree: jump to the region"),
        ("Space", "check or uncheck the region"),
        ("Ctrl+Z", "undo a change of view, selection or mask"),
        ("Ctrl+Shift+Z", "redo"),
        ("Ctrl+1 to 3", "coronal, sagittal, horizontal section"),
        ("Ctrl+4", "3-D"),
        ("Ctrl+5", "the other sections above the canvas"),
        ("F1", "this list"),
        ("Ctrl+Shift+C", "on the canvas: copy region and position under the cursor"),
    ]
    commands = [(a.key, a.text.lower()) for a in actions if a.key]
    lines = ["\n".join(f"{key:<13} {text}" for key, text in rows) for rows in (general, commands)]
    return "\n\nIn the tree; with Ctrl+Shift on the canvas too:\n".join(lines)

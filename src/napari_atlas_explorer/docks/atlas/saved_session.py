"""Save and restore sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

import numpy as np
from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QApplication, QFileDialog

from ...analysis.masks.making import make_mask
from ...atlases.local.settings import config_file
from ...core.atlas.atlas import Atlas
from ...core.errors import AtlasError
from ...core.selection import ALL_SIDES
from ...core.text import as_file_name
from ...viewer.display import AtlasDisplay
from ...viewer.layer_info import info_of
from ...viewer.layers import LayerData
from ...viewer.masks import is_edited, is_valued, mask_layer, recipe_of, valued_layer
from ...viewer.session_file import (
    SUFFIX,
    PaintedValues,
    Part,
    SavedColoring,
    SavedMask,
    SavedPoints,
    SavedSession,
    hidden_parts,
    parts_by_id,
    read_session,
    selection_of,
    view_state,
    write_session,
)
from ...viewer.surfaces import SurfaceKey
from ..common.background import BackgroundJob, Progress
from ..common.error_messages import error_text
from ..common.page import PanelPart
from ..common.pages import PAGES

if TYPE_CHECKING:
    from napari.layers import Labels
    from qtpy.QtWidgets import QWidget

    from .panel import AtlasPanel

FILTER = f"Sessions (*{SUFFIX})"
SAMPLE = "sample"


FOLDER = "sessions"
"""Folder of the sessions that save themselves, in that of the settings."""
MOST_KEPT = 10
QUIET = 2000
"""Milliseconds without a change after which a session is saved."""


def latest_session() -> Path | None:
    """Return the session that was saved by itself last, None without one."""
    return max(config_file(FOLDER).glob(f"*{SUFFIX}"), default=None)


class SessionKeeper(PanelPart):
    """Writer and restorer of a panel's sessions, which also saves them by itself."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self._pending: SavedSession | None = None
        self._to_restore: tuple[AtlasDisplay, SavedSession] | None = None
        self._kept: Path | None = None
        self._untouched: SavedSession | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET)
        self._timer.timeout.connect(self.keep)
        self._painted: WeakKeyDictionary[Labels, PaintedValues | None] = WeakKeyDictionary()
        self._unread: WeakSet[Labels] = WeakSet()
        self._being_read: WeakSet[Labels] = WeakSet()
        self._reading = BackgroundJob(self)
        layers = panel.viewer.layers.events
        for change in (panel.session.history.changed, layers.inserted, layers.removed):
            change.connect(self._on_change)
        layers.inserted.connect(self._on_inserted)
        layers.removing.connect(self._on_removing)
        QApplication.instance().aboutToQuit.connect(self._keep_now)

    def follow(self, window: QWidget) -> None:
        """Save when a window is closed: its layers go with it."""
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Save before the window is closed."""
        if event.type() == QEvent.Type.Close:
            self._keep_now()
        return False

    # ---- Painted masks ---------------------------------------------------------------------

    def _on_inserted(self, event: Any) -> None:
        layer = event.value
        if recipe_of(layer) is not None:
            layer.events.paint.connect(self._on_painted)
            layer.events.data.connect(self._on_painted)

    def _on_removing(self, event: Any) -> None:
        display = self._panel.display if not self._panel.session.gone.is_set() else None
        if display is not None and self._panel.viewer.layers[event.index] is display.layer:
            self._keep_now()

    def _on_painted(self, event: Any) -> None:
        self._unread.add(event.source)
        self._on_change()

    def _take_painted(self, values: Mapping[Labels, PaintedValues | None]) -> None:
        self._being_read.clear()
        self._painted.update(values)
        self._write_kept()

    # ---- Saving by itself ------------------------------------------------------------------

    def begin(self, display: AtlasDisplay) -> None:
        """Begin a session of its own for an atlas that is shown now; that of before is kept."""
        self._timer.stop()
        self._kept = None
        self._untouched = self._capture_changes(display)

    def keep(self) -> None:
        """Save the session among those that save themselves, once something has been made."""
        display = self._panel.display
        # Those of a reading that was cancelled too.
        painted = self._unread | self._being_read
        unread = [layer for layer in self._panel.viewer.layers if layer in painted]
        if display is None or not (unread or self._is_touched(display)):
            return
        self._unread.clear()
        self._being_read = WeakSet(unread)

        # In a thread: at 25 µm each reads 77 million voxels, which would stop the window.
        def read(_: Progress) -> dict[Labels, PaintedValues | None]:
            display.atlas.ranks.sha256  # noqa: B018 - it is kept by the ranks
            return {layer: read_painted(layer, display.atlas) for layer in unread}

        self._reading.start("Reading what was made", read, self._take_painted)

    def _write_kept(self) -> None:
        display = self._panel.display
        if display is None or self._panel.session.busy:
            return
        if not self._is_touched(display):
            return
        saved = self.capture(display, display.atlas.ranks.sha256)
        if self._kept is None:
            stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
            self._kept = config_file(FOLDER) / f"{stamp} {as_file_name(saved.atlas_name)}{SUFFIX}"
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            write_session(self._kept, saved)
            for old in sorted(self._kept.parent.glob(f"*{SUFFIX}"))[:-MOST_KEPT]:
                old.unlink()
        except (AtlasError, OSError) as exc:
            self._panel.tell(f"the session was not saved by itself: {error_text(exc)}")

    def _on_change(self, *_: Any) -> None:
        if not self._panel.session.gone.is_set() and self._panel.display is not None:
            self._timer.start()

    def _keep_now(self) -> None:
        """Save at once, painted masks as they are: undoing a stroke makes no event of its own."""
        if self._panel.display is not None and (self._timer.isActive() or self._painted):
            self._timer.stop()
            self._read_painted()
            self._write_kept()

    def _read_painted(self) -> None:
        self._reading.stop()
        display, known = self._panel.display, {*self._unread, *self._being_read, *self._painted}
        self._unread.clear()
        self._being_read.clear()
        if display is not None:
            for layer in known.intersection(self._panel.viewer.layers):
                self._painted[layer] = read_painted(layer, display.atlas)

    # ---- Saving ----------------------------------------------------------------------------

    def ask_save(self) -> None:
        """Ask for a name and write the session."""
        chosen, _ = QFileDialog.getSaveFileName(self._panel, "Save session", "", FILTER)
        if chosen:
            path = Path(chosen if chosen.endswith(SUFFIX) else f"{chosen}{SUFFIX}")
            try:
                self.save(path)
            except (AtlasError, OSError) as exc:
                self._panel.show_error(exc)

    def save(self, path: Path) -> None:
        """Write the current session."""
        display = self._panel.display
        if display is None:
            raise AtlasError("no atlas is open; open one before saving a session")
        self._read_painted()
        write_session(path, self.capture(display, display.atlas.ranks.sha256))

    def _capture_changes(self, display: AtlasDisplay) -> SavedSession:
        """Return the current session without what looking around changes."""
        return replace(self.capture(display, ""), camera={}, page="")

    def _is_touched(self, display: AtlasDisplay) -> bool:
        return self._capture_changes(display) != self._untouched

    def capture(self, display: AtlasDisplay, annotation_sha256: str) -> SavedSession:
        """Return the current session."""
        atlas, session, view = display.atlas, self._panel.session, display.view
        path = session.path or atlas.path
        masks = []
        for layer in self._panel.viewer.layers:
            recipe = recipe_of(layer)
            if recipe is not None:
                painted = self._painted.get(layer)
                masks.append(SavedMask(layer.name, is_valued(layer), recipe, painted))
        return SavedSession(
            atlas_path=str(path.resolve()) if path is not None else SAMPLE,
            atlas_name=atlas.name,
            annotation_sha256=annotation_sha256,
            overrides=session.overrides,
            hidden=hidden_parts(atlas.ranks, view.state),
            selected=parts_by_id(view.selection),
            depth=view.depth,
            hemisphere=view.hemisphere,
            sets={name: parts_by_id(s) for name, s in self._panel.selecting.sets.items()},
            masks=tuple(masks),
            points=tuple(self._saved_points()),
            values=tuple(str(path) for path in self._panel.analysis.files.values),
            lines=tuple(self._saved_lines()),
            surfaces=tuple(self._saved_surfaces(display)),
            coloring=self._saved_coloring(),
            page=self._panel.page,
            camera=self._read_camera(),
        )

    def _saved_points(self) -> Iterator[SavedPoints]:
        for layer in self._panel.viewer.layers:
            choices = info.choices if (info := info_of(layer)) is not None else {}
            if "choice" in choices:
                yield SavedPoints(str(choices["file"]), choices["choice"])

    def _saved_lines(self) -> Iterator[str]:
        lines = self._panel.made.get("lines")
        for file in lines.sets.sets if lines is not None else ():
            yield str(file.lines.path.absolute())

    def _saved_surfaces(self, display: AtlasDisplay) -> Iterator[Part]:
        page = self._panel.made.get("surfaces")
        for key in page.scene.keys if page is not None and page.scene is not None else ():
            yield int(display.atlas.ranks.ids[key.rank]), True, key.hemisphere or ALL_SIDES

    def _saved_coloring(self) -> SavedColoring | None:
        coloring = self._panel.analysis.coloring
        return SavedColoring(coloring.name, coloring.scale) if coloring is not None else None

    def _read_camera(self) -> dict[str, Any]:
        viewer = self._panel.viewer
        camera = viewer.scene.camera
        return {
            "center": [float(v) for v in camera.center],
            "zoom": float(camera.zoom),
            "angles": [float(v) for v in camera.angles],
            "ndisplay": int(viewer.dims.ndisplay),
            "point": [float(v) for v in viewer.dims.point],
            "order": [int(v) for v in viewer.dims.order],
        }

    # ---- Restoring -------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Open the atlas of a session; restore the rest once it is shown."""
        try:
            saved = read_session(path)
            source = self._find_atlas(saved, path)
        except AtlasError as exc:
            self._panel.show_error(exc)
            return
        if source is None:
            return
        self._pending = saved
        if str(source) == SAMPLE:
            self._panel.session.open_sample()
        else:
            self._panel.session.open_with_overrides(source, saved.overrides)

    def _find_atlas(self, saved: SavedSession, path: Path) -> Path | None:
        """Find the atlas: as written, in the session's folder, or where the user says."""
        if saved.atlas_path == SAMPLE:
            return Path(SAMPLE)
        stated = Path(saved.atlas_path)
        for candidate in (stated, path.parent / stated.name):
            if candidate.exists():
                return candidate
        chosen = QFileDialog.getExistingDirectory(
            self._panel, f"Where is {saved.atlas_name}? It is not at {stated}"
        )
        return Path(chosen) if chosen else None

    def forget(self) -> None:
        """Drop the pending session: opening failed or something else was opened."""
        self._pending = None

    def restore(self, display: AtlasDisplay) -> None:
        """Restore a pending session onto the atlas, which begins a session of its own."""
        self.begin(display)
        saved, self._pending = self._pending, None
        if saved is None:
            return
        atlas = display.atlas
        if atlas.ranks.sha256 != saved.annotation_sha256:
            self._panel.show_error(
                AtlasError(
                    f"the annotation of {atlas.name} is not the one of the session "
                    f"({saved.atlas_name}): only the atlas was opened"
                )
            )
            return
        display.view.restore(view_state(atlas.ranks, saved))
        sets = {n: selection_of(atlas.ranks, p) for n, p in saved.sets.items()}
        self._panel.selecting.sets = sets

        failed: list[str] = []

        def work() -> list[Any]:
            layers = []
            for mask in saved.masks:
                try:
                    layers.append(_make_layer(atlas, mask))
                except AtlasError as exc:  # it was cut with a layer of the user's
                    failed.append(f"{mask.name} was not restored: {exc}")
            return layers

        def report() -> None:
            if failed:
                self._panel.show_error(AtlasError("; ".join(failed)))

        if saved.masks:
            self._panel.selecting.start(work, report)
        self._to_restore = display, saved
        QTimer.singleShot(0, self._restore_rest)  # once every page has taken the atlas
        if saved.page in PAGES:
            self._panel.show_page(saved.page)
        self._restore_camera(saved.camera)

    def _restore_rest(self) -> None:
        rest, self._to_restore = self._to_restore, None
        if rest is not None and rest[0] is self._panel.display:
            display, saved = rest
            self._restore_files(saved)
            self._restore_surfaces(display.atlas, saved)

    def _restore_files(self, saved: SavedSession) -> None:
        """Import points, values and lines again; what is gone is said, file by file."""
        files = self._panel.analysis.files
        for path in saved.values:
            files.open_values(Path(path))
        for points in saved.points:
            files.import_again(Path(points.path), points.choice)
        if saved.lines:
            self._panel.get_page("lines").open_paths([Path(path) for path in saved.lines])
        if saved.coloring is not None:
            self._panel.analysis.color_again(saved.coloring.column, saved.coloring.scale)
        elif saved.values:
            # A file of values colors by its first column, which the user has taken back.
            self._panel.analysis.with_table(
                "Coloring the regions",
                lambda table, report: None,
                lambda _: self._panel.analysis.use_atlas_colors(),
            )

    def _restore_surfaces(self, atlas: Atlas, saved: SavedSession) -> None:
        ranks = {int(i): k for k, i in enumerate(atlas.ranks.ids.tolist()) if k}
        found = [
            # Both sides are one surface.
            SurfaceKey(ranks[i], 0 if sides == ALL_SIDES else sides)
            for i, _, sides in saved.surfaces
            if i in ranks
        ]
        if found:
            self._panel.get_page("surfaces").add_surfaces(
                found,
                saved.camera.get("ndisplay") == 3,
                lambda: self._restore_camera(saved.camera),
            )

    def _restore_camera(self, camera: Mapping[str, Any]) -> None:
        viewer = self._panel.viewer
        try:
            viewer.dims.ndisplay = 3 if camera.get("ndisplay") == 3 else 2
            order = [int(v) for v in camera.get("order") or ()]
            if sorted(order) == list(range(viewer.dims.ndim)):
                viewer.dims.order = tuple(order)
            point = [float(v) for v in camera["point"]][: viewer.dims.ndim]
            viewer.dims.set_point(range(len(point)), point)
            viewer.scene.camera.center = tuple(float(v) for v in camera["center"])
            viewer.scene.camera.angles = tuple(float(v) for v in camera["angles"])
            viewer.scene.camera.zoom = float(camera["zoom"])
        except (KeyError, TypeError, ValueError):
            return  # the view is a comfort: what was built is there without it


def read_painted(layer: Labels, atlas: Atlas) -> PaintedValues | None:
    """Return the values of a mask layer, None if its recipe still gives them."""
    return PaintedValues.of(np.asarray(layer.data)) if is_edited(layer, atlas.grid) else None


def _make_layer(atlas: Atlas, mask: SavedMask) -> LayerData:
    if mask.valued:
        selection = mask.recipe.selection(atlas)
        data, options, kind = valued_layer(atlas, selection, mask.recipe, mask.name)
    else:
        # A painted mask is not made from its recipe, which may name a layer that is gone.
        no_voxels = np.zeros(atlas.shape, bool)
        voxels = make_mask(atlas, mask.recipe).raw if mask.painted is None else no_voxels
        data, options, kind = mask_layer(atlas, voxels, mask.recipe, mask.name)
    return data if mask.painted is None else mask.painted.values(data.shape), options, kind

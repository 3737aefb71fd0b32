"""Save and restore sessions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QFileDialog

from ...analysis.masks.making import make_mask
from ...core.atlas.atlas import Atlas
from ...core.errors import AtlasError
from ...viewer.display import AtlasDisplay
from ...viewer.layers import LayerData
from ...viewer.masks import is_valued, mask_layer, recipe_of, valued_layer
from ...viewer.session_file import (
    SUFFIX,
    SavedMask,
    SavedSession,
    hidden_parts,
    parts_by_id,
    read_session,
    selection_of,
    view_state,
    write_session,
)

if TYPE_CHECKING:
    from .panel import AtlasPanel

FILTER = f"Sessions (*{SUFFIX})"
SAMPLE = "sample"


class SessionKeeper(QObject):
    """Writer and restorer of a panel's sessions.

    Parameters
    ----------
    panel
        The atlas panel.
    """

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._pending: SavedSession | None = None

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
        write_session(path, self.capture(display))

    def capture(self, display: AtlasDisplay) -> SavedSession:
        """Return the current session."""
        atlas, session, view = display.atlas, self._panel.session, display.view
        path = session.path or atlas.path
        masks = []
        for layer in self._panel.viewer.layers:
            recipe = recipe_of(layer)
            if recipe is not None:
                masks.append(SavedMask(layer.name, is_valued(layer), recipe))
        return SavedSession(
            atlas_path=str(path.resolve()) if path is not None else SAMPLE,
            atlas_name=atlas.name,
            annotation_sha256=atlas.ranks.sha256,
            overrides=session.overrides,
            hidden=hidden_parts(atlas.ranks, view.state),
            selected=parts_by_id(view.selection),
            depth=view.depth,
            hemisphere=view.hemisphere,
            sets={name: parts_by_id(s) for name, s in self._panel.selecting.sets.items()},
            masks=tuple(masks),
            camera=self._read_camera(),
        )

    def _read_camera(self) -> dict[str, Any]:
        viewer = self._panel.viewer
        camera = viewer.scene.camera
        return {
            "center": [float(v) for v in camera.center],
            "zoom": float(camera.zoom),
            "angles": [float(v) for v in camera.angles],
            "ndisplay": int(viewer.dims.ndisplay),
            "point": [float(v) for v in viewer.dims.point],
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
        """Restore a pending session onto the atlas."""
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
        self._restore_camera(saved.camera)

    def _restore_camera(self, camera: Mapping[str, Any]) -> None:
        viewer = self._panel.viewer
        try:
            viewer.dims.ndisplay = 3 if camera.get("ndisplay") == 3 else 2
            point = [float(v) for v in camera["point"]][: viewer.dims.ndim]
            viewer.dims.set_point(range(len(point)), point)
            viewer.scene.camera.center = tuple(float(v) for v in camera["center"])
            viewer.scene.camera.angles = tuple(float(v) for v in camera["angles"])
            viewer.scene.camera.zoom = float(camera["zoom"])
        except (KeyError, TypeError, ValueError):
            return  # the view is a comfort: what was built is there without it


def _make_layer(atlas: Atlas, mask: SavedMask) -> LayerData:
    if mask.valued:
        selection = mask.recipe.selection(atlas)
        return valued_layer(atlas, selection, mask.recipe, mask.name)
    return mask_layer(atlas, make_mask(atlas, mask.recipe).raw, mask.recipe, mask.name)

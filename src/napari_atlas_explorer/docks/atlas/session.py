"""The open atlas of a viewer: opening in the background, replacing, adopting, overriding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import napari
from napari.utils.notifications import show_info
from qtpy.QtCore import QObject, QTimer, Signal

from ...analysis.dropped import Drop
from ...atlases.cache.notes import collect_notes
from ...atlases.local.remembered import (
    Overrides,
    apply,
    open_with_overrides,
    remember_overrides,
    remembered_overrides,
)
from ...core.atlas.atlas import Atlas
from ...core.errors import AtlasError, NotAnAnnotationError, SeveralAtlasesError
from ...core.text import as_plain
from ...viewer.display import AtlasDisplay, atlas_of, is_annotation_layer, make_layers, make_preview
from ...viewer.history import History, Step
from ...viewer.layer_info import is_users
from ...viewer.placement import show_coronal
from ...viewer.reader import image_of, lone_layer, report_image_guess
from ...viewer.region_view import ViewState
from ...viewer.user_layers import atlas_from_layer
from ..common.background import BackgroundJob, Progress, import_ahead

# ---- Reading in a worker -------------------------------------------------------------------------

Source = Callable[[Progress], Atlas]
BREATH = 2
"""Milliseconds between two steps: without any, Qt runs several before it looks at the mouse."""
CONVERTING = "Converting for quick access, once…"


def _load(source: Source, name: str, progress: Progress) -> tuple[Atlas, list[Any], list[str]]:
    """Read an atlas and make its layers; each report is a cancellation point.

    Returns
    -------
    The atlas, its layers, and notes on caches that were damaged and made again.
    """
    with collect_notes() as notes:
        progress(0, f"Reading the hierarchy of {name}…")
        atlas = source(progress)
        preview = make_preview(atlas)
        if preview is not None:
            progress.send((atlas, preview))
        progress(0, f"Reading the annotation of {atlas.name}…")
        atlas.on_progress = lambda share: progress(share, CONVERTING)
        _ = atlas.ranks.total_boxes
        if atlas.hemisphere_rule is not None:
            atlas.hemisphere_rule.seen(atlas.shape)  # not when the cursor first asks for a side
            _ = atlas.package.hemisphere_doubts
        progress(0, f"Reading the images of {atlas.name}…")
        return atlas, make_layers(atlas, preview), notes


# ---- The session ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ClosedAtlas:
    """An atlas whose annotation layer was removed, and what is needed to show it again."""

    atlas: Atlas
    layer: Any
    state: ViewState
    path: Path | None
    overrides: Overrides


class AtlasSession(QObject):
    """The one atlas that a panel browses.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    step = Signal(str)
    """Step of reading in progress; "" when idle."""

    share = Signal(float)
    """Fraction of the step that is done, where known; follows the step."""

    shown = Signal(object)
    """The `AtlasDisplay` of an atlas that is in the viewer now."""

    forgotten = Signal()
    """The atlas's annotation layer was removed."""

    choice = Signal(object)
    """A `SeveralAtlasesError`: the user is to choose one of its paths."""

    failed = Signal(object)
    """An exception; the atlas shown stays."""

    def __init__(self, viewer: napari.Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.viewer = viewer
        self.display: AtlasDisplay | None = None
        self.path: Path | None = None
        self._leaving: AtlasDisplay | None = None
        """The shown atlas while its layer has been removed and the rest has not."""
        self.closed: ClosedAtlas | None = None
        """The atlas that was closed by removing its layer, until another one is shown."""
        self.history = History()
        """Undo history, in the user's order."""
        self.gone = Event()
        """Set with the window's end: a script may go on with the layers of a closed viewer."""
        self.destroyed.connect(self.gone.set)
        self._opening: Path | None = None
        self.requested: Path | None = None
        """Path that was to be opened last; None for the sample."""
        self._overrides = Overrides()
        import_ahead()
        self._job = BackgroundJob(self)
        self._job.progressed.connect(self._on_progress)
        self._job.received.connect(lambda preview: self._on_previewed(*preview))
        self._job.failed.connect(self._on_failed)
        self._steps: Iterator[None] | None = None
        self._further: list[Iterator[None]] = []
        self._preview: Any = None
        viewer.layers.events.inserted.connect(self._on_inserted)

    # ---- Opening ---------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether an atlas is being read or put into the viewer."""
        return self._job.busy or self._steps is not None

    def open_path(self, path: Path) -> None:
        """Open the atlas at a path with the user's remembered overrides.

        The atlas shown stays until the new one is read.
        """
        self._open(Path(path), remembered_overrides(Path(path)))

    def open_dropped(self, drop: Drop) -> None:
        """Open the dropped atlas, with the dropped table of regions if there is one."""
        if drop.table is None:
            self.open_path(drop.paths[0])
        else:
            self.open_with_table(drop.paths[0], drop.table)

    @property
    def overrides(self) -> Overrides:
        """The user's overrides for the open files."""
        return self._overrides

    def open_with_overrides(self, path: Path, overrides: Overrides) -> None:
        """Open the atlas at a path with given overrides."""
        self._open(path, overrides)

    def open_with_table(self, path: Path, table: Path) -> None:
        """Open a volume with the regions of a table; the pairing is remembered."""
        overrides = replace(remembered_overrides(path), region_map=str(table.resolve()))
        self._open(path, overrides)

    def open_as_stored(self, path: Path) -> None:
        """Open a path and discard the user's overrides."""
        remember_overrides(path, Overrides())
        self._open(path, Overrides())

    def _open(self, path: Path, overrides: Overrides) -> None:
        self._opening = self.requested = path
        self._overrides = overrides
        self._start(lambda _: open_with_overrides(path, overrides), path.name)

    @property
    def has_users_layers(self) -> bool:
        """Whether the viewer holds something that was made in the shown atlas."""
        display = self.display
        return display is not None and any(
            atlas_of(layer) is display.atlas and is_users(layer) for layer in self.viewer.layers
        )

    def open_beside(self, path: Path, as_image: bool = False) -> None:
        """Add the layers of another atlas, or its annotation as an image; browse on in this one.

        Parameters
        ----------
        path
            Of the other atlas.
        as_image
            Whether to add its annotation as an image, and nothing else.
        """
        shown = self.display
        if shown is None:
            self.open_path(path)
            return
        overrides, beside = remembered_overrides(path), shown.atlas

        def load(progress: Progress) -> list[Any]:
            progress(0, f"Reading {path.name}…")
            return _layers_beside(beside, path, overrides, as_image)

        def add(layers: list[Any]) -> None:
            self._finish()
            self._steps = self._add_one_by_one(layers)
            self._advance()

        self.cancel()
        self.requested = path
        self.step.emit("Opening…")
        self._job.start("Opening", load, add)

    def _add_one_by_one(self, layers: list[Any]) -> Iterator[None]:
        for layer in layers:
            self.viewer.add_layer(layer)
            yield

    def open_sample(self) -> None:
        """Open the sample atlas."""
        from ...atlases.sample import sample_atlas

        self._opening = self.requested = None
        self._overrides = Overrides()
        self._start(sample_atlas, "the sample atlas")

    def _start(self, source: Source, name: str) -> None:
        self.cancel()
        self.step.emit("Opening…")
        self._job.start(
            "Opening", lambda progress: _load(source, name, progress), lambda r: self._on_opened(*r)
        )

    def cancel(self) -> None:
        """Stop reading at the next step; nothing is added.

        The conversion of a large volume resumes the next time.
        """
        if self._job.busy:
            self._job.stop()
            self._on_ended()

    def _on_progress(self, share: float, what: str) -> None:
        # Without a percentage where none is known, which is reported as 0.
        self.step.emit(f"{what} {share:.0%}" if share else what)
        if share:
            self.share.emit(share)

    def _on_ended(self) -> None:
        if self._steps is None:
            self._withdraw_preview()
            self.step.emit("")

    def _on_previewed(self, atlas: Atlas, layer: Any) -> None:
        """Show the image of an atlas while its annotation is converted.

        Not together with another atlas, which stays until the new one is read.
        """
        if self.display is None:
            self._preview = layer
            self.viewer.add_layer(layer)
            show_coronal(self.viewer, atlas, layer)

    def _withdraw_preview(self) -> None:
        layer, self._preview = self._preview, None
        if layer is not None and layer in self.viewer.layers:
            self.viewer.layers.remove(layer)

    def _on_opened(self, atlas: Atlas, layers: list[Any], notes: list[str]) -> None:
        self._finish()  # of an atlas that was opened a moment before
        if notes:
            show_info(as_plain("; ".join(notes)))
        self.step.emit(f"Showing {atlas.name}…")
        self._steps = self._swap_in(atlas, layers, self._opening)
        self._advance()

    def _advance(self) -> None:
        """Run one step, then yield to the event loop (adding a layer takes ~0.1 s)."""
        if self._steps is None:
            return
        try:
            next(self._steps)
        except StopIteration:
            self._steps = self._further.pop(0) if self._further else None
        if self._steps is None:
            self._on_ended()
        else:
            QTimer.singleShot(BREATH, self._advance)

    def add_steps(self, steps: Iterator[None]) -> None:
        """Run further steps of an opening after the present ones, each in its own turn."""
        if self._steps is not None:
            self._further.append(steps)
            return
        self._steps = steps
        QTimer.singleShot(BREATH, self._advance)

    def _finish(self) -> None:
        """Run all remaining steps at once."""
        while self._steps is not None:
            self._advance()

    def _on_failed(self, exc: BaseException) -> None:
        """Open a volume that is no annotation as an image; pass other failures on."""
        self._on_ended()
        if isinstance(exc, SeveralAtlasesError):
            self.choice.emit(exc)
            return
        if not isinstance(exc, NotAnAnnotationError):
            self.failed.emit(exc)
            return
        from napari.layers import Layer

        try:
            data, options, kind = lone_layer(Path(exc.path))
        except AtlasError as also:
            self.failed.emit(also)
            return
        self.viewer.add_layer(Layer.create(data, options, kind))
        report_image_guess(options)

    def _replace(self, atlas: Atlas, path: Path | None) -> None:
        """Replace the shown atlas in one go."""
        self._finish()
        self._steps = self._swap_in(atlas, make_layers(atlas), path)
        self._finish()

    def _swap_in(self, atlas: Atlas, layers: list[Any], path: Path | None) -> Iterator[None]:
        """Replace the shown atlas step by step; the user's layers stay."""
        old = self.display
        self._detach()
        if old is not None:
            yield from self._take_out(old.atlas)
        previewed = self._preview in layers and self._preview in self.viewer.layers
        self._preview = None
        for layer in layers:
            if layer not in self.viewer.layers:
                self.viewer.add_layer(layer)
                yield
        self.path = path
        turn = not previewed
        display = AtlasDisplay.of_layers(self.viewer, atlas, layers, turn, self.history)
        yield
        if display.layer not in self.viewer.layers:  # removed meanwhile
            display.close()
            self.forgotten.emit()
            return
        self._show(display)
        if path is not None:
            remember_overrides(path, self._overrides)

    def _take_out(self, atlas: Atlas) -> Iterator[None]:
        """Remove an atlas's layers one by one; masks and points are the user's and stay."""
        layers = [x for x in self.viewer.layers if atlas_of(x) is atlas and not is_users(x)]
        # From above: lines and outlines would be drawn again as the layers below them go.
        for layer in reversed(layers):
            if layer in self.viewer.layers:  # removing one may remove others
                self.viewer.layers.remove(layer)
                yield

    def _show(self, display: AtlasDisplay) -> None:
        if self.closed is not None:
            self.history.forget(self.closed)
        self.display, self.closed = display, None
        display.removed.connect(self._on_layer_removed)
        self.shown.emit(display)
        self.add_steps(self._add_letters(display))

    def _add_letters(self, display: AtlasDisplay) -> Iterator[None]:
        """Add the letters of the sides, after the first picture."""
        yield
        if self.display is display:
            display.show_letters()

    def _detach(self) -> None:
        if self.display is not None:
            self.display.removed.disconnect(self._on_layer_removed)
            self.display.close()
            self.display = None

    def _on_layer_removed(self) -> None:
        # Later: napari may be removing several layers, and fails where one of them is gone.
        if not self.gone.is_set():
            self._leaving = self.display
            QTimer.singleShot(0, self._forget)

    def _forget(self) -> None:
        display, self._leaving = self._leaving, None
        if self.gone.is_set() or display is None or display is not self.display:
            return
        self.closed = ClosedAtlas(
            display.atlas, display.layer, display.view.state, self.path, self._overrides
        )
        self._detach()
        self.path = None
        name = f"close {self.closed.atlas.name}"
        # Brought back it is another display, which takes nothing of this one's history.
        self.history.add(Step(name, [self.closed], self.bring_back, lambda: None))
        self.forgotten.emit()

    def bring_back(self) -> None:
        """Show the atlas again whose annotation layer was removed, as it was."""
        closed, self.closed = self.closed, None
        if closed is None:
            return
        self.path, self._overrides = closed.path, closed.overrides
        self.viewer.add_layer(closed.layer)  # which is adopted like any annotation
        if self.display is not None:
            self.display.view.restore(closed.state)
            self.history.forget(self.display.view)  # undone, the view would be that of an opening

    # ---- Existing layers -------------------------------------------------------------------

    def adopt_present(self) -> None:
        """Browse the first atlas whose annotation layer is in the viewer."""
        for layer in self.viewer.layers:
            if is_annotation_layer(layer):
                self._adopt(layer)
                return

    def _on_inserted(self, event: Any) -> None:
        self._forget()  # the same layer may have been put back
        if self.display is None and not self.busy and is_annotation_layer(event.value):
            self._adopt(event.value)

    def _adopt(self, layer: Any) -> None:
        atlas = atlas_of(layer)
        if atlas is not None:
            self._show(AtlasDisplay(self.viewer, atlas, layer, self.history))

    def use_layer(self, layer: Any) -> None:
        """Use a layer as annotation: its values become a flat list of regions."""
        try:
            atlas = atlas_from_layer(layer)
        except AtlasError as exc:
            self.failed.emit(exc)
            return
        self._replace(atlas, None)

    def show_as_image(self) -> None:
        """Show a lone volume as an image after all."""
        if self.display is None:
            return
        atlas = self.display.atlas
        data, options, _ = image_of(atlas)
        self._detach()
        for _ in self._take_out(atlas):
            pass
        self.forgotten.emit()
        self.viewer.add_image(data, **options)

    def override(self, overrides: Overrides) -> None:
        """Show the atlas with the user's overrides; filter and depth stay."""
        if self.display is None:
            return
        old = self.display
        try:
            package = apply(old.atlas.package, overrides)
        except AtlasError as exc:
            self.failed.emit(exc)
            return
        self._overrides = Overrides(
            overrides.resolution or self._overrides.resolution,
            overrides.orientation or self._overrides.orientation,
            overrides.midline or self._overrides.midline,
            self._overrides.region_map,
        )
        state = old.view.state
        atlas = Atlas(package)
        if self.path is not None:  # other processes open it in the same way
            atlas.reopen = partial(open_with_overrides, self.path, self._overrides)
        self._replace(atlas, self.path)
        self.display.view.restore(state)


def _layers_beside(shown: Atlas, path: Path, overrides: Overrides, as_image: bool) -> list[Any]:
    """Make the layers of another atlas, named after it.

    Raises
    ------
    AtlasError
        If its place beside the shown atlas is not known: of one alone the voxel size is stated.
    """
    from napari.layers import Layer

    try:
        atlas = open_with_overrides(path, overrides)
    except NotAnAnnotationError as exc:
        data, options, kind = lone_layer(Path(exc.path))
        layers, known = [Layer.create(data, options, kind)], "um" in options["units"]
    else:
        made = [Layer.create(*image_of(atlas))] if as_image else make_layers(atlas)
        layers, known = made, atlas.package.resolution_known
        for layer in layers:
            layer.name = f"{layer.name} · {atlas.name}"
    if known != shown.package.resolution_known:
        silent = shown.name if known else path.name
        raise AtlasError(
            f"{path.name} has no place beside {shown.name}: the voxel size of {silent} is not "
            f"known; open {silent} alone and set it"
        )
    return layers

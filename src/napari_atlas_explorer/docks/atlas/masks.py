"""Menu of the operations on the mask in the active layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QInputDialog, QMenu, QWidget

from ...analysis.masks.edit import edit_mask
from ...core.errors import AtlasError
from ...core.mask_recipe import CUT, MaskRecipe, Operation, mask_sha256
from ...viewer.display import atlas_of
from ...viewer.history import LayerSteps
from ...viewer.masks import active_mask, cutting_layers, painted_voxels, recipe_of
from ...viewer.placement import displayed
from ..common.background import BackgroundJob, Progress

if TYPE_CHECKING:
    import napari
    from napari.layers import Labels

SIZED = {"grow": "Grow…", "shrink": "Shrink…", "shell": "Shell…"}
PLAIN = {"fill": "Fill holes", "largest component": "Largest component"}
DEFAULT_MICROMETERS = 100.0


class MaskOperations(QObject):
    """Operations on a viewer's active layer, run in a worker.

    Parameters
    ----------
    viewer
        The viewer.
    steps
        Changes the layer, so that it can be undone.
    show_error
        Shows an exception.
    parent
        Owner, also of the dialogs.
    """

    def __init__(
        self,
        viewer: napari.Viewer,
        steps: LayerSteps,
        show_error: Callable[[BaseException], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._steps, self._show_error = viewer, steps, show_error
        self._window = parent
        self.job = BackgroundJob(self)
        self.job.failed.connect(show_error)

    @property
    def busy(self) -> bool:
        """Whether an operation is running."""
        return self.job.busy

    def fill_menu(self, menu: QMenu) -> None:
        """Fill a menu with the operations."""
        possible = active_mask(self._viewer) is not None
        for name, text in SIZED.items():
            action = menu.addAction(text)
            action.triggered.connect(lambda _=False, n=name: self.ask(n))
            action.setEnabled(possible)
        for name, text in PLAIN.items():
            action = menu.addAction(text)
            action.triggered.connect(lambda _=False, n=name: self.run(Operation(n)))
            action.setEnabled(possible)
        cut = menu.addMenu("Cut with")
        layers = self.cutters()
        cut.setEnabled(bool(layers))
        for layer in layers:
            action = cut.addAction(layer.name)
            action.triggered.connect(lambda _=False, x=layer: self.cut(x))

    def cutters(self) -> list[Labels]:
        """Return the layers that can cut the active mask."""
        mask = active_mask(self._viewer)
        return [] if mask is None else cutting_layers(self._viewer, mask)

    def cut(self, layer: Labels) -> None:
        """Keep the voxels of the active mask that are painted in another layer."""
        mask = active_mask(self._viewer)
        atlas = atlas_of(mask) if mask is not None else None
        if atlas is not None:
            cutter = painted_voxels(layer, atlas.grid)
            self.run(Operation(CUT, sha256=mask_sha256(cutter)), [cutter])

    def ask(self, name: str) -> None:
        """Ask for the distance and run an operation."""
        title = SIZED[name].removesuffix("…")
        size, fine = QInputDialog.getDouble(
            self._window, f"{title} the mask", "by µm:", DEFAULT_MICROMETERS, 0.0, 1e6, 1
        )
        if fine:
            self.run(Operation(name, size))

    def run(self, operation: Operation, cutters: Sequence[NDArray[np.bool_]] = ()) -> None:
        """Apply an operation to the active mask; a cut passes the cutting mask."""
        layer = active_mask(self._viewer)
        atlas = atlas_of(layer) if layer is not None else None
        recipe = recipe_of(layer) if layer is not None else None
        if layer is None or atlas is None or recipe is None:
            self._show_error(AtlasError("the active layer is not a mask; select or make one"))
            return
        mask = painted_voxels(layer, atlas.grid)

        def work(_: Progress) -> tuple[NDArray[Any], MaskRecipe]:
            edited, after = edit_mask(atlas, mask, recipe, operation, cutters)
            return displayed(edited.astype(np.uint8), atlas.grid), after

        def done(after: tuple[NDArray[Any], MaskRecipe]) -> None:
            self._steps.change_mask(layer, operation.describe(), *after)

        self.job.start(operation.describe(), work, done)

"""Morphological operations and cuts on the mask in the active layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import napari
import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QInputDialog, QMenu

from ...analysis.masks.making import WHY, apply_operations
from ...analysis.requirements import require_voxel_size
from ...core.errors import AtlasError
from ...core.mask_recipe import CUT, MaskRecipe, Operation, mask_sha256
from ...viewer.display import atlas_of
from ...viewer.masks import MaskSteps, is_valued, recipe_of
from ...viewer.placement import display_axes, displayed
from ..common.background import BackgroundJob, Progress

if TYPE_CHECKING:
    from napari.layers import Labels

    from .dock import AtlasDock

SIZED = {"grow": "Grow…", "shrink": "Shrink…", "shell": "Shell…"}
PLAIN = {"fill": "Fill holes", "largest component": "Largest component"}
DEFAULT_MICROMETERS = 100.0


class MaskOperations(QObject):
    """Operations on the active layer of a dock's viewer, run in a worker.

    Parameters
    ----------
    dock
        The atlas dock.
    """

    def __init__(self, dock: AtlasDock) -> None:
        super().__init__(dock)
        self._dock = dock
        self.steps = MaskSteps(dock.viewer, dock.session.history)
        self._job = BackgroundJob(self)
        self._job.failed.connect(dock.show_error)

    @property
    def busy(self) -> bool:
        """Whether an operation is running."""
        return self._job.busy

    def active_mask(self) -> Labels | None:
        """Return the active layer, if it is a mask of 0 and 1."""
        layer = self._dock.viewer.layers.selection.active
        if layer is None or recipe_of(layer) is None:
            return None
        return None if is_valued(layer) else layer

    def fill_menu(self, menu: QMenu) -> None:
        """Fill a menu with the operations."""
        possible = self.active_mask() is not None
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
        cut.setEnabled(possible and bool(layers))
        for layer in layers:
            action = cut.addAction(layer.name)
            action.triggered.connect(lambda _=False, x=layer: self.cut(x))

    def cutters(self) -> list[Labels]:
        """Return the Labels layers on the mask's voxels, which can cut it."""
        mask = self.active_mask()
        if mask is None:
            return []
        return [
            layer
            for layer in self._dock.viewer.layers
            if isinstance(layer, napari.layers.Labels)
            and layer is not mask
            and tuple(layer.data.shape) == tuple(mask.data.shape)
            and np.allclose(layer.extent.world, mask.extent.world)
        ]

    def cut(self, layer: Labels) -> None:
        """Keep the voxels of the active mask that are painted in another layer."""
        mask = self.active_mask()
        atlas = atlas_of(mask) if mask is not None else None
        if atlas is None:
            return
        turned = np.argsort(display_axes(atlas.grid))
        cutter = np.asarray(layer.data).transpose(turned) != 0
        self.run(Operation(CUT, sha256=mask_sha256(cutter)), [cutter])

    def ask(self, name: str) -> None:
        """Ask for the distance and run an operation."""
        title = SIZED[name].removesuffix("…")
        size, fine = QInputDialog.getDouble(
            self._dock, f"{title} the mask", "by µm:", DEFAULT_MICROMETERS, 0.0, 1e6, 1
        )
        if fine:
            self.run(Operation(name, size))

    def run(self, operation: Operation, cutters: Sequence[NDArray[np.bool_]] = ()) -> None:
        """Apply an operation to the active mask; a cut passes the cutting mask."""
        layer = self.active_mask()
        atlas = atlas_of(layer) if layer is not None else None
        recipe = recipe_of(layer) if layer is not None else None
        if layer is None or atlas is None or recipe is None:
            self._dock.show_error(AtlasError("the active layer is not a mask; select or make one"))
            return
        axes = display_axes(atlas.grid)
        values = np.asarray(layer.data).transpose(np.argsort(axes)) != 0

        def work(_: Progress) -> tuple[NDArray[Any], MaskRecipe]:
            if operation.micrometers is not None:
                require_voxel_size(atlas, WHY)
            made = apply_operations(values, atlas.grid, [operation], cutters)
            after = recipe.with_operation(operation)
            if recipe.mask_sha256 == mask_sha256(values):
                after = after.with_result(made)  # a mask that was painted in has no recipe
            return displayed(made.astype(np.uint8), atlas.grid), after

        def done(after: tuple[NDArray[Any], MaskRecipe]) -> None:
            self.steps.change(layer, operation.describe(), *after)

        self._job.start(operation.describe(), work, done)

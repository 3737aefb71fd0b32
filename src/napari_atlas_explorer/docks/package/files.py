"""Package specs of the form: loading, saving, and the equivalent command."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QApplication, QFileDialog

from ...atlases.local.remembered import Overrides
from ...core.errors import AtlasError
from ...core.package import Package
from ...packaging.source.form import PackageForm, resolution_text
from ...packaging.source.form_spec import changes, form_of, spec_of
from ...packaging.source.metadata_options import METADATA_OPTIONS
from ...packaging.source.spec import FILE_NAME, PackageSpec, read_package_spec
from ...packaging.source.spec_writer import write_package_spec

if TYPE_CHECKING:
    from .page import PackagePage


# ---- Commands ------------------------------------------------------------------------------------


def format_spec_command(request: PackageForm, spec: Path) -> str:
    """Return the command for a form whose sources are listed in a file."""
    return shlex.join(
        ["atlas-explorer", "package", str(spec), "--to", request.target, *_list_flags(request)]
    )


def format_atlas_command(
    request: PackageForm, package: Package, path: Path | None, overrides: Overrides
) -> str:
    """Return the command for the shown atlas.

    Parameters
    ----------
    request
        The form.
    package
        The atlas.
    path
        Path that was opened; None for the sample and for layers.
    overrides
        The user's overrides for its files.

    Raises
    ------
    AtlasError
        If the command line cannot reproduce the state of the window.
    """
    source = path or package.path
    if source is None:
        raise AtlasError(
            f"{package.name} is not from a file; expected an atlas that was opened from one: a "
            f"command cannot read layers"
        )
    if overrides.midline:
        raise AtlasError(
            "the command line has no option for a stated midline; expected a volume of hemispheres"
        )
    words = ["atlas-explorer", "package", "--from", str(source), "--to", request.target]
    if overrides.region_map:
        words += ["--region-map", overrides.region_map]
    stated = {
        "resolution": resolution_text(overrides.resolution) if overrides.resolution else "",
        "orientation": overrides.orientation or "",
    }
    stated |= changes(request, package)
    for option, key, _ in METADATA_OPTIONS:
        if stated.get(key):
            words += [option, stated[key]]
    if request.resolutions.strip():
        words += ["--resolutions", request.resolutions.replace(" ", "")]
    if request.labels != "nearest":
        words += ["--labels", request.labels]
    if request.empty is not None:
        words += ["--empty", request.empty]
    if request.meshes is not None:
        words += ["--meshes", request.meshes]
    return shlex.join([*words, *_list_flags(request)])


def _list_flags(request: PackageForm) -> list[str]:
    """Return the options that a package spec cannot hold."""
    words = []
    if request.masks and request.target == "brainglobe-v3":
        words.append("--masks")
    if request.hemisphere is not None:
        words += ["--hemisphere", request.hemisphere]
    if request.region.strip():
        words += ["--region", request.region.strip()]
    if request.archive:
        words.append("--archive")
    if request.install and request.is_brainglobe:
        words.append("--install")
    if request.replace:
        words.append("--force")
    return [*words, "-o", request.folder.strip() or "."]


# ---- Package files -------------------------------------------------------------------------------

SPECS = "Package specs (*.toml);;All files (*)"


class PackageFiles:
    """Loader and saver of ``package.toml``, and copier of the command.

    Parameters
    ----------
    page
        The package page.
    """

    def __init__(self, page: PackagePage) -> None:
        self._page = page
        self._saved: tuple[Path, PackageSpec] | None = None
        page.source.load.clicked.connect(self.ask_load)
        page.source.save.clicked.connect(self.ask_save)
        page.source.spec_dropped.connect(self.load)
        page.command.clicked.connect(self.copy_command)

    def ask_load(self) -> None:
        """Ask for a ``package.toml`` and fill the form from it."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._page, "Load a package.toml", self._suggest_folder(), SPECS
        )
        if chosen:
            self.load(Path(chosen))

    def load(self, path: Path) -> None:
        """Fill the form from a file; on an error, show it and keep the form."""
        try:
            spec = read_package_spec(path)
        except (AtlasError, OSError) as exc:
            self._page.tell(str(exc))
            return
        self._saved = path, spec
        self._page.fill(form_of(spec, self._page.read_request()))
        self._page.tell("")
        if len(spec.targets) > 1:
            self._page.show_message(
                f"{path.name} lists {len(spec.targets)} layouts; the window makes one at a time"
            )

    def ask_save(self) -> bool:
        """Ask for a path and write the file; return whether it was written."""
        chosen, _ = QFileDialog.getSaveFileName(
            self._page, "Save a package.toml", self._suggest_folder(), SPECS
        )
        if not chosen:
            return False
        path = Path(chosen)
        return self.save(path if path.suffix else path.with_suffix(".toml"))

    def save(self, path: Path) -> bool:
        """Write the file; the dialog has asked before replacing one."""
        try:
            spec = self._make_spec()
            write_package_spec(path, spec, force=True)
        except (AtlasError, OSError) as exc:
            self._page.tell(str(exc))
            return False
        self._saved = path, spec
        self._page.tell("")
        self._page.show_message(f"Saved {path.name}")
        return True

    def copy_command(self) -> None:
        """Copy the command; save an unsaved form first."""
        page = self._page
        request = page.read_request()
        try:
            if request.ingredients is None:
                if page.package is None:
                    return
                path, overrides = page.opened_path, page.overrides
                text = format_atlas_command(request, page.package, path, overrides)
            else:
                recipe = self._make_spec()
                if (self._saved is None or self._saved[1] != recipe) and not self.ask_save():
                    return
                assert self._saved is not None
                text = format_spec_command(request, self._saved[0].absolute())
        except (AtlasError, OSError) as exc:
            page.tell(str(exc))
            return
        QApplication.clipboard().setText(text)
        page.tell("")
        page.show_message("Copied the command")

    def _make_spec(self) -> PackageSpec:
        targets = self._saved[1].targets if self._saved is not None else ()
        return spec_of(self._page.read_request(), targets)

    def _suggest_folder(self) -> str:
        """Return the folder a dialog starts in: that of the last file, or of the annotation."""
        if self._saved is not None:
            return str(self._saved[0])
        annotation = self._page.source.fields["annotation"].text().strip()
        return str(Path(annotation).parent / FILE_NAME) if annotation else FILE_NAME

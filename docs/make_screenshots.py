"""Makes every picture of the documentation, from the sample atlas alone.

Run it as ``python docs/make_screenshots.py [NAME ...]``; it needs a display with OpenGL. Names
of scenes make only these.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from driver import IN_CORTEX, IN_HIPPOCAMPUS, IN_THALAMUS, Driver, own_folders, shrink
from made_up_files import write_home_made, write_lines, write_redrawn
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDialog

IMAGES = Path(__file__).resolve().parent / "images"
VOXEL = 60
"""Size of the sample's voxels, µm."""
MAX_BYTES = 200_000
IN_BORDER = (6630, 1350, 2800)
"""Position in the cortex that another layer has in the redrawn sample, µm."""


def start(folder: Path) -> None:
    """The panel before an atlas is open, and after a folder that holds none."""
    driver = Driver()
    driver.picture(IMAGES / "start.png")
    Path("my atlas").mkdir()
    driver.fail_to_open(Path("my atlas"))
    driver.picture(IMAGES / "error.png")
    driver.close()


def gallery(folder: Path) -> None:
    """The atlases that can be downloaded; nothing is."""
    driver = Driver()
    driver.panel.more.opening.show_download()
    form = driver.panel.more.opening.download
    form.folder.setPlaceholderText("…/cache/atlases")  # not that of this run
    driver.wait_for(lambda: not form.looking.busy, "what is on this computer")
    form.atlases.selectRow(form.atlases.names().index("allen_ccf_25um_2017"))
    driver.picture(IMAGES / "gallery.png", dialog=form)
    driver.close()


def browse(folder: Path) -> None:
    """The main job: hover, search, show only, hide, depth, sides, outlines, light theme."""
    driver = Driver()
    driver.open_sample()
    driver.hover(IN_HIPPOCAMPUS)
    driver.picture(IMAGES / "window.png", cursor=True)
    driver.search("hippo")
    driver.picture(IMAGES / "search.png")
    driver.leave_search()
    driver.press(Qt.Key.Key_L)
    driver.hover(IN_HIPPOCAMPUS)
    driver.picture(IMAGES / "show-only.png", cursor=True)
    driver.press(Qt.Key.Key_A)
    driver.search("")
    driver.select("Isocortex")
    driver.press(Qt.Key.Key_H)
    driver.hover(IN_CORTEX)
    driver.picture(IMAGES / "hide.png", cursor=True)
    driver.press(Qt.Key.Key_A)
    driver.depth(5)
    driver.hover(IN_CORTEX)
    driver.picture(IMAGES / "depth.png", cursor=True)
    driver.depth(driver.panel.bar.depth.maximum())
    driver.side(driver.panel.bar.right)
    driver.hover(IN_CORTEX)
    driver.picture(IMAGES / "side.png", cursor=True)
    driver.side(driver.panel.bar.right)
    fill = driver.panel.bar.fill.value()
    driver.panel.bar.fill.setValue(0)
    driver.hover(IN_HIPPOCAMPUS)
    driver.picture(IMAGES / "outlines.png", cursor=True)
    driver.panel.bar.fill.setValue(fill)
    driver.viewer.theme = "light"
    driver.hover(IN_CORTEX)
    driver.picture(IMAGES / "light.png", cursor=True)
    driver.viewer.theme = "dark"
    driver.close()


def selecting(folder: Path) -> None:
    """Two regions clicked, and a mask of a query."""
    driver = Driver()
    driver.open_sample()
    driver.canvas_click(IN_HIPPOCAMPUS)
    driver.canvas_click(IN_THALAMUS, shift=True)
    driver.picture(IMAGES / "select.png", cursor=True)
    driver.search("left:CTX - HPF")
    driver.leave_search()
    count = len(driver.viewer.layers)
    driver.click(driver.panel.selection_bar.make)
    driver.wait_for(lambda: len(driver.viewer.layers) > count, "the mask")
    driver.picture(IMAGES / "mask.png")
    driver.close()


def analysis(folder: Path) -> None:
    """The table of regions, colors that stand for numbers, the form for points."""
    from napari_atlas_explorer.docks.common.pages import show_page

    driver = Driver()
    driver.open_sample()
    analysis = driver.panel.analysis
    table = show_page(driver.viewer, "table")
    driver.wait_for(lambda: analysis.table is not None, "the table")
    table.filter.setText("leaf & under:TH")
    table.view.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    driver.select("MD")
    driver.picture(IMAGES / "table.png")
    table.filter.clear()
    driver.click(table.layer_form.add)
    driver.wait_for(lambda: not analysis.busy, "the column")
    analysis.color_by(len(analysis.table.columns) - 1)
    driver.picture(IMAGES / "color-by.png")
    cells = np.random.default_rng(0).normal((6500, 3500, 5400), (2000, 900, 1800), (2000, 3))
    path = folder / "cells.csv"
    np.savetxt(path, cells[:, ::-1] / 1000, "%.4f", ",", header="x,y,z", comments="")
    analysis.files.open_points(path)
    driver.wait_for(lambda: bool(driver.panel.findChildren(QDialog)), "the form")
    form = dialog_of(driver)
    driver.wait_for(lambda: "%" in form.unit.itemText(1), "the shares")
    form.unit.setCurrentIndex(2)
    form.order.setCurrentIndex(6)
    driver.wait_for(lambda: "%" in form.share.text(), "the share")
    driver.picture(IMAGES / "import-points.png", form)
    form.reject()
    driver.close()


def checks(folder: Path) -> None:
    """The quality checks: a finding with its voxels."""
    from napari_atlas_explorer.docks.common.pages import show_page

    driver = Driver(size=(1400, 900))
    driver.open_sample()
    qa = show_page(driver.viewer, "qa")
    driver.wait()
    qa.start()
    driver.wait_for(lambda: qa.findings is not None, "the checks are run")
    qa.tree.choose(next(i for i in qa.tree.ids() if i.startswith("symmetry-dice")))
    driver.wait()
    driver.picture(IMAGES / "qa.png")
    driver.close()


def package(folder: Path) -> None:
    """The form of a package, with a field that is not right yet."""
    from napari_atlas_explorer.docks.common.pages import show_page

    driver = Driver(size=(1200, 900))
    driver.open_sample()
    form = show_page(driver.viewer, "package")
    driver.wait()
    for key, text in (
        ("name", "phantom_mouse"),
        ("version", "1.0"),
        ("species", "a mouse"),
        ("citation", "unpublished"),
        ("atlas_packager", "Jane Doe"),
    ):
        line = form.metadata.fields[key].line
        line.selectAll()
        QTest.keyClicks(line, text)
    driver.picture(IMAGES / "package.png")
    driver.close()


def directions(folder: Path) -> None:
    """A flat section with the directions of the cortex."""
    from napari_atlas_explorer.docks.common.pages import show_page

    driver = Driver(size=(1300, 850))
    driver.open_sample()
    panel = show_page(driver.viewer, "directions")
    driver.wait_for(lambda: panel.view is not None, "the directions are read")
    driver.hover(IN_CORTEX)
    driver.picture(IMAGES / "directions.png", cursor=True)
    driver.close()


def compare(folder: Path) -> None:
    """The sample beside a redrawn version of itself: a point, the map, the table."""
    from napari_atlas_explorer.atlases.local.named_folders import name_folder
    from napari_atlas_explorer.docks.common.pages import show_page

    write_redrawn(folder / "atlases" / "redrawn")
    name_folder(folder / "atlases")
    driver = Driver(size=(1500, 900))
    driver.open_sample()
    panel = show_page(driver.viewer, "comparison")
    driver.wait_for(lambda: not panel.looking.busy, "the atlases on this computer")
    driver.click(panel.parts.add)
    driver.wait_for(lambda: bool(panel.chosen and panel.chosen.answer), "the comparison")
    driver.click(panel.parts.show_map)
    driver.wait_for(lambda: not panel.background.busy, "the map")
    names = [column.name for column in panel.parts.model.table.columns]
    panel.parts.filter.setText("layer")
    panel.parts.view.sortByColumn(names.index("dice"), Qt.SortOrder.AscendingOrder)
    driver.hover(IN_BORDER)
    driver.picture(IMAGES / "compare.png", cursor=True)
    driver.close()


def surfaces(folder: Path) -> None:
    """Ten regions in 3-D, apart, and the brain cut at a section."""
    from napari_atlas_explorer.core.space.hemispheres import LEFT
    from napari_atlas_explorer.docks.common.pages import show_page

    driver = Driver(size=(1300, 850))
    driver.open_sample()
    regions = driver.panel.display.atlas.region_map
    view = driver.panel.display.view
    chosen = ("Isocortex", "HPF", "CP", "TH", "HY", "MB", "P", "MY", "CB", "OLF")
    view.select(view.expand([regions.rank(name) for name in chosen]))
    panel = show_page(driver.viewer, "surfaces")
    panel.add_selected()
    driver.wait_for(lambda: len(panel.scene.keys) == len(chosen), "the surfaces are made")
    driver.viewer.scene.camera.angles = (8, -35, 62)
    driver.wait()
    driver.picture(IMAGES / "surfaces.png")
    panel.explode.setValue(60)
    driver.viewer.scene.camera.zoom *= 0.75
    driver.wait()
    driver.picture(IMAGES / "surfaces-apart.png")
    panel.explode.setValue(0)
    panel.scene.remove(panel.scene.keys)
    panel.hemisphere.setCurrentIndex(panel.hemisphere.findData(LEFT))
    panel.add_selected()
    driver.wait_for(lambda: len(panel.scene.keys) == len(chosen), "the left halves are made")
    driver.viewer.scene.camera.angles = (0, -25, 20)
    driver.viewer.scene.camera.zoom *= 1.2
    driver.wait()
    driver.picture(IMAGES / "surfaces-left.png")
    driver.close()


def lines(folder: Path) -> None:
    """Made-up streamlines from cortex and hippocampus to the thalamus."""
    from napari_atlas_explorer.docks.common.pages import show_page

    path = folder / "data.json"
    write_lines(path)
    driver = Driver(size=(1400, 900))
    driver.open_sample()
    panel = show_page(driver.viewer, "lines")
    driver.wait()
    panel.open_paths([path])
    driver.wait_for(lambda: bool(panel.sets.sets), "the lines are read")
    driver.viewer.dims.set_point(0, IN_THALAMUS[0])
    driver.viewer.reset_view()
    driver.wait()
    driver.picture(IMAGES / "lines.png")
    lines_among_surfaces(driver)
    driver.close()


def lines_among_surfaces(driver: Driver) -> None:
    """Ten regions seen through, and the lines in them."""
    from napari_atlas_explorer.docks.common.pages import show_page

    view, regions = driver.panel.display.view, driver.panel.display.atlas.region_map
    chosen = ("HPF", "CP", "TH", "HY", "MB", "P", "MY", "CB", "OLF", "PAL")
    view.select(view.expand([regions.rank(name) for name in chosen]))
    surfaces = show_page(driver.viewer, "surfaces")
    surfaces.add_selected()
    driver.wait_for(lambda: len(surfaces.scene.keys) == len(chosen), "the surfaces are made")
    surfaces.opacity.setValue(30)
    driver.viewer.scene.camera.angles = (8, -35, 62)
    driver.wait()
    driver.picture(IMAGES / "lines-3d.png")


def menus(folder: Path) -> None:
    """The row menu, the list of keys, and the window at a smaller size."""
    driver = Driver()
    driver.open_sample()
    driver.select("TH")
    tree = driver.panel.tree
    row = tree.visualItemRect(tree.currentItem())
    tree.customContextMenuRequested.emit(row.center())
    driver.wait()
    menu = QApplication.activePopupWidget()
    driver.picture(IMAGES / "row-menu.png", menu)
    menu.close()
    driver.panel.more.show_keys()
    driver.wait()
    box = dialog_of(driver)
    driver.picture(IMAGES / "keys.png", box)
    box.close()
    driver.resize((1000, 700))
    driver.viewer.reset_view()
    driver.hover(IN_HIPPOCAMPUS)
    driver.picture(IMAGES / "small-window.png", cursor=True)
    driver.close()


def three_dimensions(folder: Path) -> None:
    """A few regions in 3-D, with what is under the cursor."""
    driver = Driver()
    driver.open_sample()
    driver.select("HIP", "TH", "CBX")
    driver.press(Qt.Key.Key_L)
    driver.viewer.layers["Brain image"].visible = False
    driver.viewer.dims.ndisplay = 3
    driver.viewer.reset_view()
    driver.viewer.scene.camera.angles = (0, 35, 70)
    driver.viewer.scene.camera.zoom *= 0.85
    driver.panel.display.layer.opacity = 1
    driver.wait(2)
    driver.hover_canvas(0.46, 0.46)
    driver.picture(IMAGES / "three-dimensions.png", cursor=True)
    driver.close()


def own_files(folder: Path) -> None:
    """A home-made TIFF without metadata: amber chips, and the form that settles them."""
    home = folder / "my annotation"
    home.mkdir()
    write_home_made(home)
    driver = Driver()
    driver.open(home)
    driver.picture(IMAGES / "chips.png")
    driver.click(driver.panel.findChild(object, "chip_resolution"))
    form = dialog_of(driver)
    for box, letter in zip(form.axes, "asr", strict=True):
        box.setCurrentIndex(box.findData(letter))
    for spin in form.sizes:
        spin.setValue(2 * VOXEL)
    driver.click(form.midline)
    driver.picture(IMAGES / "orientation-form.png", form)
    driver.click(form.apply)
    driver.hover(IN_CORTEX)
    driver.picture(IMAGES / "settled.png", cursor=True)
    driver.close()


def figures(folder: Path) -> None:
    """What ``atlas-explorer snapshot`` draws."""
    from napari_atlas_explorer.cli.main import main

    values = folder / "density.csv"
    values.write_text("acronym,cells\nIsocortex,1200\nHPF,355\nTH,\nCB,0\nMB,42\n")
    for name, options in (
        ("snapshot", []),
        ("snapshot-region", ["--region", "HPF"]),
        ("snapshot-values", ["--values", str(values)]),
    ):
        path = IMAGES / f"{name}.png"
        if main(["snapshot", "sample", *options, "-o", str(path), "--force"]):
            raise RuntimeError(f"snapshot {options} failed")
        shrink(path, width=1000)


SCENES: dict[str, Callable[[Path], None]] = {
    "start": start,
    "gallery": gallery,
    "browse": browse,
    "selecting": selecting,
    "analysis": analysis,
    "checks": checks,
    "package": package,
    "directions": directions,
    "compare": compare,
    "surfaces": surfaces,
    "lines": lines,
    "menus": menus,
    "three-dimensions": three_dimensions,
    "own-files": own_files,
    "figures": figures,
}


def dialog_of(driver: Driver) -> QDialog:
    """The dialog that the panel has open."""
    return next(d for d in driver.panel.findChildren(QDialog) if d.isVisible())


def main() -> int:
    """Make the pictures."""
    chosen = sys.argv[1:] or list(SCENES)
    IMAGES.mkdir(exist_ok=True)
    with own_folders() as folder:
        # Messages in the pictures then name "my atlas", not where this run keeps it.
        os.chdir(folder)
        for name in chosen:
            print(f"{name} …", flush=True)
            SCENES[name](folder)
    large = [p.name for p in IMAGES.glob("*.png") if p.stat().st_size > MAX_BYTES]
    if large:
        print(f"more than {MAX_BYTES // 1000} kB: {', '.join(large)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

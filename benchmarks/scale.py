"""How everything grows with the voxels: 100, 50, 25 and 10 µm, one after the other.

``python -m benchmarks.scale [--sizes 100,50,25,10] [--plot docs/images/scale.png]`` makes
an Allen-shaped atlas of each voxel size out of the 25 µm annotation (picked, or repeated for
10 µm: 1320 × 800 × 1140), as raw NRRD beside its ontology, and measures it in a process of its
own: opening for the first time and again, a slice, lookups, masks, statistics, and a real window.
Beside it, in the same run, what plain zarr, dask and brainglobe-atlasapi 3 (`scale_peer`) take
for the same slices, lookups and masks. Nothing of the data is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import scale_peer

SHAPES = {100: (132, 80, 114), 50: (264, 160, 228), 25: (528, 320, 456), 10: (1320, 800, 1140)}
COLUMNS = (
    ("open_first", "opened for the first time, s"),
    ("open_again", "opened again, s"),
    ("slice", "first slice, ms"),
    ("at", "one lookup, µs"),
    ("leaf", "mask of a leaf, ms"),
    ("root", "mask of the root, ms"),
    ("statistics", "statistics, s"),
    ("peak", "most anonymous memory, MB"),
    ("window", "shown in the window, s"),
    ("scroll", "scroll p95, ms"),
    ("hover", "hover p99, ms"),
    ("filter", "filter, ms"),
    ("three", "3-D, s"),
    ("window_peak", "most memory of the window, MB"),
    ("zarr_slice", "zarr: slice, ms"),
    ("dask_root", "dask: mask of the root, ms"),
    ("bg_open", "BrainGlobe 3: annotation read, s"),
    ("bg_slice", "BrainGlobe 3: slice, ms"),
    ("bg_at", "BrainGlobe 3: one lookup, µs"),
    ("bg_leaf", "BrainGlobe 3: mask of a leaf, ms"),
    ("bg_root", "BrainGlobe 3: mask of the root, ms"),
    ("bg_peak", "BrainGlobe 3: most resident memory, MB"),
)
"""Keys and titles of what is measured."""

LEAF, ROOT = "CA1", "root"
STYLES = tuple(f"C{n}{line}" for line in ("-", "--", ":") for n in range(10))
"""Of the lines of the plot: no two are alike."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--sizes", default="100,50,25,10")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--folder", type=Path, help="where the volumes go meanwhile (16 GB)")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--window", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--peer", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.measure:
        print(json.dumps(measured(options.measure)))
        return 0
    if options.window:
        print(json.dumps(in_window(options.window)))
        return 0
    if options.peer:
        print(json.dumps(scale_peer.asked(options.peer, LEAF, ROOT)))
        return 0
    rows = {}
    with tempfile.TemporaryDirectory(prefix="atlas-scale-", dir=options.folder) as folder:
        ids, ontology = source(Path(folder))
        for size in map(int, options.sizes.split(",")):
            place = Path(folder) / str(size)
            make(place, ids, ontology, size)
            rows[size] = {}
            for what in ("--measure", "--window", "--peer"):
                rows[size] |= child(what, place)
            print(f"{size} µm: {rows[size]}", file=sys.stderr, flush=True)
            for file in place.rglob("*.n*"):
                file.unlink(missing_ok=True)
    print(table(rows))
    if options.plot:
        plot(rows, options.plot)
    return 0


# ---- the data ----------------------------------------------------------------------------------


def source(folder: Path) -> tuple[NDArray[Any], Path]:
    """The 25 µm annotation in the axes of the CCF, and the ontology."""
    from . import data

    found = data.load(folder)
    ids = found.ids
    if ids.shape != SHAPES[25]:
        order = [ids.shape.index(n) for n in SHAPES[25]]
        ids = ids.transpose(order)
    return np.ascontiguousarray(ids), found.ontology


def make(folder: Path, ids: NDArray[Any], ontology: Path, size: int) -> None:
    """Write annotation and template of a voxel size, plane by plane, as raw NRRD."""
    folder.mkdir()
    (folder / "1.json").write_bytes(ontology.read_bytes())
    shape = SHAPES[size]
    picks = [
        np.floor((np.arange(n) + 0.5) * m / n).astype(int)
        for n, m in zip(shape, ids.shape, strict=True)
    ]
    for name, kind, gray in (("annotation", "uint32", False), ("average_template", "uint16", True)):
        header = (
            f"NRRD0004\ntype: {kind}\ndimension: 3\nspace dimension: 3\n"
            f"sizes: {' '.join(map(str, shape))}\n"
            f"space directions: ({size},0,0) (0,{size},0) (0,0,{size})\n"
            'space units: "um" "um" "um"\nspace origin: (0,0,0)\nendian: little\n'
            "encoding: raw\n\n"
        )
        with (folder / f"{name}_{size}.nrrd").open("wb") as stream:
            stream.write(header.encode())
            for k in picks[2]:
                plane = ids[:, :, k][np.ix_(picks[0], picks[1])]
                values = np.where(plane > 0, plane % 400 + 50, 0) if gray else plane
                stream.write(values.astype(kind).tobytes(order="F"))


# ---- measuring ---------------------------------------------------------------------------------


def child(what: str, place: Path) -> dict[str, Any]:
    """Measure in a process of its own, with a cache of its own."""
    env = {**os.environ, "ATLAS_EXPLORER_CACHE": str(place / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", what, str(place)],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{what} {place}: {done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def anonymous() -> float:
    """Resident memory that is no file's, MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1e3
    return float("nan")


class Peak:
    """The most anonymous memory while a block runs."""

    def __enter__(self) -> Peak:
        self.most, self._stop = anonymous(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.most = max(self.most, anonymous())

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def timed(function: Callable[[], Any], times: int = 1) -> float:
    """Median seconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        found.append(time.perf_counter() - start)
    return float(np.median(found))


def measured(place: Path) -> dict[str, Any]:
    """What needs no window."""
    from napari_atlas_explorer import open_atlas

    found: dict[str, Any] = {}
    with Peak() as peak:
        found["open_first"] = timed(lambda: open_atlas(place).ranks)
        atlas = open_atlas(place)
        found["open_again"] = timed(lambda: open_atlas(place).ranks)
        labels = atlas.ranks
        middle = labels.raw.shape[0] // 2
        found["slice"] = 1e3 * timed(lambda: np.array(labels.raw[middle]))
        center = (np.array(atlas.shape) / 2 * atlas.resolution).tolist()
        found["at"] = 1e6 * timed(lambda: [atlas.at(center) for _ in range(100)], 3) / 100
        found["leaf"] = 1e3 * timed(lambda: atlas.get_structure_mask(LEAF), 3)
        found["root"] = 1e3 * timed(lambda: atlas.get_structure_mask(ROOT), 3)
        found["statistics"] = timed(atlas.statistics)
    found["peak"] = peak.most
    return {**found, **plain(place, labels)}


def plain(place: Path, labels: Any) -> dict[str, float]:
    """What zarr and dask take for a slice, and for the mask of all that is not background."""
    import dask.array as da
    import zarr

    path = place / "plain.zarr"
    array = zarr.create_array(
        store=str(path), shape=labels.raw.shape, dtype="uint16", chunks=(128,) * 3
    )
    for start in range(0, array.shape[0], 128):
        array[start : start + 128] = labels.raw[start : start + 128]
    middle = array.shape[0] // 2
    lazy = da.from_zarr(str(path))
    root = int(labels.region_map.rank(ROOT))
    stop = int(labels.ends[root])
    found = {
        "zarr_slice": 1e3 * timed(lambda: array[middle], 3),
        "dask_root": 1e3 * timed(lambda: ((lazy >= root) & (lazy < stop)).compute(), 1),
    }
    shutil.rmtree(path)
    return found


def in_window(place: Path) -> dict[str, Any]:
    """A real window: scroll, hover, filter, 3-D."""
    from . import window

    found: dict[str, Any] = {}
    with Peak() as peak:
        viewer, panel = window.open_window()
        found["window"] = window.open_and_watch(viewer, panel, place).drawn / 1e3
        planes = viewer.dims.nsteps[0]
        steps = np.random.default_rng(0).integers(planes // 4, 3 * planes // 4, 40)

        def scroll(step: int) -> Callable[[], None]:
            def go() -> None:
                viewer.dims.set_current_step(0, int(step))
                window.process_events()

            return go

        found["scroll"] = 1e3 * float(np.percentile([timed(scroll(s)) for s in steps], 95))
        times: list[float] = []
        restore = window.timed_callback(viewer, times)
        extent = np.array([r.stop for r in viewer.dims.range])
        for share in np.random.default_rng(1).random((300, 3)) * 0.8 + 0.1:
            event = window.mouse_event(share * extent, 2)
            viewer.mouse_move_callbacks[-1](viewer, event)
        restore()
        found["hover"] = float(np.percentile(times, 99))
        view = panel.display.view
        rank = panel.display.atlas.region_map.rank("CTX")

        def filter_it() -> None:
            view.hide([rank])
            window.process_events()

        found["filter"] = 1e3 * timed(filter_it)
        view.show_all()

        def turn() -> None:
            viewer.dims.ndisplay = 3
            window.settle(50)

        found["three"] = timed(turn)
    found["window_peak"] = peak.most
    window.close_window(viewer)
    return found


# ---- the answer --------------------------------------------------------------------------------


def table(rows: dict[int, dict[str, Any]]) -> str:
    """Markdown: one column for each size."""
    sizes = list(rows)
    head = ["", *[f"{s} µm ({np.prod(SHAPES[s]) / 1e6:.0f} M voxels)" for s in sizes]]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for key, title in COLUMNS:
        values = [f"{rows[s][key]:.3g}" if key in rows[s] else "–" for s in sizes]
        lines.append("| " + " | ".join([title, *values]) + " |")
    return "\n".join(lines)


def plot(rows: dict[int, dict[str, Any]], path: Path) -> None:
    """How each grows with the voxels, both axes logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    sizes = sorted(rows, reverse=True)
    voxels = [np.prod(SHAPES[s]) for s in sizes]
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    styles = iter(STYLES)
    for key, title in COLUMNS:
        if "memory" in title:
            continue
        what, unit = title.rsplit(", ", 1)
        scale = {"s": 1e3, "ms": 1, "µs": 1e-3}[unit]
        values = [rows[s].get(key, float("nan")) * scale for s in sizes]
        axes.plot(voxels, values, next(styles), marker="o", markersize=4, label=what)
    axes.set(xscale="log", yscale="log", xlabel="voxels", ylabel="ms")
    axes.legend(fontsize=7, handlelength=4, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    sys.exit(main())

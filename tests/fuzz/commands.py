"""Commands that read the files of cases; IN, OUT and ATLAS are folders of the case."""

from __future__ import annotations

Command = list[str]
METADATA = [
    *("--name", "made_up", "--version", "1.0", "--species", "Mus musculus", "--jobs", "1"),
    *("--citation", "unpublished", "--link", "https://example.org", "--orientation", "asr"),
]
"""Options of ``package`` for sources that do not state them."""


def on_atlas(*atlas: str) -> list[Command]:
    """Return commands that read the atlas of these words."""
    masks = ("nrrd", "nii.gz", "tif", "seg.nrrd", "obj", "stl", "ply", "csv")
    layouts = ("brainglobe-v2", "brainglobe-v3", "voxelbrain", "itksnap")
    package = [*METADATA, "--meshes", "none"]
    return [
        ["info", *atlas],
        ["info", *atlas, "--json"],
        ["lookup", *atlas, "60", "60", "60"],
        ["lookup", *atlas, "2", "2", "2", "--voxels", "--json"],
        ["tree", *atlas],
        ["tree", *atlas, "--json"],
        ["tree", *atlas, "--find", "cortex"],
        ["stats", *atlas],
        ["stats", *atlas, "--json"],
        ["stats", *atlas, "-o", "OUT/s.csv"],
        *(["mask", *atlas, "315", "-o", f"OUT/m.{suffix}"] for suffix in masks),
        ["mask", *atlas, "315", "--hemisphere", "left", "--grow", "30", "-o", "OUT/m.nrrd"],
        ["mask", *atlas, "315", "549", "--each", "-o", "OUT/masks"],
        ["mask", *atlas, "--to", "itksnap", "-o", "OUT/labels.nii.gz", "315"],
        ["mesh", *atlas, "315", "--jobs", "1", "-o", "OUT/m.obj"],
        ["mesh", *atlas, "315", "--jobs", "1", "--raw", "-o", "OUT/m.ply"],
        ["snapshot", *atlas, "-o", "OUT/a.png"],
        ["snapshot", *atlas, "--region", "315", "-o", "OUT/a.svg"],
        ["qa", atlas[0], "--jobs", "1"],
        ["qa", atlas[0], "--jobs", "1", "--json", "OUT/q.json", "--html", "OUT/q.html"],
        ["qa", atlas[0], "--jobs", "1", "--findings", "OUT/f.nrrd"],
        *(["package", "--from", atlas[0], "--to", to, "-o", "OUT/p", *package] for to in layouts),
        ["downsample", atlas[0], "--resolution", "50", "-o", "OUT/d"],
        ["compare", atlas[0], "ATLAS", "-o", "OUT/c.csv"],
        ["compare", "ATLAS", atlas[0], "--map", "OUT/c.nrrd"],
        ["lines", "ATLAS/lines.json", "--atlas", *atlas],
        ["spatial-search", "ATLAS/reference.nrrd", "--atlas", atlas[0], "--tract", "549"],
    ]


def on_volume(file: str) -> list[Command]:
    """Return commands that read a volume beside the sound atlas."""
    regions = ["--region-map", "ATLAS/hierarchy.json"]
    return [
        *on_atlas(file, *regions),
        ["info", file],
        ["stats", file, "--resolution", "25"],
        *[["stats", "ATLAS", "--image", file, *more] for more in ([], ["--both-sides"])],
        ["spatial-search", file, "--atlas", "ATLAS", "--tract", "549", "-o", "OUT/data.json"],
        ["spatial-search", "ATLAS/reference.nrrd", "--tract-mask", file],
        [
            *("spatial-search", "ATLAS/reference.nrrd", "--atlas", "ATLAS", "--tract", "549"),
            *("--injection", file),
        ],
    ]


def on_points(file: str) -> list[Command]:
    columns = ["--columns", "x,y,z"]
    return [
        ["lookup", "ATLAS", "--points", file],
        ["lookup", "ATLAS", "--points", file, "--columns", "x_um,y_um,z_um"],
        ["lookup", "ATLAS", "--points", file, "--unit", "um", "-o", "OUT/p.csv", *columns],
        ["lookup", "ATLAS", "--points", file, "--unit", "um", "--columns", "0,1,2", "--json"],
        ["stats", "ATLAS", "--points", file, "--unit", "mm", *columns],
        [
            *("stats", "ATLAS", "--points", file, "--unit", "voxel", "--integer-is", "centre"),
            *("--value", "weight", "--per-point", "OUT/p.csv", *columns),
        ],
        [
            *("stats", "ATLAS", "--points", file, "--unit", "voxel", "--integer-is", "corner"),
            *("--voxel-size", "9", *columns),
        ],
    ]


def on_lines(file: str) -> list[Command]:
    return [
        ["lines", file, "--atlas", "ATLAS"],
        ["lines", file, "--atlas", "ATLAS", "--reverse", "-o", "OUT/l.csv"],
        ["lines", file, "--atlas", "ATLAS", "--totals", "--json"],
    ]


OPTIONS = """
info ATLAS --resolution 25,25,25 --orientation asr --midline --kind annotation --json OUT/i.json
lookup ATLAS 60 60 60 --json
lookup ATLAS --points IN/p.csv --columns x,y,z --unit um -o OUT/p.csv
tree ATLAS --find cortex
stats ATLAS --points IN/p.csv --columns x,y,z --unit voxel --integer-is corner --voxel-size 25,25,25
stats ATLAS --image ATLAS/reference.nrrd --level 1 --both-sides --memory 1GB -o OUT/s.csv
stats ATLAS --image ATLAS/reference.nrrd --image-origin centre --regions 315,549 --json OUT/s.json
mask ATLAS 315 TH --direct --grow 30 --shrink 10 --shell 25 --fill --largest -o OUT/m.nrrd
mask ATLAS --expr left:root --hemisphere left -o OUT/m.csv --json OUT/m.json
mesh ATLAS 315 --faces 100 --max-deviation 10 --smooth 3 -o OUT/m.obj
mesh ATLAS --all --raw --format ply --names acronym -o OUT/meshes
snapshot ATLAS --at 60 60 60 --values IN/v.csv --column n --limits 1,9 --log --dark -o OUT/a.svg
qa ATLAS --only labels,package --require labels --fail-on warning --json OUT/q.json
qa ATLAS --compare ATLAS --html OUT/q.html --findings OUT/f.nrrd --all
package --from ATLAS --to voxelbrain -o OUT/p --name a --version 1.0 --resolutions 50
package --from ATLAS --to voxelbrain -o OUT/p --root-id 997 --symmetric true --region 315
package --from ATLAS --to itksnap -o OUT/p --checks none --labels majority --archive --faces 100
downsample ATLAS --resolution 50,50,50 --voxel-size 25 --labels majority -o OUT/d
compare ATLAS ATLAS --at 60 60 60 --by acronym --arrays --json
lines ATLAS/lines.json --atlas ATLAS --totals -o OUT/l.csv
spatial-search ATLAS/reference.nrrd --atlas ATLAS --tract 549 --low 0.04 --high 0.3 --corner
spatial-search ATLAS/reference.nrrd --tract-mask ATLAS/brain_regions.nrrd --resolution 25
list --add IN --json OUT/l.json
cache --check --json
"""
NEVER = {"open", "download", "--online", "--fetch", "--scheduler", "--jobs"}
"""Words that would open windows, use the network or start processes."""

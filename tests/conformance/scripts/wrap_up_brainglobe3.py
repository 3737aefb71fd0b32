"""Run in BrainGlobe 3's environment: its own packager on the ingredients of a v2 package.

Its parents' ids are uint16: larger ids are given smaller numbers.
"""

import contextlib
import io
import json
import sys
from pathlib import Path

import numpy as np
import tifffile
from brainglobe_atlasapi.atlas_generation.wrapup import wrapup_atlas_from_data

LIMIT = 2**16
FREE = 60_000


def wrap_up(package, target):
    """Package; returns the folder of the manifest."""
    metadata = json.loads((package / "metadata.json").read_text())
    rows = json.loads((package / "structures.json").read_text())
    small = {r["id"]: r["id"] if r["id"] < LIMIT else FREE + n for n, r in enumerate(rows)}
    ids = tifffile.imread(package / "annotation.tiff")
    for old, new in small.items():
        ids[ids == old] = new
    for row in rows:
        row["id"] = small[row["id"]]
        row["structure_id_path"] = [small[i] for i in row["structure_id_path"]]
    meshes = {small[int(p.stem)]: p for p in (package / "meshes").glob("*.obj")}
    return wrapup_atlas_from_data(
        atlas_name=metadata["name"],
        atlas_minor_version=0,
        citation=metadata["citation"],
        atlas_link=metadata["atlas_link"],
        species=metadata["species"],
        resolution=tuple(int(r) for r in metadata["resolution"]),
        orientation=metadata["orientation"],
        root_id=rows[0]["id"],
        reference_stack=tifffile.imread(package / "reference.tiff"),
        annotation_stack=ids.astype(np.uint32),
        hemispheres_stack=tifffile.imread(package / "hemispheres.tiff"),
        structures_list=rows,
        meshes_dict=meshes,
        working_dir=target,
        atlas_packager=metadata["atlas_packager"],
    )


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        folder = wrap_up(Path(sys.argv[1]), Path(sys.argv[2]))
    print(folder)

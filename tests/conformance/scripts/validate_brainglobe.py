"""Run in BrainGlobe's environment (2.3 or 3.0): its validation functions on one package.

Prints JSON: for each function None where it is content, else what it says. A package that
cannot be opened is said under "open". Functions that ask the network are left out.
"""

import contextlib
import io
import json
import sys

from brainglobe_atlasapi import BrainGlobeAtlas
from brainglobe_atlasapi.atlas_generation import validate_atlases

NEEDS_NETWORK = {"validate_atlas_name_listed"}


def validated(name, folder):
    """Answer of every function."""
    try:
        atlas = BrainGlobeAtlas(name, brainglobe_dir=folder, check_latest=False)
    except Exception as exc:  # noqa: BLE001 - whatever it raises is its answer
        return {"open": f"{type(exc).__name__}: {exc}"}
    said = {}
    for function in [
        *validate_atlases.get_all_validation_functions(),
        *(
            [validate_atlases.validate_metadata]
            if hasattr(validate_atlases, "validate_metadata")
            else []
        ),
    ]:
        if function.__name__ in NEEDS_NETWORK:
            continue
        try:
            function(atlas)
            said[function.__name__] = None
        except Exception as exc:  # noqa: BLE001 - whatever it raises is its answer
            said[function.__name__] = f"{type(exc).__name__}: {exc}"
    return said


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        answer = validated(sys.argv[1], sys.argv[2])
    print(json.dumps(answer))

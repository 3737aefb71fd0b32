"""``python -m napari_atlas_explorer`` and ``atlas-explorer``: the command line."""

from __future__ import annotations

import sys

from .core.errors import is_out_of_memory

PROGRAM = "atlas-explorer"
BAD_INPUT, UNEXPECTED = 2, 3


def main() -> int:
    """Run the command line; return its exit code.

    Where its modules cannot be imported, the reason is one line, never a traceback.
    """
    try:
        from .cli.main import main as run
    except (ImportError, MemoryError) as exc:
        if is_out_of_memory(exc):
            return _refuse("there is not enough memory to start", BAD_INPUT)
        return _refuse(f"cannot start ({exc}); install the program again", UNEXPECTED)
    return run()


def _refuse(text: str, code: int) -> int:
    sys.stderr.write(f"{PROGRAM}: {' '.join(text.split())}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())

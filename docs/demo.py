"""Does the main job in the real window and leaves a picture of it, for machines without a screen.

Opens the sample atlas, searches "hippo", shows only that, looks at a coarser depth and hovers.
Run it as ``python docs/demo.py``; it needs a display with OpenGL (Xvfb will do) and prints the
path of the picture.
"""

from __future__ import annotations

import sys
from pathlib import Path

from driver import IN_HIPPOCAMPUS, Driver, own_folders
from qtpy.QtCore import Qt

PICTURE = Path(__file__).resolve().parents[1] / "artifacts" / "atlas-explorer.png"
EXPECTED = "HIP"


def main() -> int:
    """Drive the window; 1 if the card does not name the hippocampus in the end."""
    with own_folders():
        driver = Driver()
        driver.open_sample()
        driver.search("hippo")
        driver.leave_search()
        driver.press(Qt.Key.Key_L)
        driver.depth(6)
        driver.hover(IN_HIPPOCAMPUS)
        title = driver.panel.strip.title.text()
        driver.picture(PICTURE, cursor=True)
        driver.close()
    print(f"under the cursor: {title}", file=sys.stderr)
    print(PICTURE)
    return 0 if title.split()[0] == EXPECTED else 1


if __name__ == "__main__":
    sys.exit(main())

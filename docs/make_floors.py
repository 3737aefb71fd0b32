"""Draw the floors of the package from its imports: docs/images/floors.svg."""

from __future__ import annotations

import ast
from collections import Counter
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "napari_atlas_explorer"
FLOORS = (
    ("cli",),
    ("docks",),
    ("viewer",),
    ("packaging", "figures"),
    ("qa",),
    ("analysis",),
    ("atlases",),
    ("formats",),
    ("compute",),
    ("core",),
)
WIDTH, ROW, LEFT = 980, 56, 12


def imported_floors(path: Path) -> set[str]:
    """Return the floors that a module imports, inside functions too."""
    package = path.relative_to(SOURCE).parts[:-1]
    floors = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            names = [*base, *(node.module or "").split("."), *(alias.name for alias in node.names)]
            floors.add(next(name for name in names if name))
    return floors


def draw() -> str:
    """Return the picture as SVG."""
    modules = {
        floor: [p for p in sorted((SOURCE / floor).rglob("*.py")) if p.name != "__init__.py"]
        for row in FLOORS
        for floor in row
    }
    uses = {
        floor: Counter(f for path in paths for f in imported_floors(path) if f != floor)
        for floor, paths in modules.items()
    }
    shapes = []
    for number, row in enumerate(FLOORS):
        width = (WIDTH - 2 * LEFT) / len(row)
        for column, floor in enumerate(row):
            x, y = LEFT + column * width, 8 + number * ROW
            doors = sorted(
                p.name for p in (SOURCE / floor).iterdir() if (p / "__init__.py").exists()
            )
            below = ", ".join(
                f"{name} {n}" for name, n in uses[floor].most_common() if name in uses
            )
            shapes += [
                f'<rect x="{x:g}" y="{y}" width="{width - 6:g}" height="{ROW - 8}" rx="4" '
                'fill="#f4f6f8" stroke="#8a97a5"/>',
                f'<text x="{x + 10:g}" y="{y + 19}" font-weight="bold">{floor}/'
                f'<tspan font-weight="normal" fill="#5a6672" dx="8">{len(modules[floor])} modules'
                f"{': ' if doors else ''}{escape(', '.join(doors))}</tspan></text>",
                f'<text x="{x + 10:g}" y="{y + 38}" font-size="11" fill="#5a6672">'
                f"{'uses ' + escape(below) if below else 'uses NumPy alone'}</text>",
            ]
    height = 8 + len(FLOORS) * ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="13">\n'
        "<title>Floors: each imports from floors below it only</title>\n"
        + "\n".join(shapes)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    (ROOT / "docs" / "images" / "floors.svg").write_text(draw(), encoding="utf-8")

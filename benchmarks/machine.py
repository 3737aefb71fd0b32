"""What the figures were measured on; no names of hosts, users or folders."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path


def describe() -> list[str]:
    """Lines about processor, memory, system and the libraries that matter."""
    import psutil

    memory = psutil.virtual_memory().total / 2**30
    python = f"{platform.python_implementation()} {platform.python_version()}"
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "napari", "tifffile"))
    lines = [
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB RAM",
        f"{_system()}; {python}; {libraries}",
    ]
    if hasattr(os, "getloadavg"):
        lines.append(f"load average when the run began: {os.getloadavg()[0]:.1f}")
    return lines


def has_display() -> bool:
    """Whether napari can open a window with OpenGL."""
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    if platform.system() in ("Windows", "Darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError, AttributeError):
        name = platform.system()
    return f"{name}, {platform.system()} {platform.release().partition('-')[0]}"

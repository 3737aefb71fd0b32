"""Packages made from source files, or from an atlas of another layout.

`convert_atlas` takes an atlas that opens, `package_files` a package.toml, and
`napari_atlas_explorer.package_atlas` arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.lazy_names import lazy_names

if TYPE_CHECKING:
    from .convert import convert_atlas, package_files
    from .install import install_package
    from .make import PackageResult
    from .options import PackageOptions
    from .source.update import PackageDifference, compare_versions

__all__ = [
    "PackageDifference",
    "PackageOptions",
    "PackageResult",
    "compare_versions",
    "convert_atlas",
    "install_package",
    "package_files",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "PackageDifference": ".source.update",
        "PackageOptions": ".options",
        "PackageResult": ".make",
        "compare_versions": ".source.update",
        "convert_atlas": ".convert",
        "install_package": ".install",
        "package_files": ".convert",
    },
)

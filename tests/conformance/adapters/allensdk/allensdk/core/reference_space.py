"""Reference spaces."""

from napari_atlas_explorer import Atlas

__all__ = ["ReferenceSpace"]


class _Space(Atlas):
    """An atlas with two more names."""

    @property
    def structure_tree(self):
        """The hierarchy."""
        return self.region_map

    def make_structure_mask(self, structure_ids, direct_only=False):
        """Ask for the mask of several regions."""
        return self.get_structure_mask(structure_ids, direct_only=direct_only)


def ReferenceSpace(structure_tree, annotation, resolution):
    """Make an atlas, tree first."""
    return _Space.from_arrays(annotation, structure_tree, resolution)

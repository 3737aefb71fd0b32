"""Structure trees."""

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.regions.rows import parse_id_path

__all__ = ["StructureTree"]


class StructureTree(RegionMap):
    """A region map that is made by the constructor, and not by `from_structures`."""

    def __init__(self, nodes):
        self.__dict__.update(RegionMap.from_structures(nodes).__dict__)

    @staticmethod
    def clean_structures(structures):
        """Read each row, and hand out what was read."""
        trees = [RegionMap.from_structures([row]) for row in structures]
        return [
            {**tree.nodes()[0], "structure_set_ids": tree.get_structure_sets()} for tree in trees
        ]

    @staticmethod
    def hex_to_rgb(hex_color):
        """Read the color of a row."""
        key = "color_hex_triplet" if isinstance(hex_color, str) else "rgb_triplet"
        return RegionMap.from_structures([{"id": 1, key: hex_color}]).color(1)

    @staticmethod
    def path_to_list(path):
        """Read a path."""
        return parse_id_path(path)

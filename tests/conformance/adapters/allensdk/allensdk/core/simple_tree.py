"""Trees of any nodes."""

from napari_atlas_explorer import RegionMap

__all__ = ["SimpleTree"]


class SimpleTree(RegionMap):
    """A region map whose ids and parents are asked of functions."""

    def __init__(self, nodes, node_id_cb, parent_id_cb):
        rows = [{**node, "id": node_id_cb(node)} for node in nodes]
        super().__init__(rows, [parent_id_cb(node) for node in nodes])

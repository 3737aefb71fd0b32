"""AllenSDK's structure tree: methods of a `RegionMap` that answer tables, dicts and lists of them.

`RegionMap` binds these functions; ``regions`` is the map itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ArgumentError, short
from ..peer_names import accept_keywords
from .label_description import COLUMNS, LabelDescription

if TYPE_CHECKING:
    import pandas as pd

    from .keys import Regions
    from .region_map import RegionMap

Node = dict[str, Any]
"""A region's attributes, with ``structure_id_path`` and ``rgb_triplet``."""


def node_of_rank(regions: RegionMap, rank: int) -> Node:
    """Return the attributes of the region with a rank, its path of ids and its color (a new dict).

    ``structure_id_path`` leads from the root to the region itself; ``rgb_triplet`` is the color
    that `RegionMap.color` answers.

    >>> regions.node_of_rank(regions.rank("CTX"))["structure_id_path"][-1]
    4
    """
    node = regions.row_of_rank(rank)
    node["structure_id_path"] = [int(regions.ids[k]) for k in (*regions.ancestor_ranks(rank), rank)]
    node["rgb_triplet"] = list(regions.color_of_rank(rank))
    return node


def _nodes_of(regions: RegionMap, ranks: Iterable[int]) -> list[Node]:
    return [node_of_rank(regions, rank) for rank in ranks]


# ---- lists of nodes ------------------------------------------------------------------------------


@accept_keywords(node_ids="ids")
def nodes(regions: RegionMap, ids: Regions | None = None) -> list[Node]:
    """Return regions as dicts, in the order given; all in pre-order for None.

    Each dict has the attributes, ``structure_id_path`` and ``rgb_triplet``.

    >>> [(node["id"], node["rgb_triplet"]) for node in regions.nodes(["CA1", "CA3"])]
    [(213, [121, 201, 95]), (222, [99, 181, 106])]
    """
    return _nodes_of(regions, regions.all_ranks if ids is None else regions.ranks_of(ids))


def node_ids(regions: RegionMap) -> list[int]:
    """Return the ids of all regions, in pre-order.

    >>> regions.node_ids()[0] == regions.root_id, len(regions.node_ids())
    (True, 455)
    """
    return list(regions)


def filter_nodes(regions: RegionMap, criterion: Callable[[Node], bool]) -> list[Node]:
    """Return the regions, as dicts in pre-order, of which a predicate holds.

    >>> [node["acronym"] for node in regions.filter_nodes(lambda node: "Field CA3" in node["name"])]
    ['CA3', 'CA3so', 'CA3sp', 'CA3sr']
    """
    return [node for node in nodes(regions) if criterion(node)]


@accept_keywords(from_fn="key", to_fn="value")
def value_map(
    regions: RegionMap, key: Callable[[Node], Any], value: Callable[[Node], Any]
) -> dict[Any, Any]:
    """Return a table with a key and a value for each region.

    Parameters
    ----------
    key, value
        Called with each region as `nodes` gives it.

    Raises
    ------
    ArgumentError
        If two regions have one key, so that no such table can be right.

    Examples
    --------
    >>> ids = regions.value_map(lambda node: node["acronym"], lambda node: node["id"])
    >>> ids["CA3sr"]
    225
    """
    table: dict[Any, Any] = {}
    for node in nodes(regions):
        entry = key(node)
        if entry in table:
            raise ArgumentError(f"two regions have the key {short(entry)}; expected unique ones")
        table[entry] = value(node)
    return table


@accept_keywords(to_fn="to")
def nodes_by_property(
    regions: RegionMap,
    key: str | Callable[[Node], Any],
    values: Iterable[Any],
    to: Callable[[Node], Any] | None = None,
) -> list[Any]:
    """Return the region that has each of some values, or ``to`` of that region.

    Parameters
    ----------
    key
        Attribute that has these values, or a function of a region as `nodes` gives it.
    values
        One for each region that is returned.
    to
        Function of a region that makes the answer; None for the region itself.

    Raises
    ------
    ArgumentError
        If two regions share a value, or none has one of these.

    Examples
    --------
    >>> regions.nodes_by_property("acronym", ["CA3", "TH"], lambda node: node["name"])
    ['Field CA3', 'Thalamus']
    """
    key_of = key if callable(key) else lambda node: node.get(key)
    table = value_map(regions, key_of, to or (lambda node: node))
    try:
        return [table[value] for value in values]
    except KeyError as exc:
        attribute = "the value" if callable(key) else key
        raise ArgumentError(f"no region has {attribute} {short(exc.args[0])}") from exc


# ---- relations -----------------------------------------------------------------------------------


@accept_keywords(node_ids="ids")
def parents(regions: RegionMap, ids: Regions) -> list[Node | None]:
    """Return the parent of each region as a dict, None for a root.

    >>> [node["acronym"] for node in regions.parents(["CA3", "CTX"])]
    ['CA', 'CH']
    """
    above = [int(regions.parent_ranks[rank]) for rank in regions.ranks_of(ids)]
    return [node_of_rank(regions, rank) if rank else None for rank in above]


@accept_keywords(node_ids="ids")
def children(regions: RegionMap, ids: Regions) -> list[list[Node]]:
    """Return the children of each region as dicts, in sibling order.

    >>> [node["acronym"] for node in regions.children("CA3")[0]]
    ['CA3so', 'CA3sp', 'CA3sr']
    """
    return [nodes(regions, below) for below in regions.child_ids(ids)]


@accept_keywords(node_ids="ids")
def ancestors(regions: RegionMap, ids: Regions) -> list[list[Node]]:
    """Return each region with its ancestors as dicts, itself first and its root last.

    >>> [node["acronym"] for node in regions.ancestors("CTX")[0]]
    ['CTX', 'CH', 'grey', 'root']
    """
    return [nodes(regions, above) for above in regions.ancestor_ids(ids)]


@accept_keywords(node_ids="ids")
def descendants(regions: RegionMap, ids: Regions) -> list[list[Node]]:
    """Return each region with its descendants as dicts, itself first, in pre-order.

    >>> [node["acronym"] for node in regions.descendants("CA3")[0]]
    ['CA3', 'CA3so', 'CA3sp', 'CA3sr']
    """
    return [nodes(regions, below) for below in regions.descendant_ids(ids)]


# ---- structures by id, name, acronym and set -----------------------------------------------------


@accept_keywords(structure_ids="ids")
def get_structures_by_id(regions: RegionMap, ids: Regions) -> list[Node]:
    """Return regions as dicts, in the order given; see `nodes`.

    >>> regions.get_structures_by_id([225])[0]["acronym"]
    'CA3sr'
    """
    return nodes(regions, ids)


def get_structures_by_acronym(regions: RegionMap, acronyms: Regions) -> list[Node]:
    """Return regions as dicts, in the order given; see `nodes`.

    >>> regions.get_structures_by_acronym(["CA3sr"])[0]["id"]
    225
    """
    return nodes(regions, acronyms)


def get_structures_by_name(regions: RegionMap, names: Iterable[str]) -> list[Node]:
    """Return the regions with these exact names as dicts, in the order given.

    Raises
    ------
    ArgumentError
        If no region has one of the names, or regions share a name.

    Examples
    --------
    >>> regions.get_structures_by_name(["Field CA3"])[0]["acronym"]
    'CA3'
    """
    return nodes_by_property(regions, "name", names)


# ---- tables --------------------------------------------------------------------------------------


def get_name_map(regions: RegionMap) -> dict[int, str]:
    """Return the name by id.

    >>> regions.get_name_map()[225]
    'Field CA3, stratum radiatum'
    """
    return {i: regions.name_of_rank(k) for k, i in enumerate(regions, 1)}


def get_id_acronym_map(regions: RegionMap) -> dict[str, int]:
    """Return the id by acronym; upper and lower case are different.

    Raises
    ------
    ArgumentError
        If several regions share an acronym, so that no such table can be right.

    Examples
    --------
    >>> regions.get_id_acronym_map()["CA3sr"]
    225
    """
    counts = Counter(map(regions.acronym_of_rank, regions.all_ranks))
    shared = [a for a, n in counts.items() if n > 1]
    if shared:
        ids = regions.find(shared[0], "acronym")
        raise ArgumentError(
            f"{len(shared)} acronyms are shared by several regions, "
            f"for instance {shared[0]!r} by {sorted(ids)}"
        )
    return {regions.acronym_of_rank(k): i for k, i in enumerate(regions, 1)}


def get_colormap(regions: RegionMap) -> dict[int, list[int]]:
    """Return the red, green and blue (0 to 255) by id.

    >>> regions.get_colormap()[225]
    [114, 192, 120]
    """
    return {i: list(regions.color_of_rank(k)) for k, i in enumerate(regions, 1)}


def get_ancestor_id_map(regions: RegionMap) -> dict[int, list[int]]:
    """Return the ids of each region and its ancestors, by id.

    >>> regions.get_ancestor_id_map()[regions.root_id]
    [1]
    """
    return dict(zip(regions, regions.ancestor_ids(regions), strict=True))


def export_label_description(
    regions: RegionMap,
    alphas: Mapping[int, float] | None = None,
    exclude_label_vis: Collection[int] | None = None,
    exclude_mesh_vis: Collection[int] | None = None,
    label_key: str = "acronym",
) -> pd.DataFrame:
    """Return the table of a label description file for ITK-SNAP.

    `Atlas.export_itksnap_labels` has numbers that ITK-SNAP can hold.

    Parameters
    ----------
    alphas
        Opacity, 0 to 1, by region id; 1 for the others.
    exclude_label_vis, exclude_mesh_vis
        Ids of regions that are not drawn, and of those whose surfaces are not.
    label_key
        Attribute that is the label's text.

    Returns
    -------
    Columns IDX (the id), -R-, -G-, -B-, -A-, VIS, MSH and LABEL, a row for each region.

    Examples
    --------
    >>> table = regions.export_label_description(alphas={225: 0.5}).set_index("LABEL")
    >>> float(table["-A-"]["CA3sr"])
    0.5
    """
    ids = regions.ids[1:]
    colors = np.array([regions.color_of_rank(rank) for rank in regions.all_ranks])
    labels = [str(regions.get(i, label_key)) for i in regions]
    description = LabelDescription(ids, ids, colors, labels)
    hidden, without_mesh = exclude_label_vis or (), exclude_mesh_vis or ()
    return description.as_dataframe(alphas, hidden, without_mesh)[list(COLUMNS)]

"""Hierarchies as tables and nested dicts: methods of a `RegionMap`.

`RegionMap` binds these functions; ``regions`` is the map itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from .region_map import RegionMap


def as_dataframe(regions: RegionMap) -> pd.DataFrame:
    """Return a table by ``id`` with attributes, ``parent_id`` (-1: none), child counts.

    Attributes are those of the source. Where a region lacks one the cell is NaN, and the
    column holds objects, so that its integers stay integers.

    >>> table = regions.as_dataframe()
    >>> regions.acronym(table.parent_id[225]), int(table.children_count[225])
    ('CA3', 0)
    """
    import pandas as pd

    table = pd.DataFrame(regions._stated[1:], dtype=object)
    for key in table.columns:
        if len({*map(type, table[key])}) == 1:  # beside a gap, pandas makes floats of integers
            table[key] = table[key].infer_objects()
    table = table.set_index("id")
    parents = regions.parent_ranks[1:]
    table["parent_id"] = np.where(parents > 0, regions.ids[parents], -1)
    table["children_count"] = [len(regions.child_ranks(k)) for k in range(1, len(regions) + 1)]
    return table


def names_dataframe(regions: RegionMap) -> pd.DataFrame:
    """Return a table with ``acronym``, ``id`` and ``name`` of each region, in pre-order.

    >>> regions.names_dataframe().set_index("acronym").name["CA3"]
    'Field CA3'
    """
    import pandas as pd

    rows = [[row[key] for key in ("acronym", "id", "name")] for row in regions._rows[1:]]
    return pd.DataFrame(rows, columns=["acronym", "id", "name"])


def as_dict(regions: RegionMap) -> dict[str, Any]:
    """Return nested dicts of the source's attributes, with ``children: [...]``.

    Several roots stand in ``{"msg": [...]}``.

    >>> regions.as_dict()["children"][0]["acronym"]
    'grey'
    """
    nodes: list[dict[str, Any]] = [{**row, "children": []} for row in regions._stated]
    for rank in range(1, len(nodes)):
        nodes[int(regions.parent_ranks[rank])]["children"].append(nodes[rank])
    roots: list[dict[str, Any]] = nodes[0]["children"]
    return roots[0] if len(roots) == 1 else {"msg": roots}

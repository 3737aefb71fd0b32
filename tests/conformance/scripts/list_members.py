"""Public members of a peer, listed by inspection: a line each, ``Class.member(parameters)``."""

import ast
import inspect
import json
import sys
import textwrap
from importlib import import_module

NAMES = {
    "voxcell": (
        "voxcell.VoxelData",
        "voxcell.OrientationField",
        "voxcell.ROIMask",
        "voxcell.voxel_data.ValueToIndexVoxels",
        "voxcell.RegionMap",
        "voxcell.nexus.voxelbrain.LocalAtlas",
        "voxcell.values_to_region_attribute",
        "voxcell.values_to_hemisphere",
        "voxcell.quaternion.matrices_to_quaternions",
        "voxcell.quaternion.quaternions_to_matrices",
    ),
    "brainglobe": (
        "brainglobe_atlasapi.BrainGlobeAtlas",
        "brainglobe_atlasapi.structure_class.StructuresDict",
        "brainglobe_atlasapi.show_atlases",
        "brainglobe_atlasapi.atlas_generation.wrapup.wrapup_atlas_from_data",
    ),
    "allensdk": (
        "allensdk.core.structure_tree.StructureTree",
        "allensdk.core.reference_space.ReferenceSpace",
    ),
}
NAMES["brainglobe3"] = NAMES["brainglobe"]


def parameters(member):
    """Return the names of a callable's parameters, without the object; None for no callable."""
    if isinstance(member, (classmethod, staticmethod)):
        names = list(inspect.signature(member.__func__).parameters)
        return names[1:] if isinstance(member, classmethod) else names
    if not inspect.isfunction(member):
        return None
    return list(inspect.signature(member).parameters)[1:]


def attributes_set(function):
    """Return the names of the attributes that a method sets of its object."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    stores = (n for n in ast.walk(tree) if isinstance(n, ast.Attribute))
    return {
        n.attr for n in stores if isinstance(n.ctx, ast.Store) and ast.unparse(n.value) == "self"
    }


def members_of(cls):
    """Return the parameters of a class's public members by name, those of its bases included."""
    package = cls.__module__.split(".")[0]
    members = {}
    for base in (b for b in reversed(cls.__mro__) if b.__module__.split(".")[0] == package):
        members.update({name: parameters(member) for name, member in vars(base).items()})
        if "__init__" in vars(base):
            members.update(dict.fromkeys(attributes_set(base.__init__) - members.keys()))
    return {name: members[name] for name in sorted(members) if not name.startswith("_")}


def list_members(paths):
    """Give the lines of some classes and functions; what a class shares with a base comes once."""
    listed = {}
    for path in paths:
        module, name = path.rsplit(".", 1)
        found = getattr(import_module(module), name)
        if inspect.isfunction(found):
            yield describe(name, list(inspect.signature(found).parameters))
            continue
        yield describe(name, list(inspect.signature(found.__init__).parameters)[1:])
        listed[found] = members_of(found)
        inherited = {}
        for base in found.__mro__[1:]:
            inherited.update(listed.get(base, {}))
        for member, names in listed[found].items():
            if inherited.get(member, ()) != names:
                yield describe(f"{name}.{member}", names)


def describe(name, names):
    """Write a member as it is called."""
    return name if names is None else f"{name}({', '.join(names)})"


print(json.dumps(list(list_members(NAMES[sys.argv[1]]))))

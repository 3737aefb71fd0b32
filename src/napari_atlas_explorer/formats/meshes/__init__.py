"""Mesh files: OBJ, STL, PLY and Draco."""

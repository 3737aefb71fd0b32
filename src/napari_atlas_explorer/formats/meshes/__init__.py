"""Files of meshes: OBJ, STL, PLY and Draco."""

"""Neuroglancer's precomputed labels and meshes."""

"""Surfaces of regions, from wherever they are to be had."""

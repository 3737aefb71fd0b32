"""Compiled libraries behind small functions: arrays in, arrays out, no files."""

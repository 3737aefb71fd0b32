"""Shared parts of readers and writers: limits, decoding, blocks, atomic writes."""

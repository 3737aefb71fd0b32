"""What readers and writers share: limits, decoding, blocks, atomic writes."""

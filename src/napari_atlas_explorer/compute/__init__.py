"""Array kernels on top of compiled libraries; no files."""

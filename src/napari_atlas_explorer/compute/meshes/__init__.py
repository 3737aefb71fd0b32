"""Triangle meshes of masks: extraction, cleaning, simplification, measurement."""

"""The dock for comparing atlases."""

"""Figures of an atlas for print: sections, outlines, letters; drawn without a display."""

"""The atlas panel: opening an atlas, browsing its regions, hover card."""

"""The atlas dock: opening an atlas, browsing its regions, hover card."""

"""The atlas dock: which atlas, which regions, what is here."""

"""The panel and its pages in Qt: thin views over the models of `analysis` and `viewer`."""

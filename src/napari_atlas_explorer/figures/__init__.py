"""Figures of an atlas for print, and the QA report as a page; no display needed."""

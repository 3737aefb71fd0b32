"""Masks from requests and recipes."""

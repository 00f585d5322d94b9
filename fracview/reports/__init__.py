"""Comparisons as tables, figures and files; every export says that it is for research."""

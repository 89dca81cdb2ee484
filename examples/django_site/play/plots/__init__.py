"""Plots of the report as inline SVG, one module for each; `svg.py` has the drawing."""

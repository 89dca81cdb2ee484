"""Plots of a record, as SVG of our own: the same record gives the same bytes, anywhere.

``figures`` says which there are; ``charts`` are their kinds; ``svg`` is what they are drawn on.
"""

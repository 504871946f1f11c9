"""Lays a class graph out by igraph's Sugiyama layout: `with_igraph.py GRAPH PLACES`."""

import igraph
from rounds import serve


def lay_out(cards, edges):
    return igraph.Graph(n=cards, edges=edges, directed=True).layout_sugiyama


def places_of(layout):
    return [[y, x] for x, y in layout.coords], [[[y, x] for x, y in way] for way in layout.edge_routing]


serve(lay_out, places_of)

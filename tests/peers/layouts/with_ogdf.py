"""Lays a class graph out by OGDF's Sugiyama layout: `with_ogdf.py tuned|transposed|default GRAPH PLACES`."""

import sys

from ogdf_python import cppinclude, ogdf
from rounds import serve

for header in ("SugiyamaLayout", "LongestPathRanking", "BarycenterHeuristic", "FastHierarchyLayout"):
    cppinclude(f"ogdf/layered/{header}.h")


def settings():
    layout = ogdf.SugiyamaLayout()
    if sys.argv[1] != "default":
        for setter, part in (
            (layout.setRanking, ogdf.LongestPathRanking()),
            (layout.setCrossMin, ogdf.BarycenterHeuristic()),
            (layout.setLayout, ogdf.FastHierarchyLayout()),
        ):
            # The layout takes its parts over.
            part.__python_owns__ = False
            setter(part)
        layout.runs(1)
        layout.transpose(sys.argv[1] == "transposed")
    return layout


def lay_out(cards, edges):
    graph = ogdf.Graph()
    nodes = [graph.newNode() for _ in range(cards)]
    arcs = [graph.newEdge(nodes[start], nodes[end]) for start, end in edges]
    places = ogdf.GraphAttributes(graph, ogdf.GraphAttributes.nodeGraphics | ogdf.GraphAttributes.edgeGraphics)
    layout = settings()

    def once():
        layout.call(places)
        return graph, nodes, arcs, places

    return once


def places_of(last):
    _, nodes, arcs, places = last
    cards = [[places.y(node), places.x(node)] for node in nodes]
    return cards, [[[point.m_y, point.m_x] for point in places.bends(arc)] for arc in arcs]


serve(lay_out, places_of)

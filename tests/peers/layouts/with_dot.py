"""Lays a class graph out by Graphviz dot: `with_dot.py GRAPH PLACES`."""

import subprocess

from rounds import serve


def lay_out(cards, edges):
    lines = [f"{start} -> {end}" for start, end in edges]
    # A polyline bends where dot's own way through the ranks does, and takes it less time than a spline.
    head = 'digraph { splines=polyline; node [shape=point, width=0.1, label=""];'
    text = "\n".join([head, *(str(card) for card in range(cards)), *lines, "}"])

    def once():
        answer = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True, check=True)
        return cards, edges, answer.stdout

    return once


def places_of(last):
    cards, edges, text = last
    nodes = [None] * cards
    ways = {}
    for line in text.splitlines():
        words = line.split(" ")
        if words[0] == "node":
            nodes[int(words[1])] = [float(words[3]), float(words[2])]
        elif words[0] == "edge":
            points = [float(word) for word in words[4 : 4 + 2 * int(words[3])]]
            # Control points of straight pieces: every third is a corner, and the first and last are on the cards' rims.
            corners = [[y, x] for x, y in zip(points[::2], points[1::2], strict=True)][3:-1:3]
            ways[int(words[1]), int(words[2])] = corners
    return nodes, [monotone(nodes[start], ways[start, end], nodes[end]) for start, end in edges]


def monotone(start, corners, end):
    """The corners that lead on from start to end: none that runs along a rank or back."""
    sign = 1 if end[0] > start[0] else -1
    way = [start]
    for corner in corners:
        if sign * (corner[0] - way[-1][0]) > 0 and sign * (end[0] - corner[0]) > 0:
            way.append(corner)
    return way[1:]


serve(lay_out, places_of)

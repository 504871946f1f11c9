"""The count of crossings that tests/peers compares layouts by, held to geometry."""

import random
import sys
from itertools import combinations
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "peers"))
from crossings import crossings, polylines  # noqa: E402


def side(a, b, c):
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def segments_cross(one, other):
    (a, b), (c, d) = one, other
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def by_geometry(lines):
    segments = [list(zip(line, line[1:], strict=False)) for line in lines]
    return sum(segments_cross(one, other) for a, b in combinations(segments, 2) for one in a for other in b)


@pytest.mark.parametrize("seed", range(20))
def test_crossings_are_those_of_geometry(seed):
    chance = random.Random(seed)
    # Places with a random part meet in no third point.
    nodes = [(layer, place + chance.random() / 2) for layer in range(5) for place in range(6)]
    edges = [
        (a, b) for a, b in combinations(range(len(nodes)), 2) if nodes[a][0] < nodes[b][0] and chance.random() < 0.1
    ]
    straight = polylines(edges, nodes)
    assert crossings(straight) == by_geometry(straight) > 0
    bends = [
        [(layer, chance.random() * 6) for layer in range(nodes[start][0] + 1, nodes[end][0])] for start, end in edges
    ]
    routed = polylines(edges, nodes, bends)
    assert crossings(routed) == by_geometry(routed) != crossings(straight)


def test_edges_that_share_an_end_do_not_cross():
    assert crossings(polylines([(0, 1), (0, 2)], [(0, 0), (1, 0), (1, 1)])) == 0
    assert crossings(polylines([(0, 3), (1, 2)], [(0, 0), (0, 1), (1, 0), (1, 1)])) == 1


def test_a_line_that_turns_back_is_refused():
    with pytest.raises(ValueError, match="does not run along the layers"):
        crossings(polylines([(0, 1)], [(0, 0), (1, 0)], [[(2, 0)]]))

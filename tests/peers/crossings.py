"""How many pairs of edges cross: the same count for every layout."""

from bisect import bisect_right


def polylines(edges, nodes, bends=None):
    """Each edge as its points (layer, place in it), along the layers; straight without bends."""
    lines = []
    for at, (start, end) in enumerate(edges):
        line = [nodes[start], *(bends[at] if bends else ()), nodes[end]]
        # To a thousandth: one layer's points differ in the last digits.
        line = [(round(layer, 3), place) for layer, place in line]
        if line[0][0] > line[-1][0]:
            line.reverse()
        lines.append([point for point, last in zip(line, [None, *line], strict=False) if point != last])
    return lines


def crossings(lines):
    """Pairs of polylines that cross, once for every time they do. Lines that touch or share an end do not cross.

    Between two neighbouring layers each line is straight, and two of them cross if they change sides.
    """
    layers = sorted({layer for line in lines for layer, _ in line})
    rank = {layer: at for at, layer in enumerate(layers)}
    strips = [[] for _ in layers]
    for line in lines:
        for (start, left), (end, right) in zip(line, line[1:], strict=False):
            if end <= start:
                raise ValueError(f"a line does not run along the layers: {line}")
            first, last = rank[start], rank[end]
            at = [left + (right - left) * (layers[n] - start) / (end - start) for n in range(first, last + 1)]
            at[0], at[-1] = left, right
            for n in range(first, last):
                strips[n].append((at[n - first], at[n - first + 1]))
    return sum(inversions(strip) for strip in strips)


def inversions(strip):
    """Pairs (a, b), (c, d) with a < c and b > d."""
    strip.sort()
    places = sorted({right for _, right in strip})
    counts = [0] * (len(places) + 1)
    found = 0
    for seen, (_, right) in enumerate(strip):
        at = not_above = bisect_right(places, right)
        while at > 0:
            found -= counts[at]
            at &= at - 1
        found += seen
        while not_above < len(counts):
            counts[not_above] += 1
            not_above += not_above & -not_above
    return found

"""What each peer of a layout does: one layout a line that it reads, and in the end where everything went."""

import json
import os
import sys
import time


def processor_s():
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


def serve(lay_out, places):
    """Lays a class graph out once a line of standard input and prints how many seconds of
    the processor that took, its own and those of programs that it ran; at its end writes the
    places of the last layout to a file. The graph's file and that one are the program's last two arguments.

    `lay_out(columns, edges)` prepares a layout and gives back what does it; of what that gives back, `places` makes for
    each card [layer, place in it], and for each edge the points that it runs through on its way.
    """
    with open(sys.argv[-2], encoding="utf-8") as file:
        graph = json.load(file)
    cards = sum(len(column) for column in graph["columns"])
    print("ready", flush=True)
    last = None
    for _ in sys.stdin:
        # What prepares it is not timed, as reading the graph is not; nor giving back what the last one took.
        last = None
        once = lay_out(cards, graph["edges"])
        began = processor_s()
        last = once()
        print(processor_s() - began, flush=True)
    nodes, bends = places(last)
    with open(sys.argv[-1], "w", encoding="utf-8") as file:
        json.dump({"nodes": nodes, "bends": bends}, file)

"""Layout of the class graphs of generated fleets, base image to group, by Emberline and by others.

    .venv/bin/python layouts.py --release ../../target/release --own target/release [--servers 240,24000,760000]

Each lays out the same graphs, in turn in one run; reading a graph is not timed. Crossings are counted for all by
`crossings.py`: as routed, through the points that a layout gives an edge, and along straight lines from card to card.
Emberline's columns are given and its edges run from one to the next, so that its two counts are one: between the orders
of its columns. Prints a table in Markdown for each graph.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from asked import Asked, interleave, shown_s
from crossings import crossings, polylines

HERE = Path(__file__).parent
LAYOUTS = HERE / "layouts"
SEED = 7


def peers(own):
    """Every peer's name and command, or why it can't be asked."""
    python = [sys.executable]
    node = shutil.which("node")
    modules = LAYOUTS / "node_modules"
    # Both recurse as deep as a graph is long.
    node = [node, "--stack-size=60000", "--max-old-space-size=6000"] if node and modules.exists() else None
    sugiyama = own / "sugiyama"
    sugiyama = [sugiyama] if sugiyama.exists() else None
    return {
        "OGDF, tuned": [*python, LAYOUTS / "with_ogdf.py", "tuned"],
        "OGDF, tuned, with transposition": [*python, LAYOUTS / "with_ogdf.py", "transposed"],
        "OGDF, default": [*python, LAYOUTS / "with_ogdf.py", "default"],
        "Graphviz dot": shutil.which("dot") and [*python, LAYOUTS / "with_dot.py"],
        "igraph": [*python, LAYOUTS / "with_igraph.py"],
        "rust-sugiyama, no transposition": sugiyama and [*sugiyama, "plain"],
        "rust-sugiyama, default": sugiyama and [*sugiyama, "transpose"],
        "elkjs": node and [*node, LAYOUTS / "with_elk.mjs"],
        "dagre": node and [*node, LAYOUTS / "with_dagre.mjs"],
    }


def compare(release, own, servers, folder):
    ours = Asked("Emberline", [release / "examples" / "class_graph", servers, SEED])
    graph = json.loads(ours.first_line)
    graph_file = folder / "graph.json"
    graph_file.write_text(ours.first_line)
    cards, edges = sum(map(len, graph["columns"])), graph["edges"]
    # Some take a while to start; then all wait for their turns.
    others = {}
    for name, command in peers(own).items():
        places = folder / f"{len(others)}.json"
        others[name] = command and (Asked(name, [*command, graph_file, places]), places)
    interleave([ours, *(other[0] for other in others.values() if other)])
    laid = json.loads(ours.end().strip().splitlines()[-1])
    nodes = [None] * cards
    for layer, column in enumerate(laid["order"]):
        for place, card in enumerate(column):
            nodes[card] = (layer, place)
    found = crossings(polylines(edges, nodes))
    if found != laid["crossings"]:
        sys.exit(f"Emberline says that {laid['crossings']} edges cross, and {found} do")
    print(f"\n{cards:,} cards and {len(edges):,} edges, of {servers:,} servers:\n")
    print("| layout | median | against Emberline | crossings, routed | straight |")
    print("|---|---|---|---|---|")
    print(f"| Emberline | {shown_s(ours.median_s())} | | {found:,} | {found:,} |", flush=True)
    for name, other in others.items():
        if not other:
            print(f"| {name} | not installed | | | |")
            continue
        asked, places_file = other
        asked.end()
        if asked.failure or not asked.times_s:
            print(f"| {name} | {asked.failure} | | | |")
            continue
        places = json.loads(places_file.read_text())
        routed = f"{crossings(polylines(edges, places['nodes'], places['bends'])):,}" if places["bends"] else ""
        straight = crossings(polylines(edges, places["nodes"]))
        times = f"{asked.times_over(ours):,.0f}x"
        print(f"| {name} | {shown_s(asked.median_s())} | {times} | {routed} | {straight:,} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--own", type=Path, required=True)
    parser.add_argument("--servers", default="600,33000,800000")
    arguments = parser.parse_args()
    for servers in arguments.servers.split(","):
        with tempfile.TemporaryDirectory() as folder:
            compare(arguments.release, arguments.own, int(servers), Path(folder))


if __name__ == "__main__":
    main()

"""A frame that shows a whole generated fleet, by Emberline and by egui_graphs.

    .venv/bin/python frames.py --release ../../target/release --own target/release [--servers 1000,100000]

Both draw the same cards, servers and edges at the same places on a screen of 1920x1080, in turn in one run, until there
are triangles. Emberline's few runs of text are none yet: at this distance it writes little more than its headings.
Prints a table in Markdown.
"""

import argparse
import json
import tempfile
from pathlib import Path

from asked import Asked, interleave, shown_s

SEED = 7


def compare(release, own, servers, folder):
    ours = Asked("Emberline", [release / "examples" / "frame", servers, SEED])
    graph_file = folder / "graph.json"
    graph_file.write_text(ours.first_line)
    theirs = Asked("egui_graphs", [own / "graphs", graph_file])
    interleave([ours, theirs])
    ours.end()
    theirs.end()
    graph = json.loads(ours.first_line)
    row = [f"{servers:,}", f"{len(graph['nodes']):,}", f"{len(graph['edges']):,}", shown_s(ours.median_s())]
    if theirs.failure or not theirs.times_s:
        row += [theirs.failure or "failed", ""]
    else:
        row += [shown_s(theirs.median_s()), f"{theirs.times_over(ours):,.0f}x"]
    print("| " + " | ".join(row) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--own", type=Path, required=True)
    parser.add_argument("--servers", default="1000,10000,100000")
    arguments = parser.parse_args()
    print("\n| servers | nodes | edges | Emberline | egui_graphs | against Emberline |")
    print("|---|---|---|---|---|---|")
    for servers in arguments.servers.split(","):
        with tempfile.TemporaryDirectory() as folder:
            compare(arguments.release, arguments.own, int(servers), Path(folder))


if __name__ == "__main__":
    main()

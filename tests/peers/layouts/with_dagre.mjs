// Lays a class graph out by dagre: `with_dagre.mjs GRAPH PLACES`.

import dagre from "@dagrejs/dagre";
import { serve } from "./rounds.mjs";

const layOut = (cards, edges) => {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (let card = 0; card < cards; card += 1) graph.setNode(card, { width: 1, height: 1 });
  for (const [start, end] of edges) graph.setEdge(start, end);
  return () => {
    dagre.layout(graph);
    return graph;
  };
};

const placesOf = (graph, cards, edges) => {
  const nodes = Array.from({ length: cards }, (_, card) => graph.node(card)).map(({ x, y }) => [x, y]);
  // The first and the last point are on the cards' rims.
  const bends = edges.map(([start, end]) => graph.edge(start, end).points.slice(1, -1).map(({ x, y }) => [x, y]));
  return { nodes, bends };
};

await serve(layOut, placesOf);

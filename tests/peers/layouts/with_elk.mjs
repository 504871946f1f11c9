// Lays a class graph out by elkjs: `with_elk.mjs GRAPH PLACES`.

import ELK from "elkjs/lib/elk.bundled.js";
import { serve } from "./rounds.mjs";

const elk = new ELK();
const options = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.edgeRouting": "POLYLINE",
  "elk.layered.nodePlacement.strategy": "SIMPLE",
  "elk.layered.thoroughness": "1",
};

const layOut = (cards, edges) => {
  const graph = {
    id: "root",
    layoutOptions: options,
    children: Array.from({ length: cards }, (_, card) => ({ id: `${card}`, width: 1, height: 1 })),
    edges: edges.map(([start, end], at) => ({ id: `e${at}`, sources: [`${start}`], targets: [`${end}`] })),
  };
  return () => elk.layout(graph);
};

const placesOf = (laid, cards, edges) => {
  const nodes = Array(cards);
  for (const { id, x, y } of laid.children) nodes[Number(id)] = [x + 0.5, y + 0.5];
  const bends = edges.map(() => []);
  for (const { id, sections } of laid.edges) {
    bends[Number(id.slice(1))] = (sections[0].bendPoints ?? []).map(({ x, y }) => [x, y]);
  }
  return { nodes, bends };
};

await serve(layOut, placesOf);

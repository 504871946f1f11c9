// What each peer of a layout does, as in rounds.py: one layout a line that it reads, then where everything went.

import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

// `layOut(cards, edges)` prepares a layout and gives back what does it; of what that gives back, `placesOf` makes for
// each card [layer, place in it], and for each edge the points that it runs through on its way.
export async function serve(layOut, placesOf) {
  const [graphFile, placesFile] = process.argv.slice(-2);
  const { columns, edges } = JSON.parse(readFileSync(graphFile, "utf8"));
  const cards = columns.reduce((sum, column) => sum + column.length, 0);
  console.log("ready");
  let last;
  for await (const _ of createInterface({ input: process.stdin })) {
    const once = layOut(cards, edges);
    const began = process.cpuUsage();
    last = await once();
    const { user, system } = process.cpuUsage(began);
    console.log((user + system) / 1e6);
  }
  writeFileSync(placesFile, JSON.stringify(placesOf(last, cards, edges)));
}

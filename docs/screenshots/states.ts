/**
 * Takes the pictures of what people read while a session waits, before it is launched, while its time
 * runs, and after its end: each made for real on a testbed of its own, which is taken down again.
 *
 *   node docs/screenshots/states.ts [waiting] [estimates] [time] [ends]
 *
 * Into docs/screenshots/states, under names that stay the same. It wants root, as the testbed does,
 * the built portal (npm run build) and Chromium.
 */
import { takeEnds } from "./scenes/ends.ts";
import { takeEstimates } from "./scenes/estimates.ts";
import { takeTime } from "./scenes/time.ts";
import { takeWaiting } from "./scenes/waiting.ts";

const SCENES = { waiting: takeWaiting, estimates: takeEstimates, time: takeTime, ends: takeEnds };
const isScene = (name: string): name is keyof typeof SCENES => Object.hasOwn(SCENES, name);

const names = process.argv.slice(2);
const unknown = names.filter((name) => !isScene(name));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")}; there are ${Object.keys(SCENES).join(", ")}.`);
  process.exitCode = 2;
} else {
  for (const name of names.length === 0 ? Object.keys(SCENES) : names) if (isScene(name)) await SCENES[name]();
}

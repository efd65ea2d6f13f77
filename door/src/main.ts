/**
 * `node door/src/main.ts --config FILE`: the door as a process. SIGTERM and SIGINT end it. It only reads argv and
 * signals; see door.ts.
 */
import { parseArgs } from "node:util";
import { pino } from "pino";
import { loadConfig } from "./config.ts";
import { startDoor } from "./door.ts";

const { values } = parseArgs({ options: { config: { type: "string" } } });
const logger = pino({ name: "door" });

if (values.config === undefined) {
  process.stderr.write("door: which configuration? Use: --config FILE\n");
  process.exit(2);
}
// Sockets are made before their mode can be set.
process.umask(0o077);

const ending = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => ending.abort(new Error(signal)));
try {
  const door = await startDoor(loadConfig(values.config), { logger }, ending.signal);
  logger.info({ ports: door.ports }, "listening");
  if (!ending.signal.aborted) await new Promise((resolve) => ending.signal.addEventListener("abort", resolve, { once: true }));
  logger.info("ending");
  await door.close();
  process.exit(0);
} catch (error) {
  if (ending.signal.aborted) process.exit(0);
  logger.fatal({ err: error }, "the door cannot start");
  process.exit(1);
}

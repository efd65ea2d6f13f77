/**
 * `node edge/src/main.ts --config FILE`: the edge as a process. SIGHUP reads certificates and the
 * portal anew; SIGTERM and SIGINT drain and end. It only reads argv and signals; see edge.ts.
 */
import { parseArgs } from "node:util";
import { pino } from "pino";
import { loadConfig } from "./config.ts";
import { startEdge } from "./edge.ts";

const { values } = parseArgs({ options: { config: { type: "string" } } });
const logger = pino({ name: "edge" });

if (values.config === undefined) {
  process.stderr.write("edge: which configuration? Use: --config FILE\n");
  process.exit(2);
}

try {
  const edge = await startEdge(loadConfig(values.config), { logger });
  logger.info({ addresses: edge.addresses }, "listening");

  process.on("SIGHUP", () => {
    try {
      edge.reload();
      logger.info("reloaded certificates and portal");
    } catch (error) {
      // The old ones stay in use: a half-written certificate must not end anybody's work.
      logger.error({ err: error }, "could not reload");
    }
  });
  let isEnding = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (isEnding) return;
      isEnding = true;
      logger.info({ signal }, "ending");
      edge.close().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, "did not end cleanly");
          process.exit(1);
        },
      );
    });
  }
} catch (error) {
  logger.fatal({ err: error }, "the edge cannot start");
  process.exitCode = 1;
}

/**
 * `fairway serve`: hub, edge and, where the site has one, door as children of one supervisor. Each is started again
 * when it dies, and none takes another with it: open notebooks outlive the hub, sign-ins outlive the edge.
 * SIGHUP: read the certificates again. SIGTERM: end them all.
 */
import type { ChildProcess } from "node:child_process";
import { loadConfig } from "../config/load.ts";
import { createLog } from "../http/log.ts";
import { doorMain, edgeMain, hubMain } from "../paths.ts";
import { createExec } from "../transports/local/exec.ts";
import { endMasters } from "../transports/openssh/control-sockets.ts";
import { writeDoorConfig } from "./door-config.ts";
import { writeEdgeConfig } from "./edge-config.ts";
import { keepRunning } from "./keep-running.ts";

/** What passes through the door is short-lived: room for it from the start spares a tenth of its work (also in its unit). */
const DOOR_HEAP = ["--min-semi-space-size=16"];

export async function serve(file: string): Promise<void> {
  const config = loadConfig(file);
  const log = createLog(config.log_level);
  const edgeFile = await writeEdgeConfig(config);
  const doorFile = writeDoorConfig(config);
  const ending = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => ending.abort());
  const child = { program: process.execPath, log, signal: ending.signal };
  let edge: ChildProcess | null = null;
  process.on("SIGHUP", () => {
    // Certificates may be new, or ours due: the edge reads them again, and goes on with the old ones if it cannot.
    writeEdgeConfig(config).then(
      () => edge?.kill("SIGHUP"),
      (error: unknown) => log.error({ err: error }, "the edge's configuration could not be written"),
    );
  });
  await Promise.all([
    keepRunning({ ...child, name: "hub", args: [hubMain, "hub", "--config", file] }),
    keepRunning({
      ...child,
      name: "edge",
      args: [edgeMain, "--config", edgeFile],
      onStarted: (process) => {
        edge = process;
      },
    }),
    ...(doorFile === null ? [] : [keepRunning({ ...child, name: "door", args: [...DOOR_HEAP, doorMain, "--config", doorFile] })]),
  ]);
  // They outlive a hub that is started again, never all of us.
  await endMasters(config.runtime_dir, createExec());
}

/** The process behind `spawner.ts`: runs what it is told, tells what came of it, and ends when its hub is gone. */
import { ExecError } from "../types.ts";
import { createExec } from "./exec.ts";
import type { SpawnerAnswer, SpawnerRequest } from "./spawner.ts";

const underway = new Map<number, AbortController>();

process.on("message", (message) => {
  const request = message as SpawnerRequest;
  if (request.kind === "run") void run(request);
  else underway.get(request.id)?.abort();
});
// Programs that are under way go on, as they do when a hub that had started them itself is killed.
process.on("disconnect", () => process.exit(0));
// A terminal's Ctrl-C and systemd's stop reach us, too: our hub ends first, in its own time, and we with it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

async function run({ id, command, options, settings }: SpawnerRequest & { kind: "run" }): Promise<void> {
  const abort = new AbortController();
  underway.set(id, abort);
  try {
    tell({ id, kind: "done", result: await createExec(settings)(command, { ...options, signal: abort.signal }) });
  } catch (error) {
    const { failure, stderrTail } = error instanceof ExecError ? error : { failure: "killed" as const, stderrTail: String(error) };
    tell({ id, kind: "failed", failure, stderrTail });
  } finally {
    underway.delete(id);
  }
}

function tell(answer: SpawnerAnswer): void {
  // A hub that is gone hears nothing; "disconnect" says so.
  process.send?.(answer, () => {});
}

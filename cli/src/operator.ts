/** The operator's verbs belong to the hub: this process becomes the hub's own command. */
import { fileURLToPath } from "node:url";
import type { Terminal } from "./terminal.ts";

export const OPERATOR_VERBS: Readonly<Record<string, string>> = {
  serve: "Run Fairway on this host: hub and edge under one supervisor",
  hub: "Run the control plane alone (the edge is another unit)",
  doctor: "Check this host, its clusters and its configuration",
  config: "Check and show the configuration",
  db: "Migrate, back up and restore the database",
  "job-script": "Print what a job runs",
};

export function isOperatorVerb(verb: string | undefined): verb is string {
  return verb !== undefined && Object.hasOwn(OPERATOR_VERBS, verb);
}

/** Never returns: same process, same streams, same signals, the hub's own exit code. */
export function becomeHub({ env }: Terminal, argv: readonly string[]): never {
  const main = fileURLToPath(new URL("../../hub/src/main.ts", import.meta.url));
  if (process.execve === undefined) throw new Error("this Node cannot replace its own process; Fairway needs Node 24 on Linux or macOS");
  return process.execve(process.execPath, [process.execPath, main, ...argv], env);
}

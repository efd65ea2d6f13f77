/** The operator's verbs belong to the hub: this process becomes the hub's own command. */
import { fileURLToPath } from "node:url";
import type { Terminal } from "./terminal.ts";

export const OPERATOR_VERBS: readonly string[] = ["serve", "hub", "doctor", "config", "db", "user", "ssh-ca", "job-script"];

export function isOperatorVerb(verb: string | undefined): verb is string {
  return verb !== undefined && OPERATOR_VERBS.includes(verb);
}

/** Never returns: same process, same streams, same signals, the hub's own exit code. */
export function becomeHub({ env }: Terminal, argv: readonly string[]): never {
  const main = fileURLToPath(new URL("../../hub/src/main.ts", import.meta.url));
  if (process.execve === undefined) throw new Error("this Node cannot replace its own process; Fairway needs Node 24 on Linux or macOS");
  return process.execve(process.execPath, [process.execPath, main, ...argv], env);
}

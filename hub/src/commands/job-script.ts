/** `fairway job-script APP`: what install-node-files would put into place, to be read by whoever must agree to it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { shareDir } from "../paths.ts";

export async function printJobScript(app: string): Promise<void> {
  const child = spawn("/bin/sh", [`${shareDir}/make-app-script`, app], { stdio: ["ignore", "inherit", "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  process.exitCode = code ?? 1;
}

/** Runs the real program, as a person's shell would. */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly done: Promise<Ran>;
  interrupt(): void;
  /** Resolves when standard error has said this; rejects if the program ends without. */
  says(part: string): Promise<void>;
  /** The same of standard output. */
  prints(part: string): Promise<void>;
}

export function startCli(argv: readonly string[], env: Readonly<Record<string, string>>, stdin = ""): Running {
  const child = spawn(process.execPath, [MAIN, ...argv], { env: { PATH: "/usr/bin:/bin", TZ: "UTC", ...env } });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.end(stdin);
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  const heard = (stream: Readable, said: () => string, part: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (said().includes(part)) resolve();
      };
      stream.on("data", look);
      child.on("close", () => reject(new Error(`it ended without saying ${part}: ${said()}`)));
      look();
    });
  const done = new Promise<Ran>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
  return {
    done,
    interrupt: () => child.kill("SIGINT"),
    says: (part) => heard(child.stderr, () => stderr, part),
    prints: (part) => heard(child.stdout, () => stdout, part),
  };
}

export function runCli(argv: readonly string[], env: Readonly<Record<string, string>>, stdin = ""): Promise<Ran> {
  return startCli(argv, env, stdin).done;
}

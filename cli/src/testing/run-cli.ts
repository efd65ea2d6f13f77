/** Runs the real program, as a person's shell would. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
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
}

export function startCli(argv: readonly string[], env: Readonly<Record<string, string>>, stdin = ""): Running {
  const child = spawn(process.execPath, [MAIN, ...argv], { env: { PATH: "/usr/bin:/bin", ...env } });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.end(stdin);
  const done = Promise.all([text(child.stdout), new Promise<number | null>((resolve) => child.on("close", resolve))]).then(
    ([stdout, code]) => ({ code, stdout, stderr }),
  );
  return {
    done,
    interrupt: () => child.kill("SIGINT"),
    says(part) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          if (stderr.includes(part)) resolve();
        };
        child.stderr.on("data", look);
        child.on("close", () => reject(new Error(`it ended without saying ${part}: ${stderr}`)));
        look();
      });
    },
  };
}

export function runCli(argv: readonly string[], env: Readonly<Record<string, string>>, stdin = ""): Promise<Ran> {
  return startCli(argv, env, stdin).done;
}

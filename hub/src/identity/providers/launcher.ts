/** The site's own passwords: PAM, asked through the launcher's verb `check-password`. */
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@fairway/contract/errors.ts";
import { isRefusedBySudo, readPasswordVerdict } from "../../transports/password-verdict.ts";
import type { ActAs, Exec } from "../../transports/types.ts";
import type { PasswordProvider } from "../types.ts";

/** getent's exit codes (getent(1)). */
const GETENT = { found: 0, unknown: 2 };

export interface LauncherProviderConfig {
  readonly actAs: ActAs;
  /** On the machine where the launcher runs: looks accounts up. */
  readonly exec: Exec;
  readonly label: string;
  readonly timeoutMs: number;
}

export function createLauncherProvider({ actAs, exec, label, timeoutMs }: LauncherProviderConfig): PasswordProvider {
  // PAM lets a wrong password wait. An unknown name waits as long as the last of those did, or the
  // time of the answer would tell who has an account.
  let wrongTookMs = 0;
  return {
    id: "pam",
    label,
    async check(username, password, signal) {
      // The launcher reads lines: a control character could only be an attempt to add one.
      if (/\p{Cc}/u.test(password)) return false;
      const options = { timeoutMs, ...(signal && { signal }) };
      try {
        if (!(await isAccount(exec, username, options))) {
          await sleep(wrongTookMs, undefined, signal && { signal });
          return false;
        }
        const startedAt = performance.now();
        const answer = await actAs(username, { verb: "check-password", password }, options);
        const isRight = !(isRefusedBySudo(answer) && (await mayBecomeAnybody(exec, options))) && readPasswordVerdict(answer);
        if (!isRight) wrongTookMs = Math.min(performance.now() - startedAt, timeoutMs);
        return isRight;
      } catch (error) {
        throw cannotAsk(error);
      }
    },
  };
}

/** sudo cannot become somebody who does not exist: that is "wrong", not "could not ask". */
async function isAccount(exec: Exec, username: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<boolean> {
  const { exitCode } = await exec({ argv: ["/usr/bin/getent", "passwd", username] }, options);
  if (exitCode === GETENT.found) return true;
  if (exitCode === GETENT.unknown) return false;
  throw new Error(`getent ended with exit code ${exitCode}`);
}

/** Accounts outside the people (root, daemons) are "wrong"; a missing sudo rule refuses everybody, and is "could not ask". */
async function mayBecomeAnybody(exec: Exec, options: { timeoutMs: number; signal?: AbortSignal }): Promise<boolean> {
  const { exitCode, stdout } = await exec({ argv: ["sudo", "-n", "-l"] }, options);
  return exitCode === 0 && stdout.includes("NOPASSWD");
}

/** "Could not ask" is never "wrong": neither counted nor shown as a wrong password. */
function cannotAsk(cause: unknown): AppError {
  return new AppError("cluster_away", "Passwords cannot be checked at the moment.", {
    next: "Try again in a minute; if it stays so, tell your cluster's staff.",
    cause,
    retryAfterSeconds: 10,
  });
}

/** How a command of the CLI fails: what, why, what next, and the exit code a script can rely on. */
import type { Problem } from "@fairway/contract/errors.ts";

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notSignedIn: 3,
  notAllowed: 4,
  notFound: 5,
  clusterAway: 6,
  timedOut: 7,
  /** As shells have it: 128 + SIGINT. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export class CliFailure extends Error {
  override readonly name = "CliFailure";
  readonly exitCode: ExitCode;
  readonly next: string | undefined;
  /** The hub's own words, when it was the hub that said no. */
  readonly problem: Problem | undefined;

  constructor(exitCode: ExitCode, message: string, options: { next?: string; problem?: Problem; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = exitCode;
    this.next = options.next;
    this.problem = options.problem;
  }
}

export function toFailure(problem: Problem): CliFailure {
  const fields = (problem.fields ?? []).map(({ path, message }) => `\n  ${path}: ${message}`).join("");
  const next = problem.next ?? (problem.status === 401 ? "Sign in with `fairway login --url URL`." : undefined);
  return new CliFailure(exitCodeOf(problem), `${problem.detail}${fields}`, { problem, ...(next === undefined ? {} : { next }) });
}

function exitCodeOf({ status, code }: Problem): ExitCode {
  if (code === "cluster_away") return EXIT.clusterAway;
  switch (status) {
    case 400:
      return EXIT.usage;
    case 401:
      return EXIT.notSignedIn;
    case 403:
      return EXIT.notAllowed;
    case 404:
      return EXIT.notFound;
    case 422:
      return code === "invalid_input" ? EXIT.usage : EXIT.failed;
    default:
      return EXIT.failed;
  }
}

/** May another try go better? Not where the answer itself was no. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof CliFailure)) return true;
  return error.exitCode === EXIT.failed || error.exitCode === EXIT.clusterAway;
}

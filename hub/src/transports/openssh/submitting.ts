/**
 * Whether a submission may still be under way on the login node. Time is the proof: by a certain moment the last byte of
 * it has arrived or never will, and the login node has ended what it started. Until then nobody needs to look.
 */
import { type Exec, ExecError } from "../types.ts";

/**
 * A byte that we sent may arrive so much later, when the network comes back: TCP gives up on data of a process that is
 * gone after a little over 100 s (Linux, tcp_orphan_retries), which is longer than ssh itself keeps hoping.
 */
const LATE_MS = 110_000;
/** What `timeout` leaves a program beyond its limit until it is killed, and the limits of launcher and transport. */
const GUARD_SLACK_MS = 20_000;
const ASK_TIMEOUT_MS = 15_000;

/** stdin: the argument, so that we do not find ourselves. Prints the owner of each process that has it. */
const SCRIPT =
  'cd /proc || exit 3; for file in $(grep -lszFx -f - [0-9]*/cmdline); do stat -c "owner %u" "$file" 2>/dev/null; done; echo "we $(id -u)"';

export interface SubmittingOptions {
  readonly exec: Exec;
  /** How long we wait for a submission's answer. */
  readonly patienceMs: number;
  /** Whether what the service account sees there tells: not where submissions are the people's own processes. */
  readonly canLook: boolean;
  readonly now: () => number;
}

export function createIsSubmitting({ exec, patienceMs, canLook, now }: SubmittingOptions) {
  return async (jobName: string, startedAt: number | null): Promise<boolean> => {
    if (startedAt === null) return canLook && (await hasSubmitter(exec, jobName));
    const arrivedBy = startedAt + patienceMs + LATE_MS;
    if (now() < arrivedBy) return true;
    // By now it is over, wherever it ran.
    if (now() >= arrivedBy + patienceMs + GUARD_SLACK_MS) return false;
    return canLook ? hasSubmitter(exec, jobName) : true;
  };
}

/** As `local/submitters.ts`: of ours or root's, since anybody can write anything into an argv. True when it cannot ask. */
async function hasSubmitter(exec: Exec, jobName: string): Promise<boolean> {
  try {
    const command = { argv: ["/bin/sh", "-c", SCRIPT], stdin: `--job-name=${jobName}\n` } as const;
    const { exitCode, stdout } = await exec(command, { timeoutMs: ASK_TIMEOUT_MS });
    const we = /^we (\d+)$/m.exec(stdout)?.[1];
    if (exitCode !== 0 || we === undefined) return true;
    return [...stdout.matchAll(/^owner (\d+)$/gm)].some(([, uid]) => uid === we || uid === "0");
  } catch (error) {
    if (error instanceof ExecError) return true; // cannot be sure
    throw error;
  }
}

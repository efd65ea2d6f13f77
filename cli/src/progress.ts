/** Says on standard error what a launch is waiting for: a line for each step that is done, and the one under way. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { describeQueue } from "./session-words.ts";
import { createPaint, type Terminal, toLine } from "./terminal.ts";

export interface Progress {
  show(session: Session): void;
  /** A line beside the steps, said once. */
  note(line: string): void;
  close(): void;
}

/**
 * On a terminal the line under way counts its seconds in place; elsewhere it is said once.
 * `hasSteps`: say each step that is done, too. `now`: the site's clock, whose moments are shown.
 */
export function createProgress({ stderr, env }: Terminal, { hasSteps, now }: { hasSteps: boolean; now: () => number }): Progress {
  const paint = createPaint(stderr, env);
  const said = new Set<string>();
  let current: Session | null = null;
  const clear = (): void => {
    if (stderr.isTTY) stderr.write("\r\u001b[K");
  };
  const sayOnce = (key: string, line: string): void => {
    if (said.has(key)) return;
    said.add(key);
    clear();
    stderr.write(`${line}\n`);
  };
  const draw = (): void => {
    if (current === null) return;
    const line = describe(current, now());
    if (!stderr.isTTY) {
      sayOnce(line, `  … ${line}`);
      return;
    }
    const seconds = formatDuration(Math.max(0, now() - current.stateSince) / 1000);
    // Never wider than the terminal: a line that wraps cannot be drawn over.
    stderr.write(`\r\u001b[K${paint(current.tone, `  … ${line}  ${seconds}`.slice(0, (stderr.columns || 80) - 1))}`);
  };
  const timer = stderr.isTTY ? setInterval(draw, 1000) : undefined;
  return {
    show(session) {
      for (const step of session.steps.filter(({ status }) => hasSteps && status === "done")) {
        const took = step.seconds === null ? "" : `  ${step.seconds < 10 ? `${step.seconds.toFixed(1)} s` : formatDuration(step.seconds)}`;
        sayOnce(`${session.job?.restarts ?? 0} ${step.name}`, `  ${paint("good", "✓")} ${toLine(step.label)}${paint("quiet", took)}`);
      }
      current = isUnderWay(session) ? session : null;
      draw();
    },
    note(line) {
      sayOnce(line, `    ${toLine(line)}`);
      draw();
    },
    close() {
      clearInterval(timer);
      clear();
    },
  };
}

/** Plain words first, the scheduler's own words and the job's number beside them. */
export function describe(session: Session, nowMs: number): string {
  const { job } = session;
  const own = job === null ? [] : [job.pendingReason === null ? job.state : `${job.state} (${job.pendingReason})`, `job ${job.id}`];
  const said = own.length === 0 ? "" : `[${own.join(", ")}]`;
  const parts = [`${session.label}: ${session.line}`, describeQueue(session.waiting, nowMs), said, session.next ?? ""];
  return toLine(parts.filter(Boolean).join(" "));
}

function isUnderWay({ state }: Session): boolean {
  return state !== "ready" && state !== "ended";
}

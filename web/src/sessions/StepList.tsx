/** The way to ready: each step done, in progress (with its seconds), or not yet. Never a percentage. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { IconCircle, IconCircleCheckFilled, IconCircleDashed, IconCircleMinus } from "@tabler/icons-react";
import { useNow } from "../hooks.ts";
import css from "./StepList.module.css";

interface StepListProps {
  readonly session: Session;
  /** In a row, as on a card; else one below the other. */
  readonly isRow?: boolean;
}

type Step = Session["steps"][number];

export function StepList({ session, isRow = false }: StepListProps) {
  const isEnded = session.state === "ended";
  return (
    <ol className={isRow ? css.row : css.column} aria-label="Steps">
      {session.steps.map((step) => (
        <li key={step.name} data-status={isEnded && step.status === "active" ? "broken" : step.status}>
          <StepIcon status={step.status} isEnded={isEnded} />
          <span>
            {step.label}
            <span className="visually-hidden">{toSpoken(step, isEnded)}</span>
          </span>
          {isEnded && step.status === "active" ? null : <StepTime step={step} />}
        </li>
      ))}
    </ol>
  );
}

function StepIcon({ status, isEnded }: { readonly status: Step["status"]; readonly isEnded: boolean }) {
  if (status === "done") return <IconCircleCheckFilled size={15} aria-hidden />;
  if (status === "todo") return <IconCircle size={15} aria-hidden />;
  return isEnded ? <IconCircleMinus size={15} aria-hidden /> : <IconCircleDashed size={15} aria-hidden />;
}

function toSpoken(step: Step, isEnded: boolean): string {
  if (step.status === "done") return ": done";
  if (step.status === "todo") return ": not yet";
  return isEnded ? ": not finished" : ": in progress";
}

function StepTime({ step }: { readonly step: Step }) {
  const now = useNow();
  const seconds = step.status === "active" && step.since !== null ? Math.max(0, (now - step.since) / 1000) : step.seconds;
  if (seconds === null || step.status === "todo") return null;
  return <span className={css.time}>{formatSeconds(seconds)}</span>;
}

/** Short steps keep a decimal: whether a start took 0.4 or 0.9 s is what people compare. */
function formatSeconds(seconds: number): string {
  return seconds < 10 && !Number.isInteger(seconds) ? `${seconds.toFixed(1)} s` : formatDuration(Math.floor(seconds));
}

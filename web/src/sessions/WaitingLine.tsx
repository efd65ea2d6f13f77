/** Where a waiting session stands, and when the cluster plans to start it; every estimate with its age. */
import { describePlace, formatDuration } from "@fairway/contract/describe-session.ts";
import type { ExpectedStart, Session } from "@fairway/contract/sessions.ts";
import { Moment } from "../common/Moment.tsx";
import { useNow } from "../hooks.ts";

export function WaitingLine({ session: { waiting } }: { readonly session: Session }) {
  if (waiting === null) return null;
  const place = describePlace(waiting);
  const start = waiting.kind === "queue" ? waiting.expectedStart : null;
  if (place === null && start === null) return null;
  return (
    <p data-waiting={waiting.kind}>
      {place === null ? null : `${place}. `}
      {start === null ? null : <Start start={start} />}
    </p>
  );
}

const SOURCES = { queue: "Slurm's plan", trial: "Slurm's answer to a trial" } as const satisfies Record<ExpectedStart["source"], string>;

function Start({ start }: { readonly start: ExpectedStart }) {
  const now = useNow();
  const seconds = (start.at - now) / 1000;
  return (
    <>
      {seconds < 30 ? (
        "Expected to start any moment"
      ) : (
        <>
          Expected start about <Moment at={start.at} />, in {formatDuration(Math.ceil(seconds / 60) * 60)}
        </>
      )}{" "}
      <span className="dim small">
        ({SOURCES[start.source]}, <Moment at={start.asOf} as="age" />)
      </span>
    </>
  );
}

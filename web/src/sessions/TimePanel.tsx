/** How long is left and what can be done about it, on the session's own page. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Link } from "@tanstack/react-router";
import { Moment } from "../common/Moment.tsx";
import { NotifySwitch } from "../warnings/NotifySwitch.tsx";
import { ExtendButton } from "./ExtendButton.tsx";
import { toGain } from "./extension.ts";
import { IdleNote } from "./IdleNote.tsx";
import { toLaunchSearch } from "./resources.ts";
import css from "./SessionPage.module.css";
import { TimeLeftLine } from "./TimeLeftLine.tsx";

interface TimePanelProps {
  readonly session: Session;
  readonly isMine: boolean;
}

export function TimePanel({ session, isMine }: TimePanelProps) {
  const isRunning = session.job?.startedAt != null && !["ended", "stopping"].includes(session.state);
  if (!isRunning) return null;
  const gain = toGain(session);
  return (
    <>
      <div className={css.time}>
        <TimeLeftLine session={session} />
        {isMine ? <ExtendButton session={session} /> : null}
        {gain === null || !isMine ? null : (
          <span className="dim small">
            then until <Moment at={gain.endsAt} />; never beyond <Moment at={gain.latestEndsAt} />
          </span>
        )}
      </div>
      {isMine && session.extension?.kind === "refused" ? <Refused session={session} line={session.extension.line} /> : null}
      {isMine ? <IdleNote session={session} /> : null}
      {isMine && session.job?.endsAt != null ? <NotifySwitch /> : null}
    </>
  );
}

function Refused({ session, line }: { readonly session: Session; readonly line: string }) {
  return (
    <p className="dim small">
      {line}{" "}
      {session.profile === null ? null : (
        <Link to="/launch/$profile" params={{ profile: session.profile.name }} search={toLaunchSearch(session)}>
          Launch another like this
        </Link>
      )}
    </p>
  );
}

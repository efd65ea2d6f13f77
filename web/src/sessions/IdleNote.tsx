/** Nothing happens in it, and when it is stopped for that; one click says otherwise. */
import { formatDuration } from "@fairway/contract/describe-session.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import { Button } from "@mantine/core";
import { toSessionTitle } from "../api/session-lists.ts";
import { Moment } from "../common/Moment.tsx";
import { useNow } from "../hooks.ts";
import { useKeep } from "./actions.ts";
import css from "./IdleNote.module.css";

export function IdleNote({ session }: { readonly session: Session }) {
  const keep = useKeep();
  const now = useNow();
  const { idle } = session;
  if (idle === null || session.state === "ended") return null;
  const seconds = Math.max(0, (idle.stopsAt - now) / 1000);
  return (
    <div className={css.note} data-idle="">
      <p>
        Idle since <Moment at={idle.since} />: stopped at <Moment at={idle.stopsAt} />, in {formatDuration(Math.ceil(seconds / 60) * 60)},
        unless it is used.
      </p>
      <Button
        variant="default"
        size="compact-xs"
        onClick={() => keep.mutate(session)}
        loading={keep.isPending}
        aria-label={`I am still using it: ${toSessionTitle(session)}`}
      >
        I am still using it
      </Button>
      {keep.error === null ? null : <span role="alert">{keep.error.message}</span>}
    </div>
  );
}

/** Where there can be no shell: why, and what to do. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Button } from "@mantine/core";
import { ButtonLink } from "../common/ButtonLink.tsx";
import { ErrorNote } from "../common/ErrorState.tsx";
import { useRelaunch } from "../sessions/actions.ts";
import css from "./TerminalPage.module.css";

interface NoShellProps {
  readonly session: Session;
  readonly isMine: boolean;
}

export function NoShell({ session, isMine }: NoShellProps) {
  const relaunch = useRelaunch();
  if (!isMine) {
    return (
      <section className={css.none}>
        <h2>This is {session.user}'s session</h2>
        <p>A shell in it would be theirs: only they may open one.</p>
        <SessionLink session={session} />
      </section>
    );
  }
  return (
    <section className={css.none}>
      <h2>This session {session.state === "ended" ? "has ended" : "is ending"}</h2>
      <p>{session.line} A terminal needs a session that runs.</p>
      <div className={css.actions}>
        {session.state === "ended" ? (
          <Button size="sm" onClick={() => relaunch.mutate(session)} loading={relaunch.isPending}>
            Relaunch
          </Button>
        ) : null}
        <SessionLink session={session} />
      </div>
      <ErrorNote error={relaunch.error} />
    </section>
  );
}

function SessionLink({ session }: { readonly session: Session }) {
  return (
    <ButtonLink variant="default" size="sm" to="/sessions/$id" params={{ id: session.id }}>
      Its page
    </ButtonLink>
  );
}

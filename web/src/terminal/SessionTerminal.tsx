/** A shell in a session. */
import type { Session } from "@fairway/contract/sessions.ts";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { toSessionTitle } from "../api/session-lists.ts";
import { ButtonLink } from "../common/ButtonLink.tsx";
import { useFeed, useMe, useSession, useTitle } from "../hooks.ts";
import { NoShell } from "./NoShell.tsx";
import { TerminalFrame, TerminalMain } from "./TerminalFrame.tsx";

export function SessionTerminal({ id }: Pick<Session, "id">) {
  useFeed();
  const query = useSession(id);
  useTitle(...(query.data === undefined ? ["Terminal"] : ["Terminal", toSessionTitle(query.data)]));
  return <TerminalMain query={query}>{(session) => <TerminalView key={session.id} session={session} />}</TerminalMain>;
}

function TerminalView({ session }: { readonly session: Session }) {
  const { id, state } = session;
  const cache = useQueryClient();
  const me = useMe().data?.name;
  const [wasOpen, setWasOpen] = useState(false);
  const isOver = state === "ended" || state === "stopping";
  const canHave = me === session.user && (!isOver || wasOpen);
  return (
    <TerminalFrame
      title={
        <Link to="/sessions/$id" params={{ id }} data-back="">
          {toSessionTitle(session)}
        </Link>
      }
      warnOf={id}
      screen={
        canHave
          ? {
              place: { kind: "session", id },
              over: state === "ended" ? `The session has ended. ${session.line}` : null,
              wayOut: <SessionLink id={id} />,
              onOpen: () => setWasOpen(true),
              onFailure: () => void cache.invalidateQueries({ queryKey: ["session", id] }),
            }
          : null
      }
      instead={<NoShell session={session} isMine={me === session.user} />}
    />
  );
}

function SessionLink({ id }: Pick<Session, "id">) {
  return (
    <ButtonLink size="compact-sm" variant="default" to="/sessions/$id" params={{ id }}>
      The session's page
    </ButtonLink>
  );
}

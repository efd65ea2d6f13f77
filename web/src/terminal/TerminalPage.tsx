/** A shell in a session, in the whole window. It has no frame of the portal's around it, only one line. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Switch } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { toSessionTitle } from "../api/session-lists.ts";
import { ErrorState } from "../common/ErrorState.tsx";
import { Loaded } from "../common/Loaded.tsx";
import { useFeed, useMe, useSession, useTitle } from "../hooks.ts";
import { readReadAloud, writeReadAloud } from "./kept-shell.ts";
import { NoShell } from "./NoShell.tsx";
import css from "./TerminalPage.module.css";
import { TerminalScreen } from "./TerminalScreen.tsx";

const WarningBanners = lazy(() => import("../warnings/WarningBanners.tsx").then((module) => ({ default: module.WarningBanners })));

export function TerminalPage() {
  const { id } = useParams({ from: "/terminal/$id" });
  useFeed();
  const query = useSession(id);
  useTitle(...(query.data === undefined ? ["Terminal"] : ["Terminal", toSessionTitle(query.data)]));

  return (
    <main className={css.page}>
      {query.isError && query.data === undefined ? (
        <div className={css.padded}>
          <ErrorState error={query.error} onRetry={() => void query.refetch()} isWholePage />
        </div>
      ) : (
        <Loaded query={query} skeleton={[32, 400]}>
          {(session) => <TerminalView key={session.id} session={session} />}
        </Loaded>
      )}
    </main>
  );
}

function TerminalView({ session }: { readonly session: Session }) {
  const me = useMe().data?.name;
  const [isReadAloud, setReadAloud] = useState(readReadAloud);
  const [title, setTitle] = useState("");
  const [wasOpen, setWasOpen] = useState(false);
  const isOver = session.state === "ended" || session.state === "stopping";
  const canHave = me === session.user && (!isOver || wasOpen);
  return (
    <>
      <header className={css.bar}>
        <h1 className={css.title}>
          <Link to="/sessions/$id" params={{ id: session.id }} data-back="">
            {toSessionTitle(session)}
          </Link>
          <span className="visually-hidden">: terminal</span>
        </h1>
        <span className={css.shellTitle}>{title}</span>
        {canHave ? (
          <Switch
            size="xs"
            label="Screen reader"
            checked={isReadAloud}
            onChange={(event) => {
              setReadAloud(event.currentTarget.checked);
              writeReadAloud(event.currentTarget.checked);
            }}
          />
        ) : null}
      </header>
      <div className={css.warnings}>
        <Suspense>
          <WarningBanners only={session.id} />
        </Suspense>
      </div>
      {canHave ? (
        <TerminalScreen session={session} isReadAloud={isReadAloud} onTitle={setTitle} onOpen={() => setWasOpen(true)} />
      ) : (
        <NoShell session={session} isMine={me === session.user} />
      )}
    </>
  );
}

/** The session that goes on after this one under its name: a link to it, or straight there when asked for. */
import type { Session } from "@fairway/contract/sessions.ts";
import { Link, useRouter } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { OPEN_SESSIONS } from "../api/queries.ts";
import { useSessions } from "../hooks.ts";
import { findSuccessor } from "./waiting-words.ts";

export function useSuccessor(session: Session): { readonly line: ReactNode; readonly follow: () => void } {
  const router = useRouter();
  const [isFollowing, setFollowing] = useState(false);
  const open = useSessions(OPEN_SESSIONS).data?.sessions ?? [];
  const isLeaving = session.state === "ended" || session.state === "stopping";
  const id = isLeaving ? (findSuccessor(session, open)?.id ?? null) : null;
  useEffect(() => {
    if (isFollowing && id !== null) void router.navigate({ to: "/sessions/$id", params: { id }, replace: true });
  }, [isFollowing, id, router]);
  const follow = useCallback(() => setFollowing(true), []);
  if (id !== null) {
    const line = (
      <p>
        A newer session goes on under its name.{" "}
        <Link to="/sessions/$id" params={{ id }}>
          See it
        </Link>
      </p>
    );
    return { follow, line };
  }
  return { follow, line: isFollowing && isLeaving ? <p className="dim">The other one starts as soon as this one has ended.</p> : null };
}

/** The user name of an ssh command: `alice`, `alice+SESSION`, or `+SESSIONID` for a job's own tunnel. */
import { SessionId, SessionName, UserName } from "@fairway/contract/names.ts";

export type LoginName =
  | { readonly kind: "person"; readonly user: string /** Null: the default, else the newest. */; readonly session: string | null }
  | { readonly kind: "tunnel"; readonly sessionId: string };

/** Null: nobody can be called so. */
export function parseLoginName(name: string): LoginName | null {
  const plus = name.indexOf("+");
  if (plus === 0) {
    const sessionId = SessionId.safeParse(name.slice(1));
    return sessionId.success ? { kind: "tunnel", sessionId: sessionId.data } : null;
  }
  const user = UserName.safeParse(plus < 0 ? name : name.slice(0, plus));
  const session = SessionName.safeParse(plus < 0 ? "" : name.slice(plus + 1));
  if (!user.success || !session.success) return null;
  return { kind: "person", user: user.data, session: session.data === "" ? null : session.data };
}

/**
 * The newest that is known of each session, in the order it was heard. An answer that was asked for
 * before a change was heard is older than the change, however late it arrives; this says so.
 */
import type { Session } from "@fairway/contract/sessions.ts";
import { patchSessionList } from "./session-lists.ts";
import type { SessionFilter, SessionList } from "./types.ts";

export class Changes {
  readonly #heard = new Map<string, { readonly number: number; readonly session: Session }>();
  #number = 0;

  hear(session: Session): void {
    this.#number += 1;
    this.#heard.set(session.id, { number: this.#number, session });
  }

  /** Remember this before asking; hand it in with the answer. */
  mark(): number {
    return this.#number;
  }

  /** The answer, or what was heard of this session since it was asked for. */
  newest(answer: Session, mark: number): Session {
    const heard = this.#heard.get(answer.id);
    return heard !== undefined && heard.number > mark ? heard.session : answer;
  }

  /** The list, with all that was heard since it was asked for. */
  bringUpToDate(list: SessionList, filter: SessionFilter, mark: number): SessionList {
    const since = [...this.#heard.values()].filter(({ number }) => number > mark);
    return { ...list, sessions: since.reduce((sessions, { session }) => patchSessionList(sessions, session, filter), list.sessions) };
  }
}

/** What people are told when they do not look: of a session's end, of its idleness, that it is ready at last. */
import type { EndReason } from "@fairway/contract/states.ts";

/** Of which session. Nothing in it is secret. */
export interface NoticeSession {
  readonly id: string;
  readonly user: string;
  /** "" is the default one. */
  readonly name: string;
  readonly title: string;
  readonly cluster: { readonly name: string; readonly title: string };
  readonly jobId: string | null;
}

export type Notice = { readonly session: NoticeSession; readonly at: number } & (
  | { readonly kind: "ends-soon"; readonly endsAt: number; readonly canExtend: boolean }
  | { readonly kind: "idle-soon"; readonly since: number; readonly stopsAt: number }
  | { readonly kind: "ready"; readonly waitedMs: number }
  | { readonly kind: "ended"; readonly reason: EndReason; readonly line: string; readonly next: string | null }
);

/** Never throws and never waits: who is not told of something must not be kept from it, too. */
export interface Notifier {
  notify(notice: Notice): void;
  /** Sends what was not tried yet, for a moment; what waits to be tried again is given up. */
  close(): Promise<void>;
}

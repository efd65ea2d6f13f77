/**
 * What a browser's terminal and the door say to each other, over one WebSocket below `/terminal/SESSION/socket`.
 * Binary messages are the shell's bytes, both ways. Text messages are JSON: these. A shell outlives its browser for a
 * while; each byte of its output has a number, so that whoever comes back gets what was missed and nothing twice.
 */
import { z } from "zod";

/** 128 random bits. It names a shell; who may have it is decided by the sign-in all the same. */
export const TerminalId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);

const Size = { columns: z.number().int().min(2).max(1000), rows: z.number().int().min(1).max(1000) };
const Offset = z.number().int().nonnegative();

export const TerminalRequest = z.discriminatedUnion("kind", [
  /** The first message. `terminal` null: a new shell. `offset`: what the browser has of its output. */
  z.strictObject({ kind: z.literal("attach"), terminal: TerminalId.nullable(), offset: Offset, ...Size }),
  z.strictObject({ kind: z.literal("resize"), ...Size }),
  /** The output up to here is shown. The shell waits when too much is on its way. */
  z.strictObject({ kind: z.literal("ack"), offset: Offset }),
  /** Is anybody there? Not asked at an interval: it would count as activity. */
  z.strictObject({ kind: z.literal("ping") }),
]);
export type TerminalRequest = z.infer<typeof TerminalRequest>;

/** Plain data without a schema: the portal takes the types alone. */
export type TerminalAnswer =
  | { readonly kind: "waiting"; readonly line: string }
  /** Output follows from `offset`; up to `end` it is from before. More than asked for is missing where it is greater. */
  | { readonly kind: "attached"; readonly terminal: string; readonly offset: number; readonly end: number; readonly isNew: boolean }
  | { readonly kind: "ended"; readonly line: string }
  /** There is no such shell any more. */
  | { readonly kind: "gone"; readonly line: string }
  /** The same person has it in another window now. */
  | { readonly kind: "taken"; readonly line: string }
  | { readonly kind: "refused"; readonly line: string; readonly next: string | null }
  | { readonly kind: "pong" };

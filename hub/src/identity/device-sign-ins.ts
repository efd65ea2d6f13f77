/**
 * Sign-ins of programs without a browser (RFC 8628): the program shows a short code, its person confirms it in the
 * portal, and the program fetches a token. Only a browser's sign-in confirms: a token must not make another that
 * outlives it.
 */
import { randomInt } from "node:crypto";
import { AppError } from "@fairway/contract/errors.ts";
import type { DeviceAnswer, DeviceRequest, DeviceStarted } from "@fairway/contract/ssh-access.ts";
import type { Actor } from "../sessions/types.ts";
import type { DeviceSignInRow } from "../store/schema.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { audit, type IdentityContext, isEnabled } from "./context.ts";
import { FailureCounters, toNetwork } from "./failure-counters.ts";
import { newSecret, sha256Hex } from "./secrets.ts";
import type { DeviceSignInService } from "./types.ts";

const LIFE_MS = 10 * 60_000;
const POLL_SECONDS = 3;
const TOKEN_SECONDS = 30 * 86_400;
const MAX_WAITING = 1000;
/** A class signs in from behind one address; a confirmed one is taken back. */
const FREE_STARTS = 60;
const FREE_WRONG_CODES = 10;
const MAX_DELAY_MS = 15 * 60_000;
const MAX_COUNTERS = 10_000;
/** So long one that is over can still be told so. */
const KEEP_MS = 60 * 60_000;
/** No vowels, so no words; nothing that looks like another: 37 bits in 8 of them. */
const CODE_ALPHABET = "BCDFGHJKMNPQRTVWXY346789";

export class DeviceSignIns implements DeviceSignInService {
  readonly #context: IdentityContext;
  readonly #tokens: AccessTokens;
  readonly #starts = new FailureCounters(FREE_STARTS, MAX_DELAY_MS, MAX_COUNTERS);
  readonly #guesses = new FailureCounters(FREE_WRONG_CODES, MAX_DELAY_MS, MAX_COUNTERS);

  constructor(context: IdentityContext, tokens: AccessTokens) {
    this.#context = context;
    this.#tokens = tokens;
  }

  async start(note: string, from: { address: string }): Promise<DeviceStarted> {
    const { store, clock } = this.#context;
    const now = clock.now();
    const network = toNetwork(from.address);
    ensureNoWait(this.#starts.waitMs(network, now));
    this.#starts.add(network, now);
    await store.deviceSignIns.prune(now - KEEP_MS);
    if ((await store.deviceSignIns.countWaiting(now)) >= MAX_WAITING) ensureNoWait(60_000);
    const deviceCode = newSecret();
    const asked = { note: toPlain(note), address: from.address.slice(0, 100), createdAt: now, expiresAt: now + LIFE_MS };
    const row = { deviceHash: sha256Hex(deviceCode), userCode: newUserCode(), ...asked, user: null, verdict: null, takenAt: null };
    if (!(await store.deviceSignIns.insert(row))) throw new AppError("internal", "a code that waits was drawn again");
    return {
      deviceCode,
      userCode: row.userCode,
      verificationPath: `/device?code=${row.userCode}`,
      expiresInSeconds: LIFE_MS / 1000,
      intervalSeconds: POLL_SECONDS,
    };
  }

  async poll(deviceCode: string): Promise<DeviceAnswer> {
    const { store, clock } = this.#context;
    const now = clock.now();
    const row = await store.deviceSignIns.byDevice(sha256Hex(deviceCode));
    if (row === null || row.expiresAt <= now || row.takenAt !== null) return { kind: "expired" };
    if (row.verdict === null) return { kind: "waiting" };
    const { user, verdict } = row;
    if (verdict === "refused" || user === null || !(await isEnabled(this.#context, user))) return { kind: "refused" };
    // Taken first: of two that ask at once, one gets the token.
    if (!(await store.deviceSignIns.take(row.deviceHash, now))) return { kind: "expired" };
    const via = { kind: "device", id: row.userCode } as const;
    const { token } = await this.#tokens.issue({ user, via }, { note: row.note, scopes: ["self"], expiresInSeconds: TOKEN_SECONDS });
    return { kind: "confirmed", token, user };
  }

  async request(actor: Actor, userCode: string): Promise<DeviceRequest> {
    const { note, address, createdAt, expiresAt } = await this.#waiting(actor, userCode);
    return { userCode, note, address, createdAt, expiresAt };
  }

  async judge(actor: Actor, userCode: string, confirm: boolean): Promise<void> {
    const { store, clock } = this.#context;
    const { note, address } = await this.#waiting(actor, userCode);
    const verdict = confirm ? "confirmed" : "refused";
    if (!(await store.deviceSignIns.judge(userCode, { user: actor.user, verdict }, clock.now()))) throw nobodyWaits();
    if (confirm) this.#starts.takeBack(toNetwork(address));
    const outcome = confirm ? "done" : "refused";
    await audit(this.#context, actor, { action: "device-sign-in", outcome, target: userCode, detail: note, address });
  }

  /** @throws not_allowed, too_many, not_found */
  async #waiting(actor: Actor, userCode: string): Promise<DeviceSignInRow> {
    if (actor.via.kind !== "login") {
      throw new AppError("not_allowed", "Only you yourself may do this, in the portal.", { next: "Sign in with a browser." });
    }
    const now = this.#context.clock.now();
    ensureNoWait(this.#guesses.waitMs(actor.user, now));
    const row = await this.#context.store.deviceSignIns.byUserCode(userCode);
    if (row !== null && row.verdict === null && row.expiresAt > now) return row;
    this.#guesses.add(actor.user, now);
    throw nobodyWaits();
  }
}

/** One line without anything that could make it look like something else: control and direction characters. */
function toPlain(note: string): string {
  return note.replace(/[\p{C}\p{Z}]+/gu, " ").trim() || "a program";
}

function newUserCode(): string {
  const four = () => Array.from({ length: 4 }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join("");
  return `${four()}-${four()}`;
}

function nobodyWaits(): AppError {
  return new AppError("not_found", "Nobody waits with this code.", {
    next: "Compare it with what the program shows; it is valid for 10 minutes.",
  });
}

/** @throws too_many */
function ensureNoWait(waitMs: number): void {
  if (waitMs <= 0) return;
  const seconds = Math.ceil(waitMs / 1000);
  throw new AppError("too_many", `Too many attempts. Try again in ${seconds} s.`, { retryAfterSeconds: seconds });
}

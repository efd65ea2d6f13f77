/** Notices as JSON to a URL of the site's (docs/notifications.md has the schema), signed where it has a secret. */
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { ensurePrivate } from "../config/secrets.ts";
import { NeverTaken } from "./delivery.ts";
import type { Notice } from "./types.ts";
import { toWords } from "./words.ts";

export interface WebhookSettings {
  readonly url_file: string;
  readonly secret_file?: string | undefined;
}

export interface WebhookMessage {
  /** The same for every try, so that the receiver can tell a repetition. */
  readonly id: string;
  readonly kind: Notice["kind"];
  readonly body: string;
}

export interface Webhook {
  /** Where it leads, without what may be secret in it. */
  readonly host: string;
  /** @throws NeverTaken on an answer that another try would not change */
  send(message: WebhookMessage, signal: AbortSignal): Promise<void>;
}

const TIMEOUT_MS = 15_000;
const TRY_AGAIN: readonly number[] = [408, 425, 429];

/** @throws when a file cannot be read, others could read it, or it holds no http(s) URL */
export function openWebhook({ url_file: urlFile, secret_file: secretFile }: WebhookSettings, now: () => number): Webhook {
  const url = readUrl(urlFile);
  const secret = secretFile === undefined ? null : readPrivate(secretFile);
  return {
    host: url.host,
    async send({ id, body }, signal) {
      const timestamp = String(Math.floor(now() / 1000));
      const headers = {
        "content-type": "application/json",
        "user-agent": "Fairway",
        "x-fairway-delivery": id,
        "x-fairway-timestamp": timestamp,
        ...(secret === null ? {} : { "x-fairway-signature": sign(secret, timestamp, body) }),
      };
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      // Who redirects a signed message may lead it anywhere.
      const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: deadline });
      await answer.body?.cancel();
      if (answer.ok) return;
      const problem = `the webhook at ${url.host} answered ${answer.status}`;
      throw answer.status < 500 && !TRY_AGAIN.includes(answer.status) ? new NeverTaken(problem) : new Error(problem);
    },
  };
}

/** HMAC-SHA-256 over "TIMESTAMP.BODY": a copied message cannot be sent again much later. */
export function sign(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

/** `text` is the whole in words: chat services show it and leave the rest. */
export function toMessage(notice: Notice, site: string, url: string | null): WebhookMessage {
  const { session, at, kind, ...facts } = notice;
  const { line, next } = toWords(notice);
  const id = randomUUID();
  const body = {
    version: 1,
    id,
    event: `session.${kind.replaceAll("-", "_")}`,
    at,
    site,
    text: [line, next, url].filter((part) => part !== null).join(" "),
    session: { ...session, url },
    ...facts,
  };
  return { id, kind, body: JSON.stringify(body) };
}

function readPrivate(file: string): string {
  ensurePrivate(file);
  return readFileSync(file, "utf8").trim();
}

function readUrl(file: string): URL {
  const text = readPrivate(file);
  // Not the text itself into the message: it may be the secret.
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error(`${file} does not hold an http(s) URL`);
  // fetch refuses such a URL with an error that holds all of it.
  if (url.username !== "" || url.password !== "")
    throw new Error(`${file}: a name and password in the URL cannot be sent; use secret_file`);
  return url;
}

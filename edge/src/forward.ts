/**
 * One request to one upstream and its answer back, streamed both ways: undici speaks to the
 * upstream, node:http to the client, and each side's back-pressure holds the other.
 */
import { Buffer } from "node:buffer";
import type { Dispatcher } from "undici";
import type { Exchange } from "./exchange.ts";
import { hasBody } from "./headers.ts";
import { RequestBody } from "./request-body.ts";

/** The upstream failed before it began to answer; the client has heard nothing yet. */
export class UpstreamFailure extends Error {
  override readonly name = "UpstreamFailure";
  /** Some of the client's body is gone: this request cannot be sent again. */
  readonly isBodyStarted: boolean;

  constructor(cause: Error, isBodyStarted: boolean) {
    super(cause.message, { cause });
    this.isBodyStarted = isBodyStarted;
  }
}

export interface Forwarding {
  readonly exchange: Exchange;
  readonly dispatcher: Dispatcher;
  readonly headers: string[];
  readonly toClientHeaders: (raw: readonly string[]) => string[];
}

/**
 * Resolves when the answer is finished or the client is gone. Rejects only while it can still be
 * answered otherwise; later failures end the client's connection, so that a cut body looks cut.
 * @throws {UpstreamFailure}
 */
export function forward(forwarding: Forwarding): Promise<void> {
  const { req, res, visit, expectsContinue } = forwarding.exchange;
  return new Promise((resolve, reject) => {
    const body = hasBody(req) ? new RequestBody(req, () => (expectsContinue ? res.writeContinue() : undefined)) : null;
    const onFailure = (error: Error) => {
      if (!res.headersSent && !res.destroyed) reject(new UpstreamFailure(error, body?.isStarted ?? false));
      else {
        res.destroy();
        resolve();
      }
    };
    try {
      forwarding.dispatcher.dispatch(
        { path: visit.path + visit.query, method: req.method ?? "GET", headers: forwarding.headers, body },
        new AnswerHandler(forwarding, resolve, onFailure),
      );
    } catch (error) {
      onFailure(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #forwarding: Forwarding;
  readonly #onDone: () => void;
  readonly #onFailure: (error: Error) => void;
  #controller: Dispatcher.DispatchController | null = null;

  constructor(forwarding: Forwarding, onDone: () => void, onFailure: (error: Error) => void) {
    this.#forwarding = forwarding;
    this.#onDone = onDone;
    this.#onFailure = onFailure;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { res } = this.#forwarding.exchange;
    this.#controller = controller;
    if (res.destroyed) {
      controller.abort(new Error("the client went away"));
      return;
    }
    res.on("close", this.#onClientClose);
    res.on("drain", this.#onClientDrain);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, _parsed: unknown, statusText = ""): void {
    const { exchange, toClientHeaders } = this.#forwarding;
    // Interim answers (102, 103) are advice that a proxy in between may keep to itself.
    if (status < 200) return;
    const headers = toClientHeaders(toText(controller.rawHeaders));
    if (exchange.setCookie !== null) headers.push("Set-Cookie", exchange.setCookie);
    exchange.res.writeHead(status, statusText, headers);
    // A body that is there already leaves together with the head; an event stream's head must not wait for it.
    setImmediate(() => {
      if (!exchange.res.destroyed && !exchange.res.writableEnded) exchange.res.flushHeaders();
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#forwarding.exchange.res.write(chunk)) controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const { exchange, toClientHeaders } = this.#forwarding;
    const { res } = exchange;
    const trailers = toClientHeaders(toText(controller.rawTrailers));
    if (trailers.length > 0 && res.chunkedEncoding) res.addTrailers(toEntries(trailers));
    this.#letGo();
    res.end(this.#onDone);
    res.once("close", this.#onDone);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#letGo();
    this.#onFailure(error);
  }

  /** The same client may be answered by another attempt. */
  #letGo(): void {
    this.#forwarding.exchange.res.off("close", this.#onClientClose).off("drain", this.#onClientDrain);
  }

  readonly #onClientDrain = (): void => {
    this.#controller?.resume();
  };
  readonly #onClientClose = (): void => {
    this.#controller?.abort(new Error("the client went away"));
  };
}

/** undici gives names and values as bytes; HTTP's are Latin-1. */
function toText(raw: Dispatcher.DispatchController["rawHeaders"]): string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((item) => (Buffer.isBuffer(item) ? item.toString("latin1") : item));
}

function toEntries(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ""] satisfies [string, string]] : []));
}

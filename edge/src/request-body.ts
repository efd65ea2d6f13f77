/**
 * A request's body on its way to the upstream. Nothing is read before the upstream asks for it, so
 * a request whose upstream could not be reached may still be sent elsewhere; and when the upstream
 * goes away, the client's connection stays, so that it can be told.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";

export class RequestBody extends Readable {
  readonly #req: IncomingMessage;
  readonly #onFirstRead: () => void;
  #isStarted = false;

  constructor(req: IncomingMessage, onFirstRead: () => void) {
    super();
    this.#req = req;
    this.#onFirstRead = onFirstRead;
    // undici destroys the body of a request that failed; the failure itself is reported by the handler.
    this.on("error", () => undefined);
  }

  /** True once bytes may have been taken from the client. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  override _read(): void {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#onFirstRead();
      this.#req.on("data", this.#onData).on("end", this.#onEnd).on("error", this.#onError).on("close", this.#onClose);
    }
    this.#req.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#req.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose);
    callback(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#req.pause();
  };
  readonly #onEnd = (): void => {
    this.push(null);
  };
  // Stays attached: a late error of an abandoned request is nobody's concern.
  readonly #onError = (error: Error): void => {
    this.destroy(error);
  };
  readonly #onClose = (): void => {
    if (!this.#req.complete) this.destroy(new Error("the client went away"));
  };
}

/** Lets a client that still sends finish, so that it reads the answer and its connection stays usable. */
export function drainRequest(req: IncomingMessage, res: ServerResponse): void {
  res.once("finish", () => {
    if (!req.complete) req.resume();
  });
}

/**
 * The hub's API from outside, typed and checked by the contract's table: nothing here that a
 * person's token could not do. A token goes to the one site it belongs to and nowhere else.
 */
import { API, type ApiName, type ApiOperation } from "@fairway/contract/api.ts";
import { Problem } from "@fairway/contract/errors.ts";
import { CliFailure, EXIT, toFailure } from "./failure.ts";
import { createSiteClock } from "./site-clock.ts";

type Answer<Name extends ApiName> = (typeof API)[Name] extends { response: { parse(data: unknown): infer Shape } } ? Shape : undefined;

export interface Call {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Beside the client's own. */
  readonly signal?: AbortSignal;
}

export interface Client {
  /** The site's base URL, with its last slash. */
  readonly site: URL;
  /** @throws CliFailure for every answer that is not the one the contract promises. */
  call<Name extends ApiName>(name: Name, call?: Call): Promise<Answer<Name>>;
  /** The open answer of an operation that streams server-sent events. */
  openEvents(name: ApiName, call?: Call): Promise<ReadableStream<Uint8Array>>;
  /** The site's own time, as far as its answers have told: what it tells of moments is measured by it. */
  readonly now: () => number;
  /** A path of the site (with or without the base that the site lives under) as a URL. */
  urlOf(path: string): string;
}

export interface Connection {
  readonly site: URL;
  readonly token: string | null;
  readonly signal: AbortSignal;
  /** This machine's clock. */
  readonly now: () => number;
}

export function createClient({ site, token, signal, now }: Connection): Client {
  const clock = createSiteClock(now);
  const send = async (name: ApiName, call: Call, accept: string): Promise<Response> => {
    const operation: ApiOperation = API[name];
    if (operation.scope !== "anyone" && token === null) {
      throw new CliFailure(EXIT.notSignedIn, `Not signed in to ${site.href}.`, {
        next: `Run \`fairway login --url ${site.href}\`, or set FAIRWAY_TOKEN.`,
      });
    }
    const headers = new Headers({ accept });
    if (operation.scope !== "anyone" && token !== null) headers.set("authorization", `token ${token}`);
    if (call.body !== undefined) headers.set("content-type", "application/json");
    const url = toUrl(site, operation.path, call);
    const askedAtMs = now();
    const response = await fetchFrom(site, url, {
      method: operation.method,
      headers,
      signal: call.signal === undefined ? signal : AbortSignal.any([signal, call.signal]),
      redirect: "manual",
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    clock.note(response.headers.get("date"), askedAtMs);
    if (response.status !== operation.status && !(response.status === 200 && operation.events)) throw await readFailure(site, response);
    return response;
  };
  return {
    site,
    now: clock.now,
    async call<Name extends ApiName>(name: Name, call: Call = {}): Promise<Answer<Name>> {
      const response = await send(name, call, "application/json");
      const operation: ApiOperation = API[name];
      if (operation.response === undefined) {
        await response.body?.cancel();
        return undefined as Answer<Name>;
      }
      const parsed = operation.response.safeParse(await readJson(site, response));
      if (!parsed.success) throw notFairway(site, `its answer to ${operation.method} ${operation.path} has another shape`, parsed.error);
      return parsed.data as Answer<Name>;
    },
    async openEvents(name, call = {}) {
      const { body } = await send(name, call, "text/event-stream");
      if (body === null) throw notFairway(site, "an empty stream of events");
      return body;
    },
    urlOf(path) {
      const below = path.startsWith(site.pathname) ? path.slice(site.pathname.length) : path.replace(/^\//, "");
      return new URL(below, site).href;
    },
  };
}

function toUrl(site: URL, path: string, { params = {}, query = {} }: Call): URL {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const url = new URL(filled.slice(1), site);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

async function fetchFrom(site: URL, url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const isTls = /CERT|SIGNATURE|TLS|SSL/.test(code);
    throw new CliFailure(EXIT.failed, `Could not reach ${site.href}: ${cause instanceof Error ? cause.message || code : String(cause)}.`, {
      cause: error,
      next: isTls
        ? "If the site has its own certificate authority, name its certificate with --ca FILE or NODE_EXTRA_CA_CERTS."
        : "Check the address, and whether Fairway is up.",
    });
  }
}

async function readFailure(site: URL, response: Response): Promise<CliFailure> {
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    return notFairway(site, `it redirects to ${response.headers.get("location") ?? "elsewhere"}`);
  }
  if (/json/.test(response.headers.get("content-type") ?? "")) {
    const parsed = Problem.safeParse(await readJson(site, response));
    if (parsed.success) return toFailure(parsed.data);
  } else {
    await response.body?.cancel();
  }
  return notFairway(site, `it answered with status ${response.status}`);
}

async function readJson(site: URL, response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notFairway(site, "its answer is no JSON", error);
  }
}

function notFairway(site: URL, what: string, cause?: unknown): CliFailure {
  return new CliFailure(EXIT.failed, `${site.href} does not answer as this version of Fairway expects: ${what}.`, {
    cause,
    next: "Check the address; the base URL of the site belongs to it.",
  });
}

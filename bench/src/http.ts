// The little HTTP that the benches speak: JSON out and in, and server-sent events. Not fetch: that would
// keep connections as long as a server offers, and take one of a testbed that is gone for the next one's.
import { Agent, type IncomingMessage, request as startRequest } from "node:http";
import { text } from "node:stream/consumers";

const agent = new Agent({ keepAlive: true, timeout: 3000 });

export interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  /** Sent as `Authorization: token …`, which both gateways take. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly setCookie: readonly string[];
  /** The whole body. */
  readonly text: string;
}

/** @throws when the answer is none of `statuses`, with what it said; without any, every answer will do. */
export async function call(request: Call, ...statuses: readonly number[]): Promise<Answer> {
  const response = await open(request);
  const answer = { status: response.statusCode ?? 0, setCookie: response.headers["set-cookie"] ?? [], text: await text(response) };
  if (statuses.length === 0 || statuses.includes(answer.status)) return answer;
  throw new Error(`${request.method} ${request.url} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
}

/** The data of each server-sent event, as JSON. Leaving the loop ends the request. */
export async function* readEvents(request: Omit<Call, "method" | "body">): AsyncGenerator<unknown> {
  const response = await open({ ...request, method: "GET", headers: { accept: "text/event-stream" } });
  if (response.statusCode !== 200)
    throw new Error(`GET ${request.url} answered ${response.statusCode}: ${(await text(response)).slice(0, 500)}`);
  response.setEncoding("utf8");
  let rest = "";
  for await (const chunk of response) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("data:")) yield JSON.parse(line.slice("data:".length));
  }
}

function open({ method, url, token, headers, body, signal }: Call): Promise<IncomingMessage> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const all = {
    ...(token === undefined ? {} : { authorization: `token ${token}` }),
    ...(payload === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = startRequest(url, { method, headers: all, agent, signal }, resolve);
    outgoing.once("error", reject);
    outgoing.end(payload);
  });
}

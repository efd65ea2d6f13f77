/**
 * `fairway doctor CLUSTER` and the running hub: one request over the internal socket, which only the account that
 * Fairway runs as can open; the answer is a finding a line, as each is found. Who goes away ends the probe.
 */
import { UserName } from "@fairway/contract/names.ts";
import type { FastifyInstance } from "fastify";
import { Client } from "undici";
import { z } from "zod";
import { readBody } from "../http/problems.ts";
import type { ProbeWish } from "./cluster-probe.ts";
import type { Finding } from "./finding.ts";

const PATH = "/clusters/probe";
const ProbeBody = z.strictObject({ cluster: z.string().max(40), user: UserName, partition: z.string().max(64).nullable() });
const Line = z.union([
  z.object({ level: z.enum(["ok", "warn", "fail"]), what: z.string(), next: z.string().optional() }),
  z.object({ done: z.literal(true) }),
]);

export type RunProbe = (wish: ProbeWish, tell: (finding: Finding) => void, signal: AbortSignal) => Promise<void>;

export function registerProbe(app: FastifyInstance, runProbe: RunProbe): void {
  app.post(PATH, async (request, reply) => {
    const wish = readBody(ProbeBody, request.body);
    reply.hijack();
    const { raw } = reply;
    const gone = new AbortController();
    raw.once("close", () => gone.abort(new Error("the doctor has gone")));
    raw.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
    const say = (line: z.infer<typeof Line>) => void raw.write(`${JSON.stringify(line)}\n`);
    try {
      await runProbe(wish, say, gone.signal);
    } catch (error) {
      say({ level: "fail", what: `the probe was given up: ${error instanceof Error ? error.message : String(error)}` });
    }
    say({ done: true });
    raw.end();
  });
}

/** @throws when no hub answers at that socket, or it went away in the middle */
export async function askForProbe(
  socketPath: string,
  wish: ProbeWish,
  tell: (finding: Finding) => void,
  signal: AbortSignal,
): Promise<void> {
  const client = new Client("http://hub", { socketPath, headersTimeout: 0, bodyTimeout: 0 });
  try {
    const answer = await client.request({
      method: "POST",
      path: PATH,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(wish),
      signal,
    });
    if (answer.statusCode !== 200) throw new Error(`the hub answered ${answer.statusCode}: ${(await answer.body.text()).slice(0, 300)}`);
    let rest = "";
    for await (const chunk of answer.body.setEncoding("utf8")) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const said = Line.parse(JSON.parse(line));
        if ("done" in said) return;
        const { next, ...finding } = said;
        tell(next === undefined ? finding : { ...finding, next });
      }
    }
    throw new Error("the hub went away before it was done");
  } finally {
    await client.destroy();
  }
}

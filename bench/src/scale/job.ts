/**
 * One simulated job: what job.sh and its app do on a node, without the node. It enrols with its one-use
 * token, listens with TLS under the session's key, says where if that is not as announced, and says that it ended.
 */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer, request, type Server } from "node:https";
import { text } from "node:stream/consumers";
import type { SimulatedJob } from "./queue.ts";

export interface RunningJob {
  end(exitCode: number): Promise<void>;
}

export async function startJob({ id, values }: SimulatedJob, host: string): Promise<RunningJob> {
  const session = values.FAIRWAY_SESSION ?? "";
  const url = values.FAIRWAY_ENROL_URL ?? "";
  const authority = Buffer.from(values.FAIRWAY_CA ?? "", "base64").toString();
  const tell = (path: string, fields: Readonly<Record<string, string>>) => post(`${url}${path}`, { session, ...fields }, authority);
  const where = await listenOnFirst(values.FAIRWAY_PORTS ?? "", host, async (port) => {
    const enrolment = { token: values.FAIRWAY_ENROL_TOKEN ?? "", nonce: `nonce-of-the-job-${id}`, host, port, job: id, restarts: "0" };
    return parseLines(await tell("/enrol", enrolment));
  });
  if (where.port !== where.announced) await tell("/report", { secret: where.secret, host, port: where.port });
  return {
    async end(exitCode) {
      where.server.close();
      where.server.closeAllConnections();
      await tell("/report", { secret: where.secret, exit: String(exitCode) });
    },
  };
}

interface Listening {
  readonly server: Server;
  readonly port: string;
  /** The one that the gateway was told at enrolment. */
  readonly announced: string;
  readonly secret: string;
}

/** The first candidate that is free, as job.sh takes it; `enrol` is asked once, for that one. */
async function listenOnFirst(ports: string, host: string, enrol: (port: string) => Promise<Map<string, string>>): Promise<Listening> {
  let granted: Map<string, string> | null = null;
  const [announced = ""] = ports.split(" ");
  for (const port of ports.split(" ")) {
    granted ??= await enrol(port);
    const secret = granted.get("FAIRWAY_SECRET") ?? "";
    const pem = (name: string) => Buffer.from(granted?.get(name) ?? "", "base64");
    const server = createServer({ key: pem("FAIRWAY_KEY"), cert: pem("FAIRWAY_CERT") }, (asked, answer) => {
      answer.writeHead(asked.headers["x-fairway-secret"] === secret ? 200 : 403).end("ok");
    });
    server.listen(Number(port), host);
    const isFree = await once(server, "listening").then(
      () => true,
      () => false, // somebody else's: two of a thousand sessions may have drawn the same first port
    );
    if (isFree) return { server, port, announced, secret };
  }
  throw new Error(`none of the ports ${ports} is free`);
}

function parseLines(answer: string): Map<string, string> {
  return new Map(answer.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** A connection of its own each time, as a job's curl has. @throws when it is not taken. */
async function post(url: string, fields: Readonly<Record<string, string>>, authority: string): Promise<string> {
  const body = new URLSearchParams(fields).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body) };
  const outgoing = request(url, { method: "POST", headers, ca: authority, agent: false });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  const answer = await text(response);
  if ((response.statusCode ?? 0) >= 300) throw new Error(`${url} answered ${response.statusCode}: ${answer.slice(0, 200)}`);
  return answer;
}

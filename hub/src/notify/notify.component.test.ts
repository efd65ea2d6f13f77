/** Against a real mail server and a real HTTP listener on this machine. */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseConfig } from "../config/load.ts";
import { createNotifier } from "./index.ts";
import { createMailer } from "./mail.ts";
import type { Notice, Notifier } from "./types.ts";

const AT = Date.now();
const notice: Notice = {
  kind: "ends-soon",
  at: AT,
  endsAt: AT + 600_000,
  canExtend: true,
  session: { id: "abcdefgh2345", user: "alice", name: "thesis", title: "JupyterLab", cluster: { name: "main", title: "Main" }, jobId: "7" },
};

let folder: string;
const cleanups: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fw-notify-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A mail server; `mails`: what it has taken. */
async function startMailServer(options: SMTPServerOptions = {}) {
  const mails: { from: string; to: string[]; text: string; user: string | undefined }[] = [];
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    logger: false,
    onData(stream, session, done) {
      let text = "";
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => (text += chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text,
          user: session.user,
        });
        done();
      });
    },
    ...options,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise<void>((resolve) => server.close(resolve)));
  return { mails, port: (server.server.address() as AddressInfo).port };
}

async function startListener(statuses: number[] = []) {
  const requests: { headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      requests.push({ headers: request.headers, body });
      response.writeHead(statuses.shift() ?? 204).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cret-path` };
}

function privateFile(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, `${text}\n`);
  chmodSync(path, mode);
  return path;
}

const lines: string[] = [];
function start(notify: string): Notifier {
  const config = parseConfig(`
site: { name: Example HPC }
public_url: https://hpc.example
base_url: /jupyter/
listen: [{ address: 127.0.0.1, port: 8000 }]
sign_in: { pam: { cluster: main } }
clusters: { main: { scheduler: slurm, act_as: sudo, callback_ca: system } }
profiles: [{ name: small, title: Small, app: noop, cluster: main }]
notify: ${notify}
`);
  lines.length = 0;
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  const notifier = createNotifier({ config, now: Date.now, log });
  cleanups.push(() => notifier.close());
  return notifier;
}

const mailTo = (port: number, more = "") =>
  `{ mail: { host: 127.0.0.1, port: ${port}, security: none, from: "Fairway <fairway@hpc.example>", to: "{user}@hpc.example"${more} } }`;
const soon = { timeout: 20_000, interval: 20 };

test("a mail reaches the owner: what, when, what to do, and where", async () => {
  const server = await startMailServer();
  start(mailTo(server.port)).notify(notice);
  await vi.waitFor(() => expect(server.mails).toHaveLength(1), soon);
  const [mail] = server.mails;
  expect(mail).toMatchObject({ from: "fairway@hpc.example", to: ["alice@hpc.example"] });
  const text = mail?.text.replaceAll("=\r\n", "") ?? "";
  expect(text).toContain("Subject: Example HPC: JupyterLab (thesis) ends in 10 min");
  expect(text).toContain("Auto-Submitted: auto-generated");
  expect(text).toContain("https://hpc.example/jupyter/sessions/abcdefgh2345");
  expect(text).toMatch(/extend the session/);
});

test("a server that asks for a sign-in gets the file's password, and a wrong one is its own clear word", async () => {
  const server = await startMailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === "fairway" && password === "pa55" ? done(null, { user: username }) : done(new Error("Invalid username or password")),
  });
  const file = privateFile("password", "pa55");
  start(mailTo(server.port, `, user: fairway, password_file: ${file}`)).notify(notice);
  await vi.waitFor(() => expect(server.mails).toMatchObject([{ user: "fairway" }]), soon);

  const settings = { host: "127.0.0.1", port: server.port, security: "none", from: "f@x.example", to: "{user}@x.example" } as const;
  const wrong = createMailer({ ...settings, user: "fairway", password_file: privateFile("wrong", "nonsense") }, "Site", () => null);
  await expect(wrong.verify()).rejects.toThrow(/Invalid (username|login)/);
});

test("a mail server that is down, or refuses, harms nobody and is in the log", async () => {
  const refusing = await startMailServer({
    onRcptTo: (_address, _session, done) => done(Object.assign(new Error("no such user"), { responseCode: 550 })),
  });
  start(mailTo(refusing.port)).notify(notice);
  await vi.waitFor(() => expect(lines.join("")).toContain("given up"), soon);
  start(mailTo(1)).notify(notice);
  await vi.waitFor(() => expect(lines.join("")).toContain("it is tried again"), soon);
});

test("what a hub that ends could not send is counted in its log, without an address", async () => {
  const notifier = start(mailTo(1));
  notifier.notify(notice);
  await vi.waitFor(() => expect(lines.join("")).toContain("it is tried again"), soon);
  await notifier.close();
  const last = JSON.parse(lines.at(-1) ?? "{}") as unknown;
  expect(last).toMatchObject({ way: "mail by 127.0.0.1", count: 1, kinds: { "ends-soon": 1 } });
  expect(JSON.stringify(last)).not.toMatch(/alice|@/);
});

test("a webhook gets the facts as JSON, signed so that the receiver can check", async () => {
  const listener = await startListener();
  const [url, secret] = [privateFile("url", listener.url), privateFile("secret", "k3y")];
  start(`{ webhooks: [{ url_file: ${url}, secret_file: ${secret} }] }`).notify(notice);
  await vi.waitFor(() => expect(listener.requests).toHaveLength(1), soon);
  const { headers, body } = listener.requests[0] ?? { headers: {}, body: "" };
  const expected = createHmac("sha256", "k3y")
    .update(`${String(headers["x-fairway-timestamp"])}.${body}`)
    .digest("hex");
  expect(headers["x-fairway-signature"]).toBe(`sha256=${expected}`);
  expect(JSON.parse(body)).toEqual({
    version: 1,
    id: headers["x-fairway-delivery"],
    event: "session.ends_soon",
    at: AT,
    site: "Example HPC",
    text: expect.stringContaining("ends at its time limit in 10 min"),
    session: { ...notice.session, url: "https://hpc.example/jupyter/sessions/abcdefgh2345" },
    endsAt: AT + 600_000,
    canExtend: true,
  });
});

test("a webhook that says no is not asked again; its address, which may be a secret, is in no log", async () => {
  const listener = await startListener([403]);
  start(`{ webhooks: [{ url_file: ${privateFile("url", listener.url)} }] }`).notify(notice);
  await vi.waitFor(() => expect(lines.join("")).toContain("given up"), soon);
  expect(lines.join("")).toContain("answered 403");
  expect(lines.join("")).not.toContain("s3cret-path");
  expect(listener.requests).toHaveLength(1);
});

test("a redirect is not followed", async () => {
  const listener = await startListener([302]);
  start(`{ webhooks: [{ url_file: ${privateFile("url", listener.url)} }] }`).notify(notice);
  await vi.waitFor(() => expect(lines.join("")).toContain("answered 302"), soon);
});

test("a file of secrets that others can read, or that holds no URL, is no start", () => {
  const open = privateFile("open", "https://x.example/hook", 0o644);
  expect(() => start(`{ webhooks: [{ url_file: ${open} }] }`)).toThrow(/chmod 600/);
  const nonsense = privateFile("nonsense", "s3cret nonsense");
  expect(() => start(`{ webhooks: [{ url_file: ${nonsense} }] }`)).toThrow(/does not hold an http/);
  expect(() => start(`{ webhooks: [{ url_file: ${nonsense} }] }`)).not.toThrow(/s3cret/);
  // fetch would refuse it at each notice, and its error, which the log gets, names the whole URL.
  const withPassword = privateFile("with-password", "https://site:s3cret@hooks.example/x");
  expect(() => start(`{ webhooks: [{ url_file: ${withPassword} }] }`)).toThrow(/name and password/);
});

test("nothing configured, nothing sent", async () => {
  const notifier = start("{}");
  notifier.notify(notice);
  await notifier.close();
  expect(lines).toEqual([]);
});

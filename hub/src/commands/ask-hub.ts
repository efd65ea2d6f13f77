/** A verb's question to the running hub, on the internal socket that only Fairway's own account can open. */
import { Problem } from "@fairway/contract/errors.ts";
import { Client } from "undici";
import type { Config } from "../config/load.ts";
import { feedSocketPath } from "./sockets.ts";

type HasDirs = Pick<Config, "runtime_dir">;

/** @throws Error with the hub's own words, or that it does not run */
export async function askHub(config: HasDirs, path: string, body: object): Promise<unknown> {
  const client = new Client("http://hub", { socketPath: feedSocketPath(config) });
  try {
    const headers = { "content-type": "application/json" };
    const answer = await client.request({ method: "POST", path, headers, body: JSON.stringify(body) });
    const text = await answer.body.text();
    if (answer.statusCode === 200) return JSON.parse(text);
    const problem = Problem.safeParse(JSON.parse(text)).data;
    throw new Error(
      problem === undefined ? `the hub answered ${answer.statusCode}` : [problem.detail, problem.next].filter(Boolean).join(" "),
    );
  } catch (error) {
    throw toNoHub(error, config) ?? error;
  } finally {
    await client.destroy();
  }
}

/** For an error that means that nobody listens there; else null. */
export function toNoHub(cause: unknown, config: HasDirs): Error | null {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code !== "ENOENT" && code !== "ECONNREFUSED" && code !== "EACCES") return null;
  return new Error(`the hub does not answer at ${feedSocketPath(config)}: is Fairway running, and are you its account?`, { cause });
}

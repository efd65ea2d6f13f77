/** Signs in by the browser of whoever sits here, wherever that is: shows a code, and waits until it is confirmed there. */
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { DeviceAnswer } from "@fairway/contract/ssh-access.ts";
import type { Client } from "./client.ts";
import { CliFailure, EXIT, isPassing } from "./failure.ts";
import { openBrowser } from "./open-browser.ts";
import type { Terminal } from "./terminal.ts";

/** @returns the token. @throws CliFailure (not allowed) when it is refused, (timed out) when nobody confirms it */
export async function signInByDevice(terminal: Terminal, client: Client): Promise<string> {
  const { stderr, signal, now } = terminal;
  const note = `fairway on ${hostname()}`.slice(0, 100);
  const { deviceCode, userCode, verificationPath, expiresInSeconds, intervalSeconds } = await client.call("startDeviceSignIn", {
    body: { note },
  });
  const url = client.urlOf(verificationPath);
  const minutes = Math.round(expiresInSeconds / 60);
  stderr.write(`Open ${url}\nand confirm it there if it shows the code ${userCode}. Waiting, ${minutes} minutes at most.\n`);
  await openBrowser(terminal, url);
  const until = now() + expiresInSeconds * 1000;
  while (now() < until) {
    await sleep(intervalSeconds * 1000, undefined, { signal });
    const answer = await poll(client, deviceCode);
    if (answer.kind === "confirmed") return answer.token;
    if (answer.kind === "refused") throw new CliFailure(EXIT.notAllowed, "The sign-in was refused in the portal.");
    if (answer.kind === "expired") break;
  }
  throw new CliFailure(EXIT.timedOut, "Nobody confirmed the sign-in in time.", { next: "Run `fairway login` again." });
}

/** A hub that restarts in between is waited for. */
async function poll(client: Client, deviceCode: string): Promise<DeviceAnswer> {
  try {
    return await client.call("pollDeviceSignIn", { body: { deviceCode } });
  } catch (error) {
    if (!(error instanceof CliFailure) || !isPassing(error) || error.problem?.code === "limit_reached") throw error;
    return { kind: "waiting" };
  }
}

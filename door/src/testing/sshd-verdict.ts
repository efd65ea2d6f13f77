/**
 * What a real sshd says to certificates: asked as a client asks ("would you take this?"), hundreds on one connection,
 * also such as no ordinary client would send.
 */
import type { ParsedKey, Client as SshClient } from "ssh2";
import { Client, utils } from "../ssh2.ts";
import { Reader } from "../wire.ts";

/** sshd takes its time over each that it refuses. */
const CONNECTIONS = 8;

/** True for each that it would let in, given the signature. */
export async function askSshd(port: number, username: string, certificates: readonly Buffer[]): Promise<boolean[]> {
  const size = Math.ceil(certificates.length / CONNECTIONS);
  const parts = Array.from({ length: CONNECTIONS }, (_, index) => certificates.slice(index * size, (index + 1) * size));
  const verdicts = await Promise.all(parts.map(async (part) => (part.length === 0 ? [] : askOnOne(port, username, part))));
  return verdicts.flat();
}

async function askOnOne(port: number, username: string, certificates: readonly Buffer[]): Promise<boolean[]> {
  const verdicts: boolean[] = [];
  const waiting = [...certificates];
  const client: SshClient = new Client();
  await new Promise<void>((resolve, reject) => {
    client.on("error", (error) => (verdicts.length === certificates.length ? resolve() : reject(error)));
    client.on("close", () => (verdicts.length === certificates.length ? resolve() : reject(new Error("sshd closed the connection"))));
    let isAsked = false;
    client.connect({
      host: "127.0.0.1",
      port,
      username,
      readyTimeout: 0,
      authHandler: (_left, _partial, next) => {
        // The one before was refused: at once, or for its signature after it had been accepted.
        if (isAsked && verdicts.length < certificates.length - waiting.length) verdicts.push(false);
        isAsked = true;
        const blob = waiting.shift();
        if (blob === undefined) {
          client.end();
          resolve();
          return;
        }
        next({ type: "publickey", username, key: disguise(blob, () => verdicts.push(true)) });
      },
    });
  });
  return verdicts;
}

/** A key of ssh2's that shows a certificate, and notes when it is asked to sign. */
function disguise(blob: Buffer, onAccepted: () => void) {
  const type = new Reader(blob).string().toString("latin1");
  return Object.assign(makeAnyKey(), {
    type,
    getPublicSSH: () => blob,
    sign: () => {
      onAccepted();
      return Buffer.alloc(64);
    },
  });
}

function makeAnyKey(): ParsedKey {
  for (;;) {
    // One in two hundred that ssh2 makes it cannot read itself.
    const key = utils.parseKey(utils.generateKeyPairSync("ed25519").private);
    if (!(key instanceof Error) && !Array.isArray(key)) return key;
  }
}

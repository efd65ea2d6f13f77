/** The certificate by which the site's door knows this machine: fetched, and renewed before its time is over. */
import { rmSync } from "node:fs";
import type { SshAccess } from "@fairway/contract/ssh-access.ts";
import type { Client } from "./client.ts";
import { ensureKey, readIfThere, type SshFolder, writePrivately } from "./ssh-folder.ts";

export interface CertificateTimes {
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Fetches a new one, and the door's host key with it. @returns the site's door, and until when the certificate is valid */
export async function fetchCertificate(
  client: Client,
  folder: SshFolder,
  signal: AbortSignal,
): Promise<{ access: SshAccess; times: CertificateTimes }> {
  const access = await client.call("sshAccess");
  const publicKey = await ensureKey(folder, signal);
  const { certificate, info } = await client.call("signCertificate", { body: { publicKey } });
  const times = { id: info.id, createdAt: info.createdAt, expiresAt: info.expiresAt };
  writePrivately(folder.knownHosts, access.knownHosts.map((line) => `${line}\n`).join(""));
  writePrivately(folder.certificate, `${certificate}\n`);
  writePrivately(folder.times, `${JSON.stringify(times)}\n`);
  return { access, times };
}

/** On this machine alone: it stays valid for whoever has a copy, until it is revoked. The key stays. */
export function forgetCertificate(folder: SshFolder): void {
  for (const file of [folder.times, folder.certificate]) rmSync(file, { force: true });
}

/** What is there and still counts. */
export function validCertificate(folder: SshFolder, nowMs: number): CertificateTimes | null {
  const times = readTimes(readIfThere(folder.times));
  if (times === null || readIfThere(folder.certificate) === null || readIfThere(folder.key) === null) return null;
  return nowMs < times.expiresAt ? times : null;
}

/** The same, while more than half of its time is left: a connection that begins now shall last. */
export function freshCertificate(folder: SshFolder, nowMs: number): CertificateTimes | null {
  const times = validCertificate(folder, nowMs);
  return times !== null && times.expiresAt - nowMs > (times.expiresAt - times.createdAt) / 2 ? times : null;
}

/** Null also for what another version wrote: then a new one is fetched. */
function readTimes(text: string | null): CertificateTimes | null {
  try {
    const times: unknown = JSON.parse(text ?? "null");
    return isTimes(times) ? times : null;
  } catch {
    // Damaged: the same as none.
    return null;
  }
}

function isTimes(value: unknown): value is CertificateTimes {
  if (typeof value !== "object" || value === null || !("id" in value && "createdAt" in value && "expiresAt" in value)) return false;
  return typeof value.id === "string" && typeof value.createdAt === "number" && typeof value.expiresAt === "number";
}

/**
 * What the door asks: whose proof this is, into which session somebody comes, whether a job's tunnel is one of ours.
 * The door has checked that they hold the key or the token; what they may is decided here, each time anew.
 */
import type { DoorAudit, DoorCredential, DoorSignIn, DoorTunnel, DoorTunnelPaths } from "@fairway/contract/door.ts";
import type { Logger } from "pino";
import { SignInLimits } from "../identity/sign-in-limits.ts";
import type { Identity } from "../identity/types.ts";
import { openSshAuthority } from "../pki/ssh-authority.ts";
import { openDoorHostKey } from "../pki/ssh-key-file.ts";
import { toTunnelPaths } from "../routes/tunnel-paths.ts";
import { deriveSshKeys } from "../sessions/session-keys.ts";
import type { AuditStore } from "../store/audit.ts";
import type { SessionStore } from "../store/sessions.ts";
import { createEntry, type EntryOptions } from "./entry.ts";
import { enterLoginNode } from "./login-node.ts";
import { StrangerRefusals } from "./stranger-refusals.ts";
import type { DoorService } from "./types.ts";

export interface DoorServiceOptions extends EntryOptions {
  readonly identity: Pick<Identity, "lookup" | "sshAccess" | "byDoorCredential" | "ownerOfProof">;
  readonly store: SessionStore;
  readonly audit: Pick<AuditStore, "record">;
  readonly stateDir: string;
  readonly hostKeyFile: string | undefined;
  readonly log: Logger;
}

export function createDoorService(options: DoorServiceOptions): DoorService {
  const { stateDir, hostKeyFile, now } = options;
  const limits = new SignInLimits();
  const entry = createEntry(options);
  const onError = (error: unknown) => options.log.warn({ err: error }, "refused sign-ins at the door could not be written down");
  const strangers = new StrangerRefusals({ audit: options.audit, now, onError });
  return {
    keys: () => ({
      hostKey: openDoorHostKey(stateDir, hostKeyFile).privateKey,
      certificateAuthorities: openSshAuthority(stateDir).doorAuthorities(now()),
    }),
    signIn: async (request) => {
      const credential = await signIn(request, options, limits);
      if (credential === null) await recordRefused(request, options);
      else await record(options, { ...request, credential, action: "door.sign-in" });
      return credential;
    },
    enter: entry,
    enterLoginNode: (request) => enterLoginNode(request, options),
    tunnel: (request) => openTunnel(request, options),
    audit: (request) => (isStrangers(request) ? strangers.record(request) : record(options, request)),
    close: () => strangers.close(),
  };
}

/** Only a token can be tried out; who shows a key or a certificate has proved at the door that they hold it. */
async function signIn(
  { user, address, proof }: DoorSignIn,
  { identity, now }: DoorServiceOptions,
  limits: SignInLimits,
): Promise<DoorCredential | null> {
  switch (proof.kind) {
    case "ssh-key":
      return identity.sshAccess.byKey(user, proof.fingerprint);
    case "certificate":
      return identity.sshAccess.byCertificate(user, proof.id);
    case "token": {
      let found: DoorCredential | null = null;
      await limits.attempt({ address, user: null }, now(), async () => {
        found = await byToken(user, proof.sha256, identity);
        return found !== null;
      });
      return found;
    }
  }
}

/** Who shows something of ours is known, though it lets nobody in: the door can only say that somebody was wrong. */
async function recordRefused({ user, address, proof }: DoorSignIn, options: DoorServiceOptions): Promise<void> {
  const owner = await options.identity.ownerOfProof(proof);
  if (owner === null) return;
  const detail = owner.user === user ? "it lets nobody in (any more)" : "it is not of whose name was given";
  const entry = { address, action: "door.sign-in", target: owner.user === user ? null : user, outcome: "refused", detail } as const;
  await record(options, { ...entry, user: owner.user, credential: { ...owner, expiresAt: null } });
}

function isStrangers({ credential, action, outcome }: DoorAudit): boolean {
  return credential === null && action === "door.sign-in" && outcome === "refused";
}

async function byToken(user: string, sha256: string, identity: Pick<Identity, "lookup">): Promise<DoorCredential | null> {
  const token = await identity.lookup(sha256);
  if (token === null || token.user !== user || !token.scopes.includes("access:servers")) return null;
  return { kind: "token", id: token.id, user, expiresAt: token.expiresAt };
}

/** Of the present run alone, and only when that is how it is reached: its key is derived, and stored nowhere. */
async function openTunnel({ session, publicKey }: DoorTunnel, options: DoorServiceOptions): Promise<DoorTunnelPaths | null> {
  const row = await options.store.get(session);
  if (row === null || row.state === "ended" || row.state === "stopping") return null;
  // One that we do not remember to have enrolled may have done so before our database was lost: its key tells.
  if (row.enrolledAt !== null && row.route !== "tunnel") return null;
  const { tunnel } = deriveSshKeys(options.masterKey, row.id, row.enrolledRestarts ?? row.restarts);
  return toKey(tunnel.publicKey) === toKey(publicKey) ? toTunnelPaths(options.runtimeDir, row.id) : null;
}

/** Type and key, without a comment. */
const toKey = (line: string) => line.split(" ", 2).join(" ");

async function record(
  { audit, now }: DoorServiceOptions,
  entry: Pick<DoorAudit, "user" | "address" | "action"> & Partial<DoorAudit>,
): Promise<void> {
  const { user, credential = null, address, action, target = null, outcome = "done", detail = null } = entry;
  const via = credential === null ? "door" : `${credential.kind}:${credential.id}`;
  await audit.record({ at: now(), actor: user, via, action, target, outcome, detail, address });
}

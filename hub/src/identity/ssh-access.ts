/**
 * People's SSH keys and certificates for the door. Either opens all of a person's sessions, so what asks for one
 * must be allowed to start and use sessions itself. Whether a signature is right the door checks; whose it is, and
 * whether that still counts, is said here.
 */
import type { DoorCredential } from "@fairway/contract/door.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { Scope } from "@fairway/contract/scopes.ts";
import type { SshAccess, SshCertificate, SshKey } from "@fairway/contract/ssh-access.ts";
import { readPersonalKey } from "../pki/ssh-key-rules.ts";
import { fingerprintOf, formatPublicKeyLine, SshFormatError, type SshPublicKey } from "../pki/ssh-wire.ts";
import { ensureScope } from "../sessions/access.ts";
import type { Actor } from "../sessions/types.ts";
import type { CertificateRow, SshKeyRow } from "../store/schema.ts";
import { audit, type IdentityContext, isEnabled, isWorthNoting } from "./context.ts";
import { newId } from "./secrets.ts";
import type { SshAccessService } from "./types.ts";

const MAX_KEYS = 20;
/** Each machine of a person has one, renewed twice a day. */
const MAX_CERTIFICATES = 100;
const NEEDED: readonly Scope[] = ["tokens", "start:servers", "access:servers"];
/** The audit log says more of what is over so long. */
const KEEP_MS = 30 * 24 * 3_600_000;

/** What the site's door is, for who asks from outside. */
export interface DoorFacts {
  readonly access: SshAccess;
  readonly certificateLifeMs: number;
  /** @returns the line for `id-cert.pub` */
  sign(request: { id: string; user: string; publicKey: string; lifeMs: number; now: number }): string;
}

export class SshAccessBook implements SshAccessService {
  readonly #context: IdentityContext;
  readonly #door: DoorFacts | null;

  /** @param door null: this site has none */
  constructor(context: IdentityContext, door: DoorFacts | null) {
    this.#context = context;
    this.#door = door;
  }

  access(): SshAccess {
    return this.#ensureDoor().access;
  }

  async listKeys(actor: Actor): Promise<readonly SshKey[]> {
    ensureScope(actor, "tokens");
    return (await this.#context.store.sshKeys.ofUser(actor.user)).map(toKey);
  }

  async addKey(actor: Actor, publicKey: string, note: string): Promise<SshKey> {
    ensureScope(actor, ...NEEDED);
    this.#ensureDoor();
    const key = read(publicKey);
    const { store, clock } = this.#context;
    const now = clock.now();
    await store.sshKeys.prune(now - KEEP_MS);
    if ((await store.sshKeys.ofUser(actor.user)).length >= MAX_KEYS) {
      throw new AppError("limit_reached", `You have ${MAX_KEYS} SSH keys already.`, { next: "Remove those that you no longer use." });
    }
    const row: SshKeyRow = {
      ...{ id: newId(), user: actor.user, note: note || key.comment.slice(0, 100), fingerprint: fingerprintOf(key.blob) },
      publicKey: formatPublicKeyLine({ ...key, comment: "" }),
      ...{ createdAt: now, lastUsedAt: null, removedAt: null },
    };
    // It would be no secret whose it is: the fingerprint of a public key says nothing to who has not both.
    if (!(await store.sshKeys.insert(row))) throw invalid("this key is registered already, by you or by somebody else");
    await audit(this.#context, actor, { action: "ssh-key-add", outcome: "done", target: row.id, detail: row.fingerprint });
    return toKey(row);
  }

  async removeKey(actor: Actor, id: string): Promise<void> {
    ensureScope(actor, "tokens");
    const { store, clock, revocations } = this.#context;
    const at = clock.now();
    if (!(await store.sshKeys.remove(actor.user, id, at))) throw new AppError("not_found", "You have no such SSH key.");
    revocations.announce({ kind: "ssh-key", id, at });
    await audit(this.#context, actor, { action: "ssh-key-remove", outcome: "done", target: id });
  }

  async listCertificates(actor: Actor): Promise<readonly SshCertificate[]> {
    ensureScope(actor, "tokens");
    return (await this.#context.store.certificates.validOf(actor.user, this.#context.clock.now())).map(toCertificate);
  }

  async sign(actor: Actor, publicKey: string): Promise<{ certificate: string; info: SshCertificate }> {
    ensureScope(actor, ...NEEDED);
    const door = this.#ensureDoor();
    const key = read(publicKey);
    const { store, clock } = this.#context;
    const now = clock.now();
    await store.certificates.prune(now - KEEP_MS);
    if ((await store.certificates.validOf(actor.user, now)).length >= MAX_CERTIFICATES) {
      throw new AppError("limit_reached", `You have ${MAX_CERTIFICATES} valid certificates already.`, {
        next: "Revoke those you do not use.",
      });
    }
    const tokenId = actor.via.kind === "token" ? actor.via.id : null;
    const expiresAt = await this.#expiry(tokenId, now + door.certificateLifeMs);
    const row: CertificateRow = {
      ...{ id: newId(), user: actor.user, fingerprint: fingerprintOf(key.blob), tokenId },
      ...{ createdAt: now, expiresAt, revokedAt: null },
    };
    // The row first: a certificate that nobody remembers could not be revoked.
    await store.certificates.insert(row);
    const line = formatPublicKeyLine({ ...key, comment: `fairway-${row.id}` });
    const certificate = door.sign({ id: row.id, user: row.user, publicKey: line, lifeMs: expiresAt - now, now });
    await audit(this.#context, actor, { action: "certificate-sign", outcome: "done", target: row.id, detail: row.fingerprint });
    return { certificate, info: toCertificate(row) };
  }

  async revokeCertificate(actor: Actor, id: string): Promise<void> {
    ensureScope(actor, "tokens");
    const { store, clock, revocations } = this.#context;
    const at = clock.now();
    if (!(await store.certificates.revoke(actor.user, id, at))) throw new AppError("not_found", "You have no such certificate.");
    revocations.announce({ kind: "certificate", id, at });
    await audit(this.#context, actor, { action: "certificate-revoke", outcome: "done", target: id });
  }

  async byKey(user: string, fingerprint: string): Promise<DoorCredential | null> {
    const { store, clock } = this.#context;
    const row = await store.sshKeys.byFingerprint(fingerprint);
    if (row === null || row.user !== user || !(await isEnabled(this.#context, user))) return null;
    const now = clock.now();
    if (isWorthNoting(row.lastUsedAt, now)) await store.sshKeys.touch(row.id, now);
    return { kind: "ssh-key", id: row.id, user, expiresAt: null };
  }

  async byCertificate(user: string, id: string): Promise<DoorCredential | null> {
    const { store, clock } = this.#context;
    const row = await store.certificates.get(id);
    if (row === null || row.user !== user || row.revokedAt !== null || clock.now() >= row.expiresAt) return null;
    if (!(await isEnabled(this.#context, user))) return null;
    // One that was signed in the very moment in which its token was revoked.
    const token = row.tokenId === null ? null : await store.tokens.get(row.tokenId);
    if (row.tokenId !== null && (token === null || token.revokedAt !== null)) return null;
    return { kind: "certificate", id, user, expiresAt: row.expiresAt };
  }

  #ensureDoor(): DoorFacts {
    if (this.#door !== null) return this.#door;
    throw new AppError("not_found", "This site has no door for SSH.", { next: "Its staff can open one: `door` in fairway.yaml." });
  }

  async #expiry(tokenId: string | null, wanted: number): Promise<number> {
    const token = tokenId === null ? null : await this.#context.store.tokens.get(tokenId);
    return Math.min(wanted, token?.expiresAt ?? wanted);
  }
}

function read(publicKey: string): SshPublicKey {
  try {
    return readPersonalKey(publicKey);
  } catch (error) {
    if (error instanceof SshFormatError) throw invalid(error.message);
    throw error;
  }
}

function invalid(message: string): AppError {
  return new AppError("invalid_input", `This key cannot be used: ${message}.`, { fields: [{ path: "publicKey", message }] });
}

function toKey({ id, note, fingerprint, publicKey, createdAt, lastUsedAt }: SshKeyRow): SshKey {
  return { id, note, fingerprint, type: publicKey.slice(0, publicKey.indexOf(" ")), createdAt, lastUsedAt };
}

function toCertificate({ id, fingerprint, createdAt, expiresAt }: CertificateRow): SshCertificate {
  return { id, fingerprint, createdAt, expiresAt };
}

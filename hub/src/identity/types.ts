/** Who somebody is: what the HTTP layer and the edge's feed ask of identity. */

import type { NewToken, Token } from "@fairway/contract/accounts.ts";
import type { DoorCredential, DoorSignIn } from "@fairway/contract/door.ts";
import type { Renewed, Revocation, TokenLookup } from "@fairway/contract/feed.ts";
import type { Scope } from "@fairway/contract/scopes.ts";
import type { DeviceAnswer, DeviceRequest, DeviceStarted, SshAccess, SshCertificate, SshKey } from "@fairway/contract/ssh-access.ts";
import type { Actor } from "../sessions/types.ts";

/** Checks a password; knows nothing of cookies. */
export interface PasswordProvider {
  readonly id: string;
  readonly label: string;
  /** True for the right password of an existing person. @throws when it could not ask (never "false" then). */
  check(username: string, password: string, signal?: AbortSignal): Promise<boolean>;
}

export interface SignedIn {
  readonly actor: Actor;
  /** Value of the long-lived login cookie (secret), the short signed one, and their lives. */
  readonly login: string;
  readonly loginMaxAgeSeconds: number;
  readonly cookie: string;
  readonly cookieMaxAgeSeconds: number;
}

export interface IdentityService {
  readonly providers: readonly { id: string; kind: "password"; label: string }[];
  /** @throws wrong_credentials (the same for an unknown user), too_many, not_allowed (disabled, not mapped). */
  signIn(username: string, password: string, from: { address: string }): Promise<SignedIn>;
  signOut(actor: Actor): Promise<void>;
  /** By the short signed cookie. Null when it is not valid (any more). */
  byCookie(value: string): Promise<Actor | null>;
  /** By an API token. Null when there is no such valid token. Counts its use. */
  byToken(token: string): Promise<Actor | null>;
  /** A fresh short cookie for a valid login cookie; null when that is void. */
  renew(login: string): Promise<Renewed | null>;
  lookup(sha256: string): Promise<TokenLookup | null>;
  /** The XSRF value of a login; a change by cookie must send it. */
  xsrfOf(actor: Actor): string | null;
  createToken(actor: Actor, request: { note: string; scopes: readonly Scope[]; expiresInSeconds: number }): Promise<NewToken>;
  listTokens(actor: Actor): Promise<readonly Token[]>;
  revokeToken(actor: Actor, id: string): Promise<void>;
  /** Shuts somebody out at once, everywhere, or lets them in again. @throws not_allowed, not_found */
  setDisabled(actor: Actor, user: string, isDisabled: boolean): Promise<void>;
  /** Public keys for the edge, and revocations young enough to matter. */
  feedKeys(): { kid: string; jwk: Record<string, unknown> }[];
  recentRevocations(): Promise<readonly Revocation[]>;
  onRevocation(listener: (revocation: Revocation) => void): () => void;
}

/** Whose a proof is, and which. */
export type ProofOwner = Pick<DoorCredential, "kind" | "id" | "user">;

/** Identity as it is put together: three services over one store. */
export interface Identity extends IdentityService {
  readonly sshAccess: SshAccessService;
  readonly deviceSignIns: DeviceSignInService;
  /** Who stands behind a connection at the door, and what they may at this moment. Null when it is void. */
  byDoorCredential(credential: DoorCredential): Promise<Actor | null>;
  /** Whose a proof is that let nobody in; null for a stranger's. */
  ownerOfProof(proof: DoorSignIn["proof"]): Promise<ProofOwner | null>;
}

/** People's SSH keys and certificates. */
export interface SshAccessService {
  /** @throws not_found when this site has no door */
  access(): SshAccess;
  listKeys(actor: Actor): Promise<readonly SshKey[]>;
  /** @throws invalid_input for a key that is weak, of no known type, or somebody's already; limit_reached */
  addKey(actor: Actor, publicKey: string, note: string): Promise<SshKey>;
  /** @throws not_found */
  removeKey(actor: Actor, id: string): Promise<void>;
  listCertificates(actor: Actor): Promise<readonly SshCertificate[]>;
  /** @throws invalid_input; not_allowed for a token that may not start and use sessions; not_found without a door */
  sign(actor: Actor, publicKey: string): Promise<{ certificate: string; info: SshCertificate }>;
  /** @throws not_found */
  revokeCertificate(actor: Actor, id: string): Promise<void>;
  /** For the door, which has checked the signature: null when it is not this person's, or void. Counts its use. */
  byKey(user: string, fingerprint: string): Promise<DoorCredential | null>;
  /** The same of a certificate, by its key id. */
  byCertificate(user: string, id: string): Promise<DoorCredential | null>;
}

/** Sign-ins of programs without a browser: the person confirms them in the portal. */
export interface DeviceSignInService {
  /** @throws too_many */
  start(note: string, from: { address: string }): Promise<DeviceStarted>;
  poll(deviceCode: string): Promise<DeviceAnswer>;
  /** @throws not_found for a code that nobody waits with (any more); not_allowed for a token; too_many wrong codes */
  request(actor: Actor, userCode: string): Promise<DeviceRequest>;
  /** @throws the same: only a person at the portal may confirm */
  judge(actor: Actor, userCode: string, confirm: boolean): Promise<void>;
}

/**
 * Identity: who somebody is. Sign-in, cookies, tokens, and what has become void. It decides nothing
 * about sessions, and sets no HTTP header: `http/` does, with what it is given here.
 */
import { AppError } from "@fairway/contract/errors.ts";
import type { Actor } from "../sessions/types.ts";
import type { Store } from "../store/index.ts";
import { AccessTokens } from "./access-tokens.ts";
import { audit, type Clock, type IdentityContext } from "./context.ts";
import { DeviceSignIns } from "./device-sign-ins.ts";
import { byDoorCredential } from "./door-credentials.ts";
import { deriveKeys } from "./keys.ts";
import { Logins } from "./logins.ts";
import { ownerOfProof } from "./proof-owner.ts";
import { Revocations } from "./revocations.ts";
import { SignIn } from "./sign-in.ts";
import { type DoorFacts, SshAccessBook } from "./ssh-access.ts";
import type { Identity, PasswordProvider } from "./types.ts";

export interface IdentityOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** 32 bytes; another one voids every cookie, but no token. */
  readonly masterKey: Buffer;
  readonly providers: readonly PasswordProvider[];
  readonly admins: readonly string[];
  /** Left out: this site has no door for SSH. */
  readonly door?: DoorFacts;
}

export async function createIdentity({ store, clock, masterKey, providers, admins, door }: IdentityOptions): Promise<Identity> {
  const keys = await deriveKeys(masterKey);
  const revocations = new Revocations(store);
  const context: IdentityContext = { store, clock, keys, revocations, admins: new Set(admins) };
  const logins = new Logins(context);
  const tokens = new AccessTokens(context);
  const signIn = new SignIn(context, providers, logins);
  const sshAccess = new SshAccessBook(context, door ?? null);
  return {
    providers: providers.map(({ id, label }) => ({ id, kind: "password", label })),
    signIn: (username, password, from) => signIn.signIn(username, password, from),
    signOut: (actor) => logins.end(actor),
    byCookie: (value) => logins.byCookie(value),
    renew: (login) => logins.renew(login),
    xsrfOf: (actor) => (actor.via.kind === "login" ? keys.xsrfOf(actor.via.id) : null),
    byToken: (token) => tokens.byToken(token),
    lookup: (sha256) => tokens.lookup(sha256),
    createToken: (actor, request) => tokens.create(actor, request),
    listTokens: (actor) => tokens.list(actor),
    revokeToken: (actor, id) => tokens.revoke(actor, id),
    setDisabled: (actor, user, isDisabled) => setDisabled(context, actor, user, isDisabled),
    feedKeys: () => [{ kid: keys.signing.kid, jwk: { ...keys.publicJwk } }],
    recentRevocations: () => revocations.recent(clock.now()),
    onRevocation: (listener) => revocations.subscribe(listener),
    sshAccess,
    ownerOfProof: (proof) => ownerOfProof(context, proof),
    byDoorCredential: (credential) => byDoorCredential(context, sshAccess, credential),
    deviceSignIns: new DeviceSignIns(context, tokens),
  };
}

/** All sign-ins of a disabled person end for good; their tokens rest until the person is let in again. */
async function setDisabled(context: IdentityContext, actor: Actor, user: string, isDisabled: boolean): Promise<void> {
  if (actor.via.kind !== "operator" && !(actor.role === "admin" && actor.scopes.has("admin:servers")))
    throw new AppError("not_allowed", "Only an administrator may do this.");
  const { store, clock, revocations } = context;
  const at = clock.now();
  if (!(await store.users.setDisabled(user, isDisabled ? at : null)))
    throw new AppError("not_found", "Nobody of this name has signed in here.");
  if (isDisabled) {
    await store.logins.endAllOf(user, at);
    revocations.announce({ kind: "user", user, at });
  }
  await audit(context, actor, { action: isDisabled ? "user-disable" : "user-enable", outcome: "done", target: user });
}

/**
 * Who connects: the proofs that a client shows, checked, and the hub asked whose they are and whether they may come
 * in. Public keys and certificates must have signed this very connection; a password is an API token. A key is not
 * looked up before it has signed: nobody learns here whose key is known.
 */
import { hash } from "node:crypto";
import type { DoorCredential, DoorTunnelPaths } from "@fairway/contract/door.ts";
import { AppError } from "@fairway/contract/errors.ts";
import { TOKEN_PATTERN } from "@fairway/contract/names.ts";
import type { AuthContext, Connection, PasswordAuthContext, PublicKeyAuthContext } from "ssh2";
import { type Grants, isCertificateType, judgeCertificate, parseCertificate } from "./certificate.ts";
import type { HubClient } from "./hub-client.ts";
import { type LoginName, parseLoginName } from "./login-name.ts";
import { fingerprintOf, isSignedBy, parsePublicKey, readSignature, type Signature } from "./public-key.ts";
import { showBanner } from "./ssh2.ts";
import { Malformed } from "./wire.ts";

/** What a certificate may hold back; a key or a token does not. */
export type Permits = Pick<Grants, "pty" | "forwards" | "agent">;

export type SignedIn =
  | {
      readonly kind: "person";
      readonly credential: DoorCredential;
      readonly session: string | null;
      readonly permits: Permits;
      readonly since: number;
    }
  | { readonly kind: "tunnel"; readonly sessionId: string; readonly paths: DoorTunnelPaths };

export interface SignInOptions {
  readonly hub: HubClient;
  readonly authorities: () => readonly Buffer[];
  readonly clock: () => number;
  readonly tries: number;
  /** May one more come in? The answer is for the person. */
  readonly refuse: (credential: DoorCredential) => string | null;
}

const METHODS = ["publickey", "password"] as const;
const ALL: Permits = { pty: true, forwards: true, agent: true };

type Answer =
  | { readonly kind: "go-on" }
  | { readonly kind: "no"; readonly counts: boolean }
  | { readonly kind: "in"; readonly who: SignedIn };
const NO: Answer = { kind: "no", counts: true };

export class SignIn {
  /** Set once it has succeeded; the connection's "ready" follows. */
  who: SignedIn | null = null;
  /** Wrong proofs so far. */
  failures = 0;
  userName = "";
  readonly #connection: Connection;
  readonly #address: string;
  readonly #options: SignInOptions;
  #isGone = false;

  constructor(connection: Connection, address: string, options: SignInOptions) {
    this.#connection = connection;
    this.#address = address;
    this.#options = options;
    connection.once("close", () => {
      this.#isGone = true;
    });
    connection.on("authentication", (context) => void this.#answer(context));
  }

  async #answer(context: AuthContext): Promise<void> {
    this.userName = context.username.slice(0, 64);
    try {
      const answer = await this.#judge(context);
      if (this.#isGone) return;
      if (answer.kind === "no") {
        this.#reject(context, answer.counts);
        return;
      }
      if (answer.kind === "in") this.who = answer.who;
      context.accept();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #reject(context: AuthContext, counts: boolean): void {
    if (counts) this.failures += 1;
    if (this.failures >= this.#options.tries) this.#connection.end();
    else context.reject([...METHODS]);
  }

  /** Told to the person where it is for them; the connection ends either way. */
  #giveUp(error: unknown): void {
    if (this.#isGone) return;
    if (error instanceof AppError && error.expose) showBanner(this.#connection, [error.message, error.next].filter(Boolean).join(" "));
    this.#connection.end();
    if (!(error instanceof AppError)) this.#connection.emit("error", error);
  }

  async #judge(context: AuthContext): Promise<Answer> {
    const name = parseLoginName(context.username);
    if (context.method === "none") return { kind: "no", counts: false };
    if (name === null) return NO;
    try {
      if (context.method === "publickey") return await this.#judgeKey(context, name);
      if (context.method === "password") return await this.#judgeToken(context, name);
      return NO;
    } catch (error) {
      if (error instanceof Malformed) return NO;
      throw error;
    }
  }

  async #judgeToken({ password }: PasswordAuthContext, name: LoginName): Promise<Answer> {
    // Anything else than a string asks to change the password.
    if (name.kind !== "person" || typeof password !== "string" || !TOKEN_PATTERN.test(password)) return NO;
    return this.#enter(name, { kind: "token", sha256: hash("sha256", password) }, ALL, null);
  }

  async #judgeKey(context: PublicKeyAuthContext, name: LoginName): Promise<Answer> {
    const { key } = context;
    if (isCertificateType(key.algo)) return name.kind === "person" ? this.#judgeCertificate(context, name) : NO;
    const publicKey = parsePublicKey(key.data);
    if (name.kind === "tunnel" && publicKey.type !== "ssh-ed25519") return NO;
    if (context.signature === undefined || context.blob === undefined) return { kind: "go-on" };
    if (!isSignedBy(publicKey, context.blob, toSignature(context, context.signature))) return NO;
    if (name.kind === "tunnel") return this.#enterTunnel(name.sessionId, key.data);
    return this.#enter(name, { kind: "ssh-key", fingerprint: fingerprintOf(key.data) }, ALL, null);
  }

  async #judgeCertificate({ key, signature, blob }: PublicKeyAuthContext, name: LoginName & { kind: "person" }): Promise<Answer> {
    const visitor = { user: name.user, address: this.#address, nowMs: this.#options.clock() };
    const verdict = judgeCertificate(parseCertificate(key.data), visitor, this.#options.authorities());
    if (!verdict.ok) return NO;
    if (signature === undefined || blob === undefined) return { kind: "go-on" };
    const { grants } = verdict;
    if (!isSignedBy(grants.key, blob, readSignature(signature), grants.mustVerify)) return NO;
    return this.#enter(name, { kind: "certificate", id: grants.keyId.slice(0, 100) }, grants, grants.expiresAt);
  }

  async #enter(
    { user, session }: LoginName & { kind: "person" },
    proof: Parameters<HubClient["signIn"]>[0]["proof"],
    { pty, forwards, agent }: Permits,
    expiresAt: number | null,
  ): Promise<Answer> {
    const since = this.#options.clock();
    const found = await this.#options.hub.signIn({ user, address: this.#address, proof });
    if (found === null || found.user !== user) return NO;
    const credential = { ...found, expiresAt: earlier(found.expiresAt, expiresAt) };
    const refusal = this.#options.refuse(credential);
    if (refusal !== null) throw new AppError("limit_reached", refusal);
    return { kind: "in", who: { kind: "person", credential, session, permits: { pty, forwards, agent }, since } };
  }

  async #enterTunnel(sessionId: string, key: Buffer): Promise<Answer> {
    const publicKey = `ssh-ed25519 ${key.toString("base64")}`;
    const paths = await this.#options.hub.tunnel({ session: sessionId, publicKey, address: this.#address });
    return paths === null ? NO : { kind: "in", who: { kind: "tunnel", sessionId, paths } };
  }
}

/**
 * ssh2 takes a signature's own name off, where that is the key's, and turns ECDSA's two numbers into ASN.1. What it
 * does not know (security tokens) it leaves: signature, flags, counter.
 */
function toSignature({ key, hashAlgo }: PublicKeyAuthContext, bytes: Buffer): Signature {
  if (key.algo.startsWith("sk-")) {
    if (bytes.length < 5) throw new Malformed("the signature ends too early");
    const token = { flags: bytes.readUInt8(bytes.length - 5), counter: bytes.subarray(-4) };
    return { algorithm: key.algo, bytes: bytes.subarray(0, -5), encoding: "wire", token };
  }
  if (key.algo === "ssh-rsa")
    return { algorithm: hashAlgo === undefined ? "ssh-rsa" : `rsa-sha2-${hashAlgo.slice(3)}`, bytes, encoding: "wire", token: null };
  return { algorithm: key.algo, bytes, encoding: key.algo.startsWith("ecdsa-") ? "der" : "wire", token: null };
}

function earlier(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : Math.min(one, other);
}

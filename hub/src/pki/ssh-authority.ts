/**
 * Fairway's two SSH certificate authorities, in `STATE_DIR/ssh-ca`. Two, never one: `login` is trusted by login
 * nodes, where it opens any person's account; `door` by our own door alone. So what a person gets from
 * `fairway login` is worth nothing at a login node.
 *
 * The login authority's key is read from its file at each use, so that the end of a rotation needs no restart. The
 * door's is the one of this process's start: the door asks for the authorities whenever the hub has started, and
 * nothing may be signed by one that it does not know yet.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { createOnce } from "../config/secrets.ts";
import { signUserCertificate } from "./ssh-certificate.ts";
import { makeSshKey, type SshKeyPair } from "./ssh-ed25519.ts";
import { readPrivateSshKey, writePublic } from "./ssh-key-file.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** For login nodes whose clock is behind. */
const EARLIER_MS = 5 * MINUTE_MS;
/** The hub asks for one whenever it needs one. */
const MAX_LOGIN_LIFE_MS = 60 * MINUTE_MS;
/** The configuration's own bound of `certificate_life`. */
const MAX_DOOR_LIFE_MS = 7 * DAY_MS;
/** So long a former door authority is listened to: a week until the hub is started again, and a certificate's life. */
const FORMER_MS = 2 * MAX_DOOR_LIFE_MS;
/** What a person's ssh asks for. The door decides what it gives. */
const DOOR_EXTENSIONS = ["permit-agent-forwarding", "permit-port-forwarding", "permit-pty"];
/** An account of a person, as a login node's sshd compares it. */
const ACCOUNT = /^[A-Za-z_][A-Za-z0-9_.@-]{0,63}$/;

export interface LoginCertificateRequest {
  /** The account on the login node. */
  readonly user: string;
  readonly publicKey: string;
  /** At most an hour. */
  readonly lifeMs: number;
  readonly now: number;
  /** For the login node's log: "submit", "terminal". */
  readonly why?: string;
  /** Without it the certificate runs commands and has no terminal. */
  readonly terminal?: boolean;
}

export interface DoorCertificateRequest {
  /** Becomes the key id, by which it is known and revoked. */
  readonly id: string;
  readonly user: string;
  readonly publicKey: string;
  readonly lifeMs: number;
  readonly now: number;
}

export interface SshAuthority {
  /** @returns the line for `id-cert.pub`. @throws SshFormatError for a key of no known type */
  signLoginCertificate(request: LoginCertificateRequest): string;
  /** The same; `lifeMs` at most 7 days. */
  signDoorCertificate(request: DoorCertificateRequest): string;
  /** What login nodes trust: who signs now, and who will once a rotation is finished. */
  loginAuthorities(): { readonly current: string; readonly next: string | null };
  /** What the door trusts: who signs, and who signed what may still be valid. */
  doorAuthorities(now: number): string[];
}

interface Files {
  readonly login: string;
  readonly nextLogin: string;
  readonly door: string;
  /** Lines of `EPOCH_MS TYPE BASE64 COMMENT`: until when, and what. */
  readonly formerDoors: string;
}

/** Makes the authorities on the first start. @throws when their keys could be read or written by others, or are damaged */
export function openSshAuthority(stateDir: string): SshAuthority {
  const files = openFiles(stateDir);
  const door = readPrivateSshKey(files.door);
  readPrivateSshKey(files.login);
  return {
    signLoginCertificate: ({ user, publicKey, lifeMs, now, why = "command", terminal = false }) => {
      ensureAccount(user);
      if (lifeMs > MAX_LOGIN_LIFE_MS) throw new Error("a certificate for a login node lives an hour at most");
      const keyId = `fairway: ${user} (${why.replace(/[^\x20-\x7e]/g, "?").slice(0, 100)})`;
      const extensions = terminal ? ["permit-pty"] : [];
      const times = { notBefore: now - EARLIER_MS, notAfter: now + lifeMs };
      return signUserCertificate({ publicKey, keyId, principal: user, ...times, extensions }, readPrivateSshKey(files.login));
    },
    signDoorCertificate: ({ id, user, publicKey, lifeMs, now }) => {
      ensureAccount(user);
      if (lifeMs > MAX_DOOR_LIFE_MS) throw new Error("a certificate for the door lives seven days at most");
      const times = { notBefore: now - EARLIER_MS, notAfter: now + lifeMs };
      const certificate = { publicKey, keyId: id, principal: user, ...times, extensions: DOOR_EXTENSIONS };
      return signUserCertificate(certificate, door);
    },
    loginAuthorities: () => ({
      current: readPrivateSshKey(files.login).publicKey,
      next: existsSync(files.nextLogin) ? readPrivateSshKey(files.nextLogin).publicKey : null,
    }),
    doorAuthorities: (now) => [...new Set([readPrivateSshKey(files.door).publicKey, ...readFormer(files, now).map(({ line }) => line)])],
  };
}

/**
 * First step: the login authority's next key is made, and login nodes must be told of it before it signs.
 * @throws when that was done already
 */
export function prepareLoginRotation(stateDir: string, now: number): void {
  const files = openFiles(stateDir);
  if (existsSync(files.nextLogin)) throw new Error("The next login authority is there already: finish its rotation.");
  createOnce(files.nextLogin, newAuthority("login", now).privateKey);
}

/** Second step: from now on the next key signs. The former one is gone: its certificates lived an hour at most. */
export function finishLoginRotation(stateDir: string): void {
  const files = openFiles(stateDir);
  if (!existsSync(files.nextLogin)) throw new Error("There is no next login authority yet: run the rotation without --finish first.");
  readPrivateSshKey(files.nextLogin);
  renameSync(files.nextLogin, files.login);
}

/**
 * Another key signs people's certificates from the hub's next start on. What the former one signed stays valid to its
 * end, if the hub is started again within this time.
 */
export function rotateDoorAuthority(stateDir: string, now: number): void {
  const files = openFiles(stateDir);
  const { publicKey } = readPrivateSshKey(files.door);
  const former = [...readFormer(files, now), { until: now + FORMER_MS, line: publicKey }];
  // Trusted as a former one before it is none: in between nothing is refused.
  writePublic(files.formerDoors, former.map(({ until, line }) => `${until} ${line}\n`).join(""));
  const next = `${files.door}.next.${now}`;
  createOnce(next, newAuthority("door", now).privateKey);
  renameSync(next, files.door);
}

function openFiles(stateDir: string): Files {
  const directory = join(stateDir, "ssh-ca");
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  // A key that root makes in the hub's folder is one that the hub cannot read.
  if (statSync(stateDir).uid !== process.geteuid?.()) {
    throw new Error(`${stateDir} belongs to another account. Run this as that one.`);
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const files = {
    login: join(directory, "login.key"),
    nextLogin: join(directory, "login.next.key"),
    door: join(directory, "door.key"),
    formerDoors: join(directory, "door.former"),
  };
  if (!existsSync(files.login)) createOnce(files.login, newAuthority("login", Date.now()).privateKey);
  if (!existsSync(files.door)) createOnce(files.door, newAuthority("door", Date.now()).privateKey);
  return files;
}

function newAuthority(name: "login" | "door", now: number): SshKeyPair {
  return makeSshKey(`fairway-${name}-ca-${new Date(now).toISOString().slice(0, 10)}`);
}

function readFormer({ formerDoors }: Files, now: number): { until: number; line: string }[] {
  if (!existsSync(formerDoors)) return [];
  const lines = readFileSync(formerDoors, "utf8").split("\n").filter(Boolean);
  const former = lines.map((line) => ({ until: Number.parseInt(line, 10), line: line.slice(line.indexOf(" ") + 1) }));
  return former.filter(({ until }) => until > now);
}

/** Root is nobody's account here, whatever a login node would say to it. */
function ensureAccount(user: string): void {
  if (!ACCOUNT.test(user) || user === "root") throw new Error(`no certificate is signed for the account ${JSON.stringify(user)}`);
}

/**
 * What the door (people's SSH, jobs' tunnels, browser terminals) asks the hub, over the internal Unix socket that the
 * edge's feed is on. The door proves possession (signatures, the certificate's validity); the hub says who that is and
 * what they may. The door also follows the feed, for revocations and for sessions that end.
 */
import { z } from "zod";
import { Upstream } from "./feed.ts";
import { ConfigName, SessionId, SessionName, UserName } from "./names.ts";

/** Who stands behind a connection: what its revocation names. `expiresAt` null: until it is revoked. */
export const DoorCredential = z.object({
  kind: z.enum(["token", "ssh-key", "certificate", "login"]),
  id: z.string(),
  user: z.string(),
  expiresAt: z.number().nullable(),
});
export type DoorCredential = z.infer<typeof DoorCredential>;

/** `GET /door/keys`: what the door needs at its start. Public halves only, but for its own host key. */
export const DoorKeys = z.object({
  hostKey: z.string().describe("OpenSSH private key of the door"),
  certificateAuthorities: z.array(z.string()).describe("public keys, authorized_keys form, that sign people's certificates"),
});
export type DoorKeys = z.infer<typeof DoorKeys>;

/** `POST /door/sign-in`. 401 for no; the hub counts failures by address and answers 429 when there were too many. */
export const DoorSignIn = z
  .object({
    user: UserName,
    address: z.string().max(64),
    proof: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("token"), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
      z.object({ kind: z.literal("ssh-key"), fingerprint: z.string().max(100) }),
      z.object({ kind: z.literal("certificate"), id: z.string().max(100) }),
    ]),
  })
  .strict();
export type DoorSignIn = z.infer<typeof DoorSignIn>;

/** How the door comes in: an sshd of the person's own, its key pinned, a key that it lets in. */
export const DoorTarget = z.object({
  upstream: Upstream,
  preamble: z.string().describe('what the door sends before any SSH: an sshd that is started for this one connection reads it; mostly ""'),
  account: z.string(),
  hostKey: z.string().describe("authorized_keys form"),
  privateKey: z.string().describe("OpenSSH form"),
});
export type DoorTarget = z.infer<typeof DoorTarget>;

/** `POST /door/enter`: this person wants into that session ("" or null: the default, else the newest open one). */
export const DoorEnter = z.object({ credential: DoorCredential, session: SessionName.nullable(), id: SessionId.optional() }).strict();
export type DoorEnter = z.infer<typeof DoorEnter>;
const DoorRefusal = z.object({ kind: z.literal("refused"), line: z.string(), next: z.string().nullable() });
export type DoorRefusal = z.infer<typeof DoorRefusal>;
/** Asked again every second or two while it waits. `line`: for the person's terminal. */
export const DoorEntry = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("open"), sessionId: z.string(), sessionName: z.string(), target: DoorTarget }),
  z.object({ kind: z.literal("waiting"), sessionId: z.string(), sessionName: z.string(), line: z.string() }),
  DoorRefusal,
]);
export type DoorEntry = z.infer<typeof DoorEntry>;

/** `POST /door/login-node`: this person wants a shell on the login node of that cluster. */
export const DoorLogin = z.object({ credential: DoorCredential, cluster: ConfigName }).strict();
export type DoorLogin = z.infer<typeof DoorLogin>;
export const DoorLoginEntry = z.discriminatedUnion("kind", [z.object({ kind: z.literal("open"), target: DoorTarget }), DoorRefusal]);
export type DoorLoginEntry = z.infer<typeof DoorLoginEntry>;

/** `POST /door/tunnel`: a job dialled out. 403 for no. The door listens at these paths while the job's ssh lives. */
export const DoorTunnel = z.object({ session: SessionId, publicKey: z.string().max(1000), address: z.string().max(64) }).strict();
export type DoorTunnel = z.infer<typeof DoorTunnel>;
export const DoorTunnelPaths = z.object({
  app: z.string().describe("Unix socket; also the only name the job may ask for"),
  sshd: z.string(),
});
export type DoorTunnelPaths = z.infer<typeof DoorTunnelPaths>;

/** `POST /door/audit`: what was refused or done, for the site's audit log. */
export const DoorAudit = z
  .object({
    credential: DoorCredential.nullable(),
    user: z.string().max(64),
    address: z.string().max(64),
    action: z.string().max(60).describe("door.shell, door.exec, door.sftp, door.forward, door.tunnel, door.terminal, door.sign-in"),
    target: z.string().max(100).nullable(),
    outcome: z.enum(["done", "refused"]),
    detail: z.string().max(500).nullable().describe("never a secret, never a command's text"),
  })
  .strict();
export type DoorAudit = z.infer<typeof DoorAudit>;

/** Sent with a browser's terminal from the edge to the door, on a Unix socket that only they reach. */
export const TERMINAL_CREDENTIAL_HEADER = "x-fairway-credential";

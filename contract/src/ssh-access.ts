/**
 * People's ways in by SSH and by a browser's help: their keys, certificates that `fairway login` fetches, and the
 * device sign-in (RFC 8628 in spirit: a program shows a short code, the person confirms it in the browser).
 */
import { z } from "zod";

const EpochMs = z.number().int();
const Id = z.string();

/** One line of `authorized_keys` without options: type, base64, comment. */
export const PublicKeyLine = z
  .string()
  .max(4000)
  .regex(/^[a-z0-9@.-]+ [A-Za-z0-9+/=]+(?: [^\r\n]*)?$/, 'a public key is one line: "ssh-ed25519 AAAA… comment"');

export const SshKey = z.object({
  id: Id,
  note: z.string(),
  fingerprint: z.string().describe("SHA256:…, as ssh-keygen -l shows it"),
  type: z.string(),
  createdAt: EpochMs,
  lastUsedAt: EpochMs.nullable(),
});
export type SshKey = z.infer<typeof SshKey>;
export const SshKeyList = z.object({ keys: z.array(SshKey) });
export const SshKeyRequest = z.object({ publicKey: PublicKeyLine, note: z.string().max(100).default("") }).strict();

export const SshCertificate = z.object({
  id: Id.describe("also the certificate's key id"),
  fingerprint: z.string().describe("of the key that it certifies"),
  createdAt: EpochMs,
  expiresAt: EpochMs,
});
export type SshCertificate = z.infer<typeof SshCertificate>;
export const SshCertificateList = z.object({ certificates: z.array(SshCertificate) });
export const SshCertificateRequest = z.object({ publicKey: PublicKeyLine }).strict();
/** `certificate`: the line for `id-cert.pub`. */
export const NewSshCertificate = z.object({ certificate: z.string(), info: SshCertificate });

/** What `fairway ssh-config` and the portal write into people's hands. */
export const SshAccess = z.object({
  host: z.string(),
  port: z.number().int(),
  knownHosts: z.array(z.string()).describe("lines for known_hosts"),
  agentForwarding: z.boolean(),
  defaultProfile: z.string().nullable().describe("what is launched for who connects and has no session"),
});
export type SshAccess = z.infer<typeof SshAccess>;

export const DeviceStart = z.object({ note: z.string().min(1).max(100).describe("what asks: shown to the person who confirms") }).strict();
export const DeviceStarted = z.object({
  deviceCode: z.string().describe("the program's secret"),
  userCode: z.string().describe("what the person compares: ABCD-EFGH"),
  verificationPath: z.string().describe("the portal's page, with the code"),
  expiresInSeconds: z.number().int(),
  intervalSeconds: z.number().int(),
});
export type DeviceStarted = z.infer<typeof DeviceStarted>;
export const DevicePoll = z.object({ deviceCode: z.string().max(100) }).strict();
/** A token once it is confirmed, this once. */
export const DeviceAnswer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("waiting") }),
  z.object({ kind: z.literal("refused") }),
  z.object({ kind: z.literal("expired") }),
  z.object({ kind: z.literal("confirmed"), token: z.string(), user: z.string() }),
]);
export type DeviceAnswer = z.infer<typeof DeviceAnswer>;
export const UserCode = z.string().regex(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/);
export const DeviceRequest = z.object({
  userCode: z.string(),
  note: z.string(),
  address: z.string(),
  createdAt: EpochMs,
  expiresAt: EpochMs,
});
export type DeviceRequest = z.infer<typeof DeviceRequest>;
export const DeviceVerdict = z.object({ confirm: z.boolean() }).strict();

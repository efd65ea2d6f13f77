/** What a job that was let in is told: the secrets of its run, and how it will be reached. */
import type { EnrolAnswer, EnrolRequest } from "@fairway/contract/jobs.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { type TunnelEntry, toKnownHosts } from "../routes/tunnel-entry.ts";
import type { SessionRow } from "../store/schema.ts";
import { deriveSessionKeys, deriveSshKeys, makeSessionCertificate } from "./session-keys.ts";

export interface EnrolAnswerOptions {
  readonly masterKey: Buffer;
  readonly now: () => number;
  /** Null: this site has no door, so neither tunnels nor ssh into sessions. */
  readonly tunnels: TunnelEntry | null;
}

/** `cluster` undefined: this site no longer has it. */
export function toEnrolAnswer(
  row: SessionRow,
  request: EnrolRequest,
  cluster: Cluster | undefined,
  options: EnrolAnswerOptions,
): EnrolAnswer {
  const { masterKey, tunnels } = options;
  const keys = deriveSessionKeys(masterKey, row.id, request.restarts);
  const shared = { FAIRWAY_SECRET: keys.secret, FAIRWAY_ROUTE: row.route ?? "direct" };
  if (cluster === undefined) return { ...shared, ...toTls(keys.keyPem, row, options) };
  const hasSshd = tunnels !== null && request.sshd === 1 && cluster.config.ssh_into_sessions;
  const isTunnel = tunnels !== null && row.route === "tunnel";
  const ssh = hasSshd || isTunnel ? deriveSshKeys(masterKey, row.id, request.restarts) : null;
  return {
    ...shared,
    // A Unix socket at the end of a tunnel needs no key of its own: nobody else is led there.
    ...(row.port === null ? {} : toTls(keys.keyPem, row, options)),
    ...(ssh === null || !isTunnel
      ? {}
      : {
          FAIRWAY_TUNNEL_TO: tunnels.addressFor(cluster),
          FAIRWAY_TUNNEL_KEY: toBase64(ssh.tunnel.privateKey),
          FAIRWAY_TUNNEL_KNOWN_HOSTS: toBase64(toKnownHosts(tunnels)),
        }),
    ...(ssh === null || !hasSshd
      ? {}
      : { FAIRWAY_SSHD_HOST_KEY: toBase64(ssh.host.privateKey), FAIRWAY_SSHD_AUTHORIZED_KEY: toBase64(ssh.door.publicKey) }),
  };
}

function toTls(keyPem: string, row: SessionRow, { now }: EnrolAnswerOptions) {
  return { FAIRWAY_KEY: toBase64(keyPem), FAIRWAY_CERT: toBase64(makeSessionCertificate(keyPem, row.id, now())) };
}

const toBase64 = (text: string) => Buffer.from(text).toString("base64");

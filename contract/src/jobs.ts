/**
 * What a job says to the hub, and what it is told.
 *
 * A job comes with an enrolment token (its one secret in the scheduler's spool), exchanges it once
 * for the session's secret and key, and says where it will listen. Bodies are form-encoded and the
 * answer is `KEY=value` lines, so that POSIX sh can speak it with curl, wget or python3 alone.
 */
import { z } from "zod";
import { SessionId } from "./names.ts";

const Port = z.coerce.number().int().min(1).max(65535);
const Host = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/);

const Flag = z.coerce.number().int().min(0).max(1).default(0);

/**
 * `nonce` is made by the job and told to nobody else: the same token with the same nonce may be
 * asked again (an answer was lost), any other second use is refused.
 */
export const EnrolRequest = z
  .object({
    session: SessionId,
    token: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    nonce: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
    job: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9_.+-]+$/),
    restarts: z.coerce.number().int().min(0).max(100_000).default(0),
    host: Host,
    port: Port,
    ssh: Flag.describe("1: the node has an ssh client, so a tunnel is possible"),
    sshd: Flag.describe("1: the node has an sshd, so people can ssh into the session"),
    socket: Flag.describe("1: the app can listen on a Unix socket, so a tunnel needs no port on the node"),
  })
  .strict();
export type EnrolRequest = z.infer<typeof EnrolRequest>;

/**
 * The answer's lines. ROUTE is how the gateway will come: `direct` and `ssh` to HOST:PORT, `tunnel` to what the job's
 * own ssh brings to TUNNEL_TO. Keys are base64 of OpenSSH's or PEM's text. What a site has not set up is left out.
 */
export const ENROL_ANSWER = [
  "FAIRWAY_SECRET",
  "FAIRWAY_KEY",
  "FAIRWAY_CERT",
  "FAIRWAY_ROUTE",
  "FAIRWAY_TUNNEL_TO",
  "FAIRWAY_TUNNEL_KEY",
  "FAIRWAY_TUNNEL_KNOWN_HOSTS",
  "FAIRWAY_SSHD_HOST_KEY",
  "FAIRWAY_SSHD_AUTHORIZED_KEY",
] as const;
export type EnrolAnswer = Readonly<Partial<Record<(typeof ENROL_ANSWER)[number], string>>>;

/** Said with the session's secret: the port had to change, its sshd listens, or the app ended with this code. */
export const ReportRequest = z
  .object({
    session: SessionId,
    secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    host: Host.optional(),
    port: Port.optional(),
    sshd: Port.optional().describe("where the session's sshd listens on the node; said once the app listens, too"),
    exit: z.coerce.number().int().min(0).max(255).optional(),
  })
  .strict();
export type ReportRequest = z.infer<typeof ReportRequest>;

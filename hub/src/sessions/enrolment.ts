/**
 * A job's own calls. It enrols once with its one-use token and gets the secrets of its run; later it
 * may say, with that secret, that it had to move or how its app ended. Whoever cannot show the right
 * token or secret learns nothing, not even whether the session exists.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { AppError } from "@fairway/contract/errors.ts";
import type { EnrolRequest, ReportRequest } from "@fairway/contract/jobs.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { SessionChanges } from "./changes.ts";
import { deriveEnrolToken, deriveSessionKeys, makeSessionCertificate } from "./session-keys.ts";

export interface EnrolmentOptions {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly masterKey: Buffer;
  readonly now: () => number;
  readonly kick: (cluster: string) => void;
}

/** @throws enrolment_refused; cluster_away when it is to ask again in a moment */
export async function enrol(request: EnrolRequest, options: EnrolmentOptions): Promise<Record<string, string>> {
  ensureSame(request.token, deriveEnrolToken(options.masterKey, request.session));
  const nonceHash = createHash("sha256").update(request.nonce).digest("hex");
  let verdict: Verdict = "refused";
  const event = {
    kind: "enrolled" as const,
    jobId: request.job,
    restarts: request.restarts,
    nonceHash,
    host: request.host,
    port: request.port,
    route: null,
    detail: null,
  };
  // Decided within the session's turn: of two that come at once with the same token, one is first.
  const row = await options.changes.apply(request.session, event, (current) => {
    verdict = judge(current, request, nonceHash);
    return verdict === "allowed";
  });
  if (row === null) throw refused();
  if (verdict !== "refused") options.kick(row.cluster);
  ensureAllowed(verdict);
  const keys = deriveSessionKeys(options.masterKey, row.id, request.restarts);
  const certificate = makeSessionCertificate(keys.keyPem, row.id, options.now());
  return { FAIRWAY_SECRET: keys.secret, FAIRWAY_KEY: toBase64(keys.keyPem), FAIRWAY_CERT: toBase64(certificate) };
}

type Verdict = "allowed" | "refused" | "not_yet";

/**
 * Allowed: first use, or the same asker again, whose answer was lost. Not yet: the same job says that it
 * was requeued, and the cluster has not told us so; the token lives again only on the cluster's word.
 */
function judge(row: SessionRow, request: EnrolRequest, nonceHash: string): Verdict {
  if (row.state === "ended" || row.state === "stopping") return "refused";
  if (row.jobId !== null && row.jobId !== request.job) return "refused";
  if (row.enrolledAt === null) return request.restarts >= row.restarts ? "allowed" : "refused";
  const enrolledRestarts = row.enrolledRestarts ?? 0;
  if (request.restarts > enrolledRestarts) return "not_yet";
  const isSameAsker = row.enrolNonceHash === nonceHash && enrolledRestarts === request.restarts;
  return isSameAsker && row.readyAt === null ? "allowed" : "refused";
}

/** The job asks again after a 5xx, and ends after a 403. */
function ensureAllowed(verdict: Verdict): void {
  if (verdict === "refused") throw refused();
  if (verdict === "not_yet")
    throw new AppError("cluster_away", "The cluster has not told yet that this job was requeued.", { retryAfterSeconds: 2 });
}

/** @throws enrolment_refused */
export async function report(request: ReportRequest, options: EnrolmentOptions): Promise<void> {
  const row = await options.store.get(request.session);
  const restarts = row?.enrolledRestarts ?? 0;
  ensureSame(request.secret, deriveSessionKeys(options.masterKey, request.session, restarts).secret);
  if (row === null) throw refused();
  const isSameRun = (current: SessionRow) => current.enrolledAt !== null && current.enrolledRestarts === restarts;
  if (request.host !== undefined && request.port !== undefined) {
    await options.changes.apply(row.id, { kind: "moved", host: request.host, port: request.port }, isSameRun);
    // It says so once it listens: the moment to ask.
    options.changes.nudge(row.id);
  }
  if (request.exit !== undefined) {
    await options.changes.apply(row.id, { kind: "app-exited", exitCode: request.exit }, isSameRun);
    options.kick(row.cluster);
  }
}

function ensureSame(given: string, expected: string): void {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  if (a.length !== b.length || !timingSafeEqual(a, b)) throw refused();
}

function refused(): AppError {
  return new AppError("enrolment_refused", "The token is not valid, or was used already.");
}

const toBase64 = (text: string) => Buffer.from(text).toString("base64");

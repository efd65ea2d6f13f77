/**
 * A job's own calls. It enrols once with its one-use token and gets the secrets of its run; later it
 * may say, with that secret, that it had to move or how its app ended. Whoever cannot show the right
 * token or secret learns nothing, not even whether the session exists.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { AppError } from "@fairway/contract/errors.ts";
import type { EnrolAnswer, EnrolRequest, ReportRequest } from "@fairway/contract/jobs.ts";
import { isOpen } from "@fairway/contract/states.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { RouteChoice } from "../routes/choose-route.ts";
import type { Routing } from "../routes/index.ts";
import type { SessionRow } from "../store/schema.ts";
import type { SessionStore } from "../store/sessions.ts";
import type { SessionChanges } from "./changes.ts";
import { type EnrolAnswerOptions, toEnrolAnswer } from "./enrol-answer.ts";
import { deriveEnrolToken, deriveSessionKeys } from "./session-keys.ts";

export interface EnrolmentOptions extends Omit<EnrolAnswerOptions, "tunnels"> {
  readonly store: SessionStore;
  readonly changes: SessionChanges;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly routing: Pick<Routing, "chooser" | "health" | "tunnels">;
  readonly kick: (cluster: string) => void;
}

/** @throws enrolment_refused; cluster_away when it is to ask again in a moment */
export async function enrol(request: EnrolRequest, options: EnrolmentOptions): Promise<EnrolAnswer> {
  ensureSame(request.token, deriveEnrolToken(options.masterKey, request.session));
  const nonceHash = createHash("sha256").update(request.nonce).digest("hex");
  const { route, detail } = await chooseRoute(request, nonceHash, options);
  let verdict: Verdict = "refused";
  const event = {
    kind: "enrolled" as const,
    jobId: request.job,
    restarts: request.restarts,
    nonceHash,
    host: request.host,
    port: route === "tunnel" && request.socket === 1 ? null : request.port,
    route,
    detail,
  };
  // Decided within the session's turn: of two that come at once with the same token, one is first.
  const row = await options.changes.apply(request.session, event, (current) => {
    verdict = judge(current, request, nonceHash);
    return verdict === "allowed";
  });
  if (row === null) throw refused();
  if (verdict !== "refused") options.kick(row.cluster);
  ensureAllowed(verdict);
  return toEnrolAnswer(row, request, options.clusters.get(row.cluster), { ...options, tunnels: options.routing.tunnels });
}

/** Nothing is tried for who will be refused. Who asks again, since the answer was lost, is answered the same. */
async function chooseRoute(request: EnrolRequest, nonceHash: string, options: EnrolmentOptions): Promise<RouteChoice> {
  const row = await options.store.get(request.session);
  const cluster = row === null ? undefined : options.clusters.get(row.cluster);
  if (row === null || cluster === undefined || judge(row, request, nonceHash) !== "allowed") return { route: "direct", detail: null };
  if (row.enrolledAt !== null) return { route: row.route ?? "direct", detail: row.detail };
  return options.routing.chooser.choose(row, cluster, { host: request.host, port: request.port, hasSsh: request.ssh === 1 });
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

type ReportOptions = Pick<EnrolmentOptions, "masterKey" | "store" | "changes" | "kick"> & {
  readonly routing: { readonly health: Pick<Routing["health"], "noteListening"> };
};

/** @throws enrolment_refused */
export async function report(request: ReportRequest, options: ReportOptions): Promise<void> {
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
  if (request.sshd !== undefined) {
    const after = await options.changes.apply(row.id, { kind: "sshd-listens", port: request.sshd }, isSameRun);
    // Noted after the end nobody would forget it; and what an earlier run says is not said by the next.
    if (after !== null && isOpen(after.state) && isSameRun(after)) options.routing.health.noteListening(row.id);
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

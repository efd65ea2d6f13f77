/** A session's row -> the job that is asked for. What a job may be told is this list and nothing else. */
import { JOB_PATHS } from "@fairway/contract/api.ts";
import { toSessionPath } from "@fairway/contract/names.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { ClusterConfig } from "../config/load.ts";
import type { JobRequest } from "../schedulers/types.ts";
import type { SessionRow } from "../store/schema.ts";
import { deriveEnrolToken, derivePorts } from "./session-keys.ts";

export interface JobContext {
  readonly masterKey: Buffer;
  readonly baseUrl: string;
  readonly publicUrl: string | null;
  /** PEM of the authority that a cluster's jobs pin for their callback; "system" for the node's own store. */
  readonly callbackAuthority: (cluster: Cluster) => string;
}

/** What of a session its job is told. */
export type JobSubject = Pick<SessionRow, "id" | "user" | "name" | "app" | "profile" | "resources" | "workingDirectory" | "jobName">;

export function toJobRequest(row: JobSubject, cluster: Cluster, context: JobContext): JobRequest {
  const { config } = cluster;
  return {
    user: row.user,
    jobName: row.jobName,
    sessionId: row.id,
    app: row.app,
    resources: row.resources,
    workingDirectory: row.workingDirectory,
    comment: JSON.stringify({ fairway: { user: row.user, name: row.name, app: row.app, profile: row.profile } }),
    values: {
      FAIRWAY_SESSION: row.id,
      FAIRWAY_APP: row.app,
      FAIRWAY_ENROL_TOKEN: deriveEnrolToken(context.masterKey, row.id),
      FAIRWAY_ENROL_URL: enrolUrl(config.callback_url ?? context.publicUrl, context.baseUrl),
      FAIRWAY_CA: toCaValue(context.callbackAuthority(cluster)),
      FAIRWAY_PORTS: derivePorts(context.masterKey, row.id, config.ports).join(" "),
      FAIRWAY_BASE_URL: `${context.baseUrl.slice(0, -1)}${toSessionPath(row.user, row.name)}`,
      FAIRWAY_ADDRESS: config.scheduler === "local" ? "loopback" : config.node_address,
      FAIRWAY_TLS: config.pinned_tls ? "1" : "0",
      ...proxiesOf(config),
      ...(row.workingDirectory === null ? {} : { FAIRWAY_WORKDIR: row.workingDirectory }),
    },
  };
}

/** The proxy that stands before the gateway itself, and those of the site for everything else. */
function proxiesOf({ tunnel_proxy: tunnel, outbound }: ClusterConfig): Record<string, string> {
  const values = {
    FAIRWAY_TUNNEL_PROXY: tunnel,
    FAIRWAY_HTTP_PROXY: outbound.http_proxy,
    FAIRWAY_HTTPS_PROXY: outbound.https_proxy,
    FAIRWAY_NO_PROXY: outbound.no_proxy,
  };
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => (entry[1] ?? "") !== ""));
}

/** The job appends `/enrol` and `/report`. */
function enrolUrl(url: string | null, baseUrl: string): string {
  if (url === null) throw new Error("neither callback_url nor public_url is set"); // config/consistency.ts refuses such a file
  return `${url.replace(/\/+$/, "")}${baseUrl.slice(0, -1)}${JOB_PATHS.enrol.replace(/\/enrol$/, "")}`;
}

function toCaValue(authority: string): string {
  return authority === "system" || authority === "none" ? authority : Buffer.from(authority).toString("base64");
}

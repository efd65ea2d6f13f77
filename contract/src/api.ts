/**
 * Fairway's own HTTP API as a table. The hub registers its routes from it, OpenAPI is generated
 * from it, portal and CLI take their types from it. Paths are below the base URL.
 */
import { z } from "zod";
import { ClusterList, Me, NewToken, SignInRequest, Site, TokenList, TokenRequest } from "./accounts.ts";
import { ClusterOffer, FileList, FileQuery } from "./clusters.ts";
import { AlternativeList, ExtendRequest, LaunchCheck, LaunchPreview, StartInsteadRequest } from "./launching.ts";
import { ConfigName, SessionId } from "./names.ts";
import { ProfileList } from "./profiles.ts";
import type { Scope } from "./scopes.ts";
import { LaunchRequest, LogChunk, LogQuery, Session, SessionList, SessionQuery } from "./sessions.ts";
import {
  DeviceAnswer,
  DevicePoll,
  DeviceRequest,
  DeviceStart,
  DeviceStarted,
  DeviceVerdict,
  NewSshCertificate,
  SshAccess,
  SshCertificateList,
  SshCertificateRequest,
  SshKey,
  SshKeyList,
  SshKeyRequest,
  UserCode,
} from "./ssh-access.ts";

export interface ApiOperation {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly summary: string;
  /** The scope needed; "anyone" needs no sign-in at all. */
  readonly scope: Scope | "anyone";
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly status: number;
  /** JSON answer; absent: no body. */
  readonly response?: z.ZodType;
  /** Server-sent events of this shape instead of one answer. */
  readonly events?: z.ZodType;
}

const ById = z.object({ id: SessionId });
const ByClusterName = z.object({ name: ConfigName });
const ByTokenId = z.object({ id: z.string().regex(/^[a-z2-9]{12}$/) });
const ByUserCode = z.object({ code: UserCode });

export const SessionEvent = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("session"), session: Session }),
  z.object({ kind: z.literal("clusters"), clusters: ClusterList.shape.clusters }),
]);
export type SessionEvent = z.infer<typeof SessionEvent>;

export const API = {
  site: {
    method: "GET",
    path: "/api/v1/site",
    summary: "What the sign-in page needs to know",
    scope: "anyone",
    status: 200,
    response: Site,
  },
  signIn: {
    method: "POST",
    path: "/api/v1/sign-in",
    summary: "Sign in with a password; sets the cookies",
    scope: "anyone",
    body: SignInRequest,
    status: 200,
    response: Me,
  },
  signOut: {
    method: "POST",
    path: "/api/v1/sign-out",
    summary: "Sign out here; open sockets of this sign-in are closed",
    scope: "self",
    status: 204,
  },
  me: { method: "GET", path: "/api/v1/me", summary: "Who am I, and what may I do", scope: "read:hub", status: 200, response: Me },
  profiles: {
    method: "GET",
    path: "/api/v1/profiles",
    summary: "What I can launch",
    scope: "read:hub",
    status: 200,
    response: ProfileList,
  },
  clusters: {
    method: "GET",
    path: "/api/v1/clusters",
    summary: "The clusters and their health",
    scope: "read:hub",
    status: 200,
    response: ClusterList,
  },
  cluster: {
    method: "GET",
    path: "/api/v1/clusters/:name",
    summary: "What a cluster offers me: partitions, accounts, QoS, reservations, and what is free",
    scope: "read:hub",
    params: ByClusterName,
    status: 200,
    response: ClusterOffer,
  },
  files: {
    method: "GET",
    path: "/api/v1/clusters/:name/files",
    summary: "One of my folders there, for choosing a file",
    scope: "start:servers",
    params: ByClusterName,
    query: FileQuery,
    status: 200,
    response: FileList,
  },
  checkLaunch: {
    method: "POST",
    path: "/api/v1/launches/check",
    summary: "Would this launch be accepted, when would it start, and what would start at once",
    scope: "start:servers",
    body: LaunchRequest,
    status: 200,
    response: LaunchCheck,
  },
  previewLaunch: {
    method: "POST",
    path: "/api/v1/launches/preview",
    summary: "The job that this launch would submit, as sbatch and as curl",
    scope: "start:servers",
    body: LaunchRequest,
    status: 200,
    response: LaunchPreview,
  },
  listSessions: {
    method: "GET",
    path: "/api/v1/sessions",
    summary: "Sessions, newest first",
    scope: "read:servers",
    query: SessionQuery,
    status: 200,
    response: SessionList,
  },
  launch: {
    method: "POST",
    path: "/api/v1/sessions",
    summary: "Launch a session",
    scope: "start:servers",
    body: LaunchRequest,
    status: 201,
    response: Session,
  },
  session: {
    method: "GET",
    path: "/api/v1/sessions/:id",
    summary: "One session",
    scope: "read:servers",
    params: ById,
    status: 200,
    response: Session,
  },
  stop: {
    method: "DELETE",
    path: "/api/v1/sessions/:id",
    summary: "Stop a session",
    scope: "delete:servers",
    params: ById,
    status: 202,
    response: Session,
  },
  relaunch: {
    method: "POST",
    path: "/api/v1/sessions/:id/relaunch",
    summary: "Launch an ended session again, with the same options",
    scope: "start:servers",
    params: ById,
    status: 201,
    response: Session,
  },
  alternatives: {
    method: "GET",
    path: "/api/v1/sessions/:id/alternatives",
    summary: "What would start at once instead of this waiting session",
    scope: "start:servers",
    params: ById,
    status: 200,
    response: AlternativeList,
  },
  startInstead: {
    method: "POST",
    path: "/api/v1/sessions/:id/start-instead",
    summary: "Stop this waiting session and launch it with other options under the same name",
    scope: "start:servers",
    params: ById,
    body: StartInsteadRequest,
    status: 202,
    response: Session,
  },
  extend: {
    method: "POST",
    path: "/api/v1/sessions/:id/extend",
    summary: "Raise a running session's time limit",
    scope: "start:servers",
    params: ById,
    body: ExtendRequest,
    status: 200,
    response: Session,
  },
  keep: {
    method: "POST",
    path: "/api/v1/sessions/:id/keep",
    summary: "I am still using it: begin its idle time anew",
    scope: "start:servers",
    params: ById,
    status: 200,
    response: Session,
  },
  log: {
    method: "GET",
    path: "/api/v1/sessions/:id/log",
    summary: "The job's log, from an offset",
    scope: "read:servers",
    params: ById,
    query: LogQuery,
    status: 200,
    response: LogChunk,
  },
  logEvents: {
    method: "GET",
    path: "/api/v1/sessions/:id/log/events",
    summary: "The job's log from an offset, and what is added to it",
    scope: "read:servers",
    params: ById,
    query: LogQuery,
    status: 200,
    events: LogChunk,
  },
  sessionEvents: {
    method: "GET",
    path: "/api/v1/sessions/:id/events",
    summary: "Each change of one session",
    scope: "read:servers",
    params: ById,
    status: 200,
    events: SessionEvent,
  },
  events: {
    method: "GET",
    path: "/api/v1/events",
    summary: "Each change of my sessions and of the clusters",
    scope: "read:servers",
    status: 200,
    events: SessionEvent,
  },
  listTokens: {
    method: "GET",
    path: "/api/v1/tokens",
    summary: "My tokens (never their values)",
    scope: "tokens",
    status: 200,
    response: TokenList,
  },
  createToken: {
    method: "POST",
    path: "/api/v1/tokens",
    summary: "Make a token; its value is shown this once",
    scope: "tokens",
    body: TokenRequest,
    status: 201,
    response: NewToken,
  },
  revokeToken: {
    method: "DELETE",
    path: "/api/v1/tokens/:id",
    summary: "Revoke a token at once",
    scope: "tokens",
    params: ByTokenId,
    status: 204,
  },
  sshAccess: {
    method: "GET",
    path: "/api/v1/ssh",
    summary: "How ssh reaches sessions here: host, port and its keys",
    scope: "read:hub",
    status: 200,
    response: SshAccess,
  },
  listSshKeys: { method: "GET", path: "/api/v1/ssh-keys", summary: "My SSH keys", scope: "tokens", status: 200, response: SshKeyList },
  addSshKey: {
    method: "POST",
    path: "/api/v1/ssh-keys",
    summary: "Register a public key: who has its other half may ssh into my sessions",
    scope: "tokens",
    body: SshKeyRequest,
    status: 201,
    response: SshKey,
  },
  removeSshKey: {
    method: "DELETE",
    path: "/api/v1/ssh-keys/:id",
    summary: "Remove a key; what it opened is cut",
    scope: "tokens",
    params: ByTokenId,
    status: 204,
  },
  listCertificates: {
    method: "GET",
    path: "/api/v1/certificates",
    summary: "My SSH certificates that are still valid",
    scope: "tokens",
    status: 200,
    response: SshCertificateList,
  },
  signCertificate: {
    method: "POST",
    path: "/api/v1/certificates",
    summary: "Certify a public key of mine for some hours",
    scope: "tokens",
    body: SshCertificateRequest,
    status: 201,
    response: NewSshCertificate,
  },
  revokeCertificate: {
    method: "DELETE",
    path: "/api/v1/certificates/:id",
    summary: "Revoke a certificate; what it opened is cut",
    scope: "tokens",
    params: ByTokenId,
    status: 204,
  },
  startDeviceSignIn: {
    method: "POST",
    path: "/api/v1/device-sign-ins",
    summary: "A program without a browser asks to be signed in",
    scope: "anyone",
    body: DeviceStart,
    status: 201,
    response: DeviceStarted,
  },
  pollDeviceSignIn: {
    method: "POST",
    path: "/api/v1/device-sign-ins/poll",
    summary: "Has the person confirmed it? The token is handed over once",
    scope: "anyone",
    body: DevicePoll,
    status: 200,
    response: DeviceAnswer,
  },
  deviceSignIn: {
    method: "GET",
    path: "/api/v1/device-sign-ins/:code",
    summary: "What asks to be signed in as me",
    scope: "tokens",
    params: ByUserCode,
    status: 200,
    response: DeviceRequest,
  },
  judgeDeviceSignIn: {
    method: "POST",
    path: "/api/v1/device-sign-ins/:code",
    summary: "Sign that program in as me, or refuse it",
    scope: "tokens",
    params: ByUserCode,
    body: DeviceVerdict,
    status: 204,
  },
} as const satisfies Record<string, ApiOperation>;

export type ApiName = keyof typeof API;

/** Paths of jobs' own calls (form-encoded; see `jobs.ts`) and of the documents. Not for people. */
export const JOB_PATHS = { enrol: "/api/v1/jobs/enrol", report: "/api/v1/jobs/report" } as const;
export const OPENAPI_PATH = "/api/v1/openapi.json";
/** The portal's own pages: the edge answers each with the portal's index. */
export const PORTAL_PATHS = [
  "/hub/home",
  "/hub/login",
  "/hub/token",
  "/hub/admin",
  "/launch",
  "/sessions",
  "/clusters",
  "/device",
  "/terminal",
] as const;

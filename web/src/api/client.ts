/**
 * Fairway's API as typed functions. The shapes come from the contract as types alone: its schemas
 * stay on the server. It holds no state but the XSRF token, and knows no page.
 */
import type { Me, NewToken, Site } from "@fairway/contract/accounts.ts";
import type { API, ApiName } from "@fairway/contract/api.ts";
import type { ClusterOffer, FileList } from "@fairway/contract/clusters.ts";
import type { LaunchCheck, LaunchPreview } from "@fairway/contract/launching.ts";
import type { LaunchRequest, LogChunk, Session } from "@fairway/contract/sessions.ts";
import type { DeviceRequest, SshAccess, SshKey } from "@fairway/contract/ssh-access.ts";
import { toHref } from "../base.ts";
import { toApiError, toOfflineError } from "./api-error.ts";
import type {
  AlternativeList,
  CertificateList,
  ClusterList,
  CreateTokenRequest,
  OptionValues,
  ProfileList,
  SessionFilter,
  SessionList,
  SshKeyList,
  TokenList,
} from "./types.ts";

/** Method and path of each operation; the compiler holds them to the contract's table. */
const ROUTES = {
  site: ["GET", "/api/v1/site"],
  signIn: ["POST", "/api/v1/sign-in"],
  signOut: ["POST", "/api/v1/sign-out"],
  me: ["GET", "/api/v1/me"],
  profiles: ["GET", "/api/v1/profiles"],
  clusters: ["GET", "/api/v1/clusters"],
  cluster: ["GET", "/api/v1/clusters/:name"],
  files: ["GET", "/api/v1/clusters/:name/files"],
  checkLaunch: ["POST", "/api/v1/launches/check"],
  previewLaunch: ["POST", "/api/v1/launches/preview"],
  listSessions: ["GET", "/api/v1/sessions"],
  launch: ["POST", "/api/v1/sessions"],
  session: ["GET", "/api/v1/sessions/:id"],
  stop: ["DELETE", "/api/v1/sessions/:id"],
  relaunch: ["POST", "/api/v1/sessions/:id/relaunch"],
  alternatives: ["GET", "/api/v1/sessions/:id/alternatives"],
  startInstead: ["POST", "/api/v1/sessions/:id/start-instead"],
  extend: ["POST", "/api/v1/sessions/:id/extend"],
  keep: ["POST", "/api/v1/sessions/:id/keep"],
  log: ["GET", "/api/v1/sessions/:id/log"],
  listTokens: ["GET", "/api/v1/tokens"],
  createToken: ["POST", "/api/v1/tokens"],
  revokeToken: ["DELETE", "/api/v1/tokens/:id"],
  sshAccess: ["GET", "/api/v1/ssh"],
  listSshKeys: ["GET", "/api/v1/ssh-keys"],
  addSshKey: ["POST", "/api/v1/ssh-keys"],
  removeSshKey: ["DELETE", "/api/v1/ssh-keys/:id"],
  listCertificates: ["GET", "/api/v1/certificates"],
  revokeCertificate: ["DELETE", "/api/v1/certificates/:id"],
  deviceSignIn: ["GET", "/api/v1/device-sign-ins/:code"],
  judgeDeviceSignIn: ["POST", "/api/v1/device-sign-ins/:code"],
} as const satisfies { readonly [N in ApiName]?: readonly [(typeof API)[N]["method"], (typeof API)[N]["path"]] };

interface Call {
  /** What the path's `:id`, `:name` or `:code` stands for. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export interface Api {
  site(signal?: AbortSignal): Promise<Site>;
  me(signal?: AbortSignal): Promise<Me>;
  signIn(username: string, password: string): Promise<Me>;
  signOut(): Promise<void>;
  profiles(signal?: AbortSignal): Promise<ProfileList>;
  clusters(signal?: AbortSignal): Promise<ClusterList>;
  cluster(name: string, signal?: AbortSignal): Promise<ClusterOffer>;
  /** One folder of one's own there; "" is the home directory. */
  files(cluster: string, path: string, signal?: AbortSignal): Promise<FileList>;
  checkLaunch(request: LaunchRequest, signal?: AbortSignal): Promise<LaunchCheck>;
  previewLaunch(request: LaunchRequest, signal?: AbortSignal): Promise<LaunchPreview>;
  sessions(filter: SessionFilter, signal?: AbortSignal): Promise<SessionList>;
  session(id: string, signal?: AbortSignal): Promise<Session>;
  launch(request: LaunchRequest): Promise<Session>;
  stop(id: string): Promise<Session>;
  relaunch(id: string): Promise<Session>;
  alternatives(id: string, signal?: AbortSignal): Promise<AlternativeList>;
  /** Answers the session that is stopped for it; the other one follows under the same name. */
  startInstead(id: string, options: OptionValues): Promise<Session>;
  extend(id: string): Promise<Session>;
  keep(id: string): Promise<Session>;
  log(id: string, offset: number, signal?: AbortSignal): Promise<LogChunk>;
  tokens(signal?: AbortSignal): Promise<TokenList>;
  createToken(request: CreateTokenRequest): Promise<NewToken>;
  revokeToken(id: string): Promise<void>;
  /** Not found where people cannot ssh into sessions. */
  sshAccess(signal?: AbortSignal): Promise<SshAccess>;
  sshKeys(signal?: AbortSignal): Promise<SshKeyList>;
  addSshKey(publicKey: string, note: string): Promise<SshKey>;
  removeSshKey(id: string): Promise<void>;
  certificates(signal?: AbortSignal): Promise<CertificateList>;
  revokeCertificate(id: string): Promise<void>;
  /** Not found for a code that nobody waits with (any more). */
  deviceSignIn(code: string, signal?: AbortSignal): Promise<DeviceRequest>;
  judgeDeviceSignIn(code: string, confirm: boolean): Promise<void>;
}

/**
 * Each function throws `ApiError` for an answer that is no success and for none at all; an aborted
 * call throws the browser's own AbortError.
 */
export function createApi(base: string, fetch: typeof globalThis.fetch): Api {
  let xsrf: string | null = null;

  async function call<T>(name: keyof typeof ROUTES, { key, query, body, signal }: Call = {}): Promise<T> {
    const [method, path] = ROUTES[name];
    const url = toHref(base, key === undefined ? path : path.replace(/:(?:id|name|code)/, encodeURIComponent(key))) + toQuery(query);
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (method !== "GET" && xsrf !== null) headers["x-xsrftoken"] = xsrf;
    const response = await fetch(url, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      throw signal?.aborted === true ? error : toOfflineError();
    });
    return (await readAnswer(response)) as T;
  }

  /** Changes carry the XSRF token of the sign-in they belong to. */
  async function rememberXsrf(answer: Promise<Me>): Promise<Me> {
    const me = await answer;
    xsrf = me.xsrf;
    return me;
  }

  return {
    site: (signal) => call("site", { signal }),
    me: (signal) => rememberXsrf(call("me", { signal })),
    signIn: (username, password) => rememberXsrf(call("signIn", { body: { username, password } })),
    signOut: () => call("signOut"),
    profiles: (signal) => call("profiles", { signal }),
    clusters: (signal) => call("clusters", { signal }),
    cluster: (key, signal) => call("cluster", { key, signal }),
    files: (key, path, signal) => call("files", { key, query: { path }, signal }),
    checkLaunch: (body, signal) => call("checkLaunch", { body, signal }),
    previewLaunch: (body, signal) => call("previewLaunch", { body, signal }),
    sessions: (filter, signal) => call("listSessions", { query: { ...filter }, signal }),
    session: (key, signal) => call("session", { key, signal }),
    launch: (body) => call("launch", { body }),
    stop: (key) => call("stop", { key }),
    relaunch: (key) => call("relaunch", { key }),
    alternatives: (key, signal) => call("alternatives", { key, signal }),
    startInstead: (key, options) => call("startInstead", { key, body: { options } }),
    extend: (key) => call("extend", { key, body: {} }),
    keep: (key) => call("keep", { key }),
    log: (key, offset, signal) => call("log", { key, query: { offset }, signal }),
    tokens: (signal) => call("listTokens", { signal }),
    createToken: (body) => call("createToken", { body }),
    revokeToken: (key) => call("revokeToken", { key }),
    sshAccess: (signal) => call("sshAccess", { signal }),
    sshKeys: (signal) => call("listSshKeys", { signal }),
    addSshKey: (publicKey, note) => call("addSshKey", { body: { publicKey, note } }),
    removeSshKey: (key) => call("removeSshKey", { key }),
    certificates: (signal) => call("listCertificates", { signal }),
    revokeCertificate: (key) => call("revokeCertificate", { key }),
    deviceSignIn: (key, signal) => call("deviceSignIn", { key, signal }),
    judgeDeviceSignIn: (key, confirm) => call("judgeDeviceSignIn", { key, body: { confirm } }),
  };
}

async function readAnswer(response: Response): Promise<unknown> {
  const text = await response.text();
  const body = parseJson(text);
  if (!response.ok) throw toApiError(response.status, body);
  if (text !== "" && body === undefined) throw toApiError(response.status, undefined);
  return body;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a proxy's HTML page, or no body: the caller decides by the status
  }
}

function toQuery(query: Call["query"]): string {
  const entries = Object.entries(query ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return entries.length === 0 ? "" : `?${new URLSearchParams(entries)}`;
}

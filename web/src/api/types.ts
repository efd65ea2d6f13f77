/** What the portal asks for (every field said, no default of the server's relied on), and the lists it is given. */
import type { Cluster, Token } from "@fairway/contract/accounts.ts";
import type { Alternative } from "@fairway/contract/launching.ts";
import type { Profile } from "@fairway/contract/profiles.ts";
import type { Scope } from "@fairway/contract/scopes.ts";
import type { Session } from "@fairway/contract/sessions.ts";
import type { SshCertificate, SshKey } from "@fairway/contract/ssh-access.ts";

export interface CreateTokenRequest {
  readonly note: string;
  readonly scopes: readonly Scope[];
  readonly expiresInSeconds: number;
}

export interface SessionFilter {
  readonly show: "open" | "ended" | "all";
  readonly limit: number;
  /** "*" is everybody (administrators); absent: mine. */
  readonly user?: string;
  /** Only those created before this: the next page. */
  readonly before?: number;
}

/** What is chosen of a profile's options. */
export type OptionValues = Readonly<Record<string, string | number | boolean>>;

/** `now` is the server's time. */
export interface SessionList {
  readonly sessions: readonly Session[];
  readonly now: number;
}

/** A piece of the history; `next`: what the one after it is created before. */
export interface SessionPage {
  readonly sessions: readonly Session[];
  readonly next: number | null;
}

export interface ProfileList {
  readonly profiles: readonly Profile[];
}

export interface ClusterList {
  readonly clusters: readonly Cluster[];
}

export interface TokenList {
  readonly tokens: readonly Token[];
}

export interface SshKeyList {
  readonly keys: readonly SshKey[];
}

export interface CertificateList {
  readonly certificates: readonly SshCertificate[];
}

/** `asOf`: when the cluster was asked; null: it has not been yet. */
export interface AlternativeList {
  readonly alternatives: readonly Alternative[];
  readonly asOf: number | null;
}

/** The edge's times and sizes, in one place; tests hand in shorter ones. */
export interface Limits {
  /** The feed pings; this long without a line means that it is dead. */
  readonly feedSilenceMs: number;
  readonly feedRetryMaxMs: number;
  /** How long a call to the hub's internal API may take. */
  readonly hubCallMs: number;
  /** How long requests for the hub are held while it restarts. */
  readonly hubHoldMs: number;
  readonly hubRetryMs: number;
  readonly tokenCacheMs: number;
  /** A renewed cookie is given to all requests that ask within this time. */
  readonly renewalReuseMs: number;
  /** A short cookie with less than this left is renewed. */
  readonly renewBeforeMs: number;
  /** How long a connection may say nothing, where it could be TLS or SSH. */
  readonly firstBytesMs: number;
  readonly connectMs: number;
  /** How long an app may take to answer an upgrade. */
  readonly upgradeMs: number;
  /** How long one direction of a spliced pair may be silent once the other has ended. */
  readonly halfOpenMs: number;
  readonly activityMs: number;
  readonly snapshotDelayMs: number;
  readonly drainMs: number;
  readonly cacheEntries: number;
  readonly headerBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  feedSilenceMs: 15_000,
  feedRetryMaxMs: 1_000,
  hubCallMs: 5_000,
  hubHoldMs: 30_000,
  hubRetryMs: 250,
  tokenCacheMs: 60_000,
  renewalReuseMs: 10_000,
  renewBeforeMs: 300_000,
  firstBytesMs: 20_000,
  connectMs: 5_000,
  upgradeMs: 60_000,
  halfOpenMs: 30_000,
  activityMs: 30_000,
  snapshotDelayMs: 500,
  drainMs: 5_000,
  cacheEntries: 10_000,
  headerBytes: 65_536,
};

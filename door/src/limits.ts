/** The door's times and numbers, in one place; tests hand in shorter ones. */
export interface Limits {
  /** From the first byte to being let in. */
  readonly signInMs: number;
  /** From the first byte to the client's half of the key exchange: until then nobody may be there at all. */
  readonly helloMs: number;
  /** Wrong proofs on one connection. */
  readonly tries: number;
  /** Connections that nobody has signed in on yet: in all, and from one address (IPv6: one /56). */
  readonly strangers: number;
  readonly strangersPerAddress: number;
  readonly keepAliveMs: number;
  /** Unanswered ones, before a connection counts as dead. */
  readonly keepAlives: number;
  /** At a time, on one connection: shells, commands and file transfers; forwarded connections. */
  readonly sessionChannels: number;
  readonly forwardChannels: number;
  /** Connections at a time through one job's tunnel. */
  readonly tunnelChannels: number;
  /** How long a forwarded connection may be silent once one end of it has said its last word. */
  readonly halfOpenMs: number;
  /** How long a call to the hub may take: a launch is checked against the cluster's rules. */
  readonly hubCallMs: number;
  readonly activityMs: number;
  readonly feedSilenceMs: number;
  readonly feedRetryMaxMs: number;
  /** How often the hub is asked again while a session is not there yet. */
  readonly waitMs: number;
  /** Tries to reach the sshd of a session that is said to be open. */
  readonly linkTries: number;
  readonly linkReadyMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  signInMs: 60_000,
  helloMs: 10_000,
  tries: 8,
  strangers: 512,
  // A cluster behind one address may dial in with all its jobs at the same moment.
  strangersPerAddress: 128,
  keepAliveMs: 15_000,
  keepAlives: 4,
  sessionChannels: 32,
  forwardChannels: 512,
  tunnelChannels: 2048,
  halfOpenMs: 30_000,
  hubCallMs: 30_000,
  activityMs: 30_000,
  feedSilenceMs: 15_000,
  feedRetryMaxMs: 1_000,
  waitMs: 1_500,
  linkTries: 5,
  linkReadyMs: 20_000,
};

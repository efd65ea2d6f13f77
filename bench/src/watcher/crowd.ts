/** Many sessions of many people through one gateway: all that the watcher bench needs to know of it. */
export interface Slot {
  readonly user: string;
  /** The session's name, which is free again once it was stopped. */
  readonly name: string;
}

export interface Crowd {
  /** Returns once the gateway has taken it; the job may wait. */
  launch(slot: Slot, signal: AbortSignal): Promise<void>;
  stop(slot: Slot, signal: AbortSignal): Promise<void>;
  /** Those that are ready, the longest so first. */
  listReady(signal: AbortSignal): Promise<readonly Slot[]>;
}

export function planSlots(users: readonly string[], count: number): Slot[] {
  return Array.from({ length: count }, (_, index) => ({ user: users[index % users.length] ?? "", name: `s${index}` }));
}

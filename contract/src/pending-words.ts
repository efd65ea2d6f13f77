/** What is said of a reason to wait. */
export interface PendingWords {
  readonly line: string;
  /** Null: there is nothing to do but wait. */
  readonly next: string | null;
  /** No waiting helps: it never starts as it is, unless somebody changes the cluster's rules. */
  readonly isHopeless: boolean;
}

export function wait(line: string, next: string | null = null): PendingWords {
  return { line, next, isHopeless: false };
}

export function never(line: string, next: string): PendingWords {
  return { line, next, isHopeless: true };
}

/** The hub's no to whoever stands at the door, in words for them. */
import type { DoorRefusal } from "@fairway/contract/door.ts";

export function refuse(line: string, next: string | null): DoorRefusal {
  return { kind: "refused", line, next };
}

/** What makes a session a new one: an id of its own, and the name by which its job is found again. */
import { randomBytes } from "node:crypto";
import type { NewSession } from "../store/sessions.ts";

/** 32 letters and digits that are not mistaken for each other: five bits each. */
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

export function newIdentity(namePrefix: string, now: number): Pick<NewSession, "id" | "jobName" | "createdAt"> {
  const id = Array.from(randomBytes(12), (byte) => ALPHABET[byte % 32]).join("");
  return { id, jobName: `${namePrefix}${id}`, createdAt: now };
}

/** A host key's fingerprint, as ssh shows it at the first connection. */

/** Of a line for known_hosts; null where the browser does not compute it (plain HTTP) or the line is not one. */
export async function toFingerprint(knownHostsLine: string): Promise<string | null> {
  const blob = knownHostsLine.split(" ")[2];
  if (blob === undefined || globalThis.crypto?.subtle === undefined) return null;
  const bytes = Uint8Array.from(atob(blob), (character) => character.charCodeAt(0));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `SHA256:${btoa(String.fromCharCode(...digest)).replace(/=+$/, "")}`;
}

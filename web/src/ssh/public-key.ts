/**
 * What a person pastes or drops where a public key is wanted. Pure; the server judges the key itself.
 */

export type PastedKey =
  | { readonly kind: "nothing" }
  | { readonly kind: "public"; readonly line: string; readonly comment: string }
  | { readonly kind: "private" }
  | { readonly kind: "certificate" }
  | { readonly kind: "several" }
  | { readonly kind: "unknown" };

const PUBLIC = /^((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+) ([A-Za-z0-9+/]{16,}={0,3})(?: (.*))?$/;

export function readPastedKey(text: string): PastedKey {
  // Recognised wherever it stands: it must not be sent.
  if (/PRIVATE KEY|PuTTY-User-Key-File/.test(text)) return { kind: "private" };
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (keys.length === 0) return { kind: "nothing" };
  if (keys.filter((line) => PUBLIC.test(line)).length > 1) return { kind: "several" };
  const match = PUBLIC.exec(keys.join("")); // copied out of a terminal, the one line may have become several
  if (match === null) return { kind: "unknown" };
  const [, type = "", blob = "", comment = ""] = match;
  if (type.includes("-cert-")) return { kind: "certificate" };
  return { kind: "public", line: [type, blob, ...(comment === "" ? [] : [comment])].join(" "), comment };
}

/** What to say beneath the field; null where there is nothing to say. */
export const PASTED_WORDS: Readonly<Record<PastedKey["kind"], string | null>> = {
  nothing: null,
  public: null,
  private: "This is a private key. It stays on your own machine: give nobody a copy. Take the file that ends in .pub.",
  certificate: "This is a certificate. Take the public key: the .pub file without “-cert” in its name.",
  several: "These are several keys. Add them one by one.",
  unknown: "A public key is one line that begins with its type: ssh-ed25519 AAAA…",
};

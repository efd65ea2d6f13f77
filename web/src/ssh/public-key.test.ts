import { describe, expect, it } from "vitest";
import { readPastedKey } from "./public-key.ts";

const BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
const LINE = `ssh-ed25519 ${BLOB} alice@laptop`;

describe("a pasted key", () => {
  it("is one line, whatever blanks, remarks and line ends are around it", () => {
    for (const text of [LINE, `\n  ${LINE}\r\n`, `# my key\n${LINE}\n`])
      expect(readPastedKey(text)).toEqual({ kind: "public", line: LINE, comment: "alice@laptop" });
  });

  it("needs no comment, and may be of a security key", () => {
    expect(readPastedKey(`ssh-ed25519 ${BLOB}`)).toEqual({ kind: "public", line: `ssh-ed25519 ${BLOB}`, comment: "" });
    expect(readPastedKey(`sk-ssh-ed25519@openssh.com ${BLOB} token`)).toMatchObject({ kind: "public", comment: "token" });
  });

  it("is whole again when a terminal broke its line", () => {
    expect(readPastedKey(`ssh-ed25519 ${BLOB.slice(0, 30)}\n${BLOB.slice(30)} alice`)).toMatchObject({
      kind: "public",
      line: `ssh-ed25519 ${BLOB.slice(0, 30)}${BLOB.slice(30)} alice`,
    });
  });

  it.each([
    ["", "nothing"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz", "private"],
    ["PuTTY-User-Key-File-3: ssh-ed25519", "private"],
    [`${LINE}\n-----BEGIN RSA PRIVATE KEY-----`, "private"],
    [`ssh-ed25519-cert-v01@openssh.com ${BLOB} alice`, "certificate"],
    [`${LINE}\n${LINE}`, "several"],
    ["hello", "unknown"],
    [`command="x" ${LINE}`, "unknown"],
  ])("%j is %s", (text, kind) => {
    expect(readPastedKey(text).kind).toBe(kind);
  });
});

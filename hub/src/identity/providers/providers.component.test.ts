import { describe, expect, it } from "vitest";
import { type ActAs, type Exec, ExecError } from "../../transports/types.ts";
import { hashPassword, verifyPassword } from "../passwords.ts";
import { createDemoProvider } from "./demo.ts";
import { createLauncherProvider } from "./launcher.ts";

describe("demo provider", () => {
  it("knows hashed and, in demo mode, plain passwords", async () => {
    const users = new Map([
      ["alice", await hashPassword("correct horse")],
      ["bob", "bob"],
    ]);
    const provider = createDemoProvider({ users, isDemo: true });
    expect(await provider.check("alice", "correct horse")).toBe(true);
    expect(await provider.check("alice", "correct hors")).toBe(false);
    expect(await provider.check("bob", "bob")).toBe(true);
    expect(await provider.check("bob", "")).toBe(false);
    expect(await provider.check("nobody", "decoy")).toBe(false);
  });

  it("refuses to start with a plain password outside demo mode", () => {
    expect(() => createDemoProvider({ users: new Map([["bob", "bob"]]), isDemo: false })).toThrow(/not hashed/);
  });

  it("takes no text for a hash that is none, nor one that would eat the machine", async () => {
    await expect(verifyPassword("plain", "plain")).rejects.toThrow(RangeError);
    const hash = await hashPassword("x");
    expect(await verifyPassword(hash, "x")).toBe(true);
    await expect(verifyPassword(hash.replace(":65536:", ":9000000:"), "x")).rejects.toThrow(RangeError);
  });
});

describe("launcher provider", () => {
  const answer = (exitCode: number, stdout = "", stderr = "") => Promise.resolve({ exitCode, stdout, stderr });
  const accountExists: Exec = () => answer(0);
  const providerOf = (actAs: ActAs, exec: Exec = accountExists) =>
    createLauncherProvider({ actAs, exec, label: "Password", timeoutMs: 1000 });
  const unused: ActAs = () => Promise.reject(new Error("must not be asked"));

  it("takes the launcher's word", async () => {
    expect(await providerOf(() => answer(0, "right\n")).check("alice", "x")).toBe(true);
    expect(await providerOf(() => answer(1, "wrong\n")).check("alice", "x")).toBe(false);
  });

  it("never takes 'could not ask' for 'wrong': sudo's own refusal, a missing tool, a deadline", async () => {
    const refusals: ActAs[] = [
      () => answer(1, "", "sudo: a password is required"),
      () => answer(100, "", "pamtester is missing or failed"),
      () => answer(0, ""),
      () => Promise.reject(new ExecError("timeout", ["sudo"])),
    ];
    for (const actAs of refusals) await expect(providerOf(actAs).check("alice", "x")).rejects.toMatchObject({ code: "cluster_away" });
    await expect(providerOf(unused, () => answer(3)).check("alice", "x")).rejects.toMatchObject({ code: "cluster_away" });
  });

  it("says of an unknown account what it says of a wrong password (no user enumeration)", async () => {
    expect(await providerOf(unused, () => answer(2)).check("nobody", "x")).toBe(false);
  });

  it("lets no password add a line to what the launcher reads", async () => {
    for (const password of ["x\nroot", "x\r", "\0"]) expect(await providerOf(unused).check("alice", password)).toBe(false);
  });
});

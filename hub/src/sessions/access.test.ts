/** What somebody without a scope is told. */
import { effectiveScopes, type Role, type Scope } from "@fairway/contract/scopes.ts";
import { expect, test } from "vitest";
import { ensureScope } from "./access.ts";
import type { Actor } from "./types.ts";

const tokenOf = (role: Role, ...granted: Scope[]): Actor => ({
  ...{ user: "alice", role, scopes: effectiveScopes(granted, role), via: { kind: "token", id: "k3x9qa2mw4tz" } },
});

/** What it says, and what next; null where it is allowed. */
function refusal(actor: Actor, ...needed: Scope[]): readonly [string, string | undefined] | null {
  try {
    ensureScope(actor, ...needed);
    return null;
  } catch (error) {
    const { message, next } = error as { message: string; next?: string };
    return [message, next];
  }
}

test("nothing is said of what is allowed", () => {
  expect(refusal(tokenOf("user", "self"), "read:hub", "start:servers")).toBeNull();
});

test("the command that makes a token with what was missing, and with what this one has", () => {
  const ci = tokenOf("user", "start:servers", "read:servers");
  const command = "fairway token create --note NOTE --scope start:servers --scope read:servers --scope read:hub";
  expect(refusal(ci, "read:hub")).toEqual([
    'This needs the scope "read:hub".',
    `Signed in as yourself, make a token that has it: ${command}`,
  ]);
  const [what, next] = refusal(ci, "tokens", "start:servers", "access:servers") ?? [];
  expect([what, next]).toEqual([
    expect.stringContaining('"tokens", "access:servers"'),
    expect.stringMatching(/tokens --scope access:servers$/),
  ]);
  expect(refusal(tokenOf("admin", "self"), "admin:servers")?.[1]).toMatch(/--scope self --scope admin:servers$/);
});

test("no token is offered that its owner could not make", () => {
  expect(refusal(tokenOf("user", "self"), "admin:servers")?.[1]).toBe("Ask an administrator.");
});

import { expect, test } from "vitest";
import type { Actor } from "../sessions/types.ts";
import { openTemporaryStore } from "../store/testing/sample.ts";
import { OPERATOR, recordAudit } from "./audit.ts";

test("what a part outside identity has recorded says who, by what, when and to what end", async () => {
  const { store, remove } = await openTemporaryStore();
  try {
    const record = recordAudit(store, () => 1_700_000_000_000);
    const alice: Actor = { user: "alice", role: "user", scopes: new Set(), via: { kind: "token", id: "token-1" } };
    await record({ actor: alice, action: "session.extend", target: "alice/s1", outcome: "asked", detail: "job 7: 90 min in all" });
    await record({ actor: OPERATOR, action: "cluster.probe", target: "main as bob" });
    const same = { at: 1_700_000_000_000, address: null };
    expect(await store.audit.list({ limit: 5 })).toMatchObject([
      { ...same, actor: OPERATOR.user, via: "operator", action: "cluster.probe", target: "main as bob", outcome: "done", detail: null },
      { ...same, actor: "alice", via: "token:token-1", target: "alice/s1", outcome: "asked", detail: "job 7: 90 min in all" },
    ]);
  } finally {
    await remove();
  }
});

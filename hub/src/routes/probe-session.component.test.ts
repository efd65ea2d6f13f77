/** A probe on real rows: who follows it hears of each change, and whoever goes away leaves nothing running. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { SessionChanges } from "../sessions/changes.ts";
import type { Store } from "../store/index.ts";
import type { SessionRow } from "../store/schema.ts";
import { openTemporaryStore } from "../store/testing/sample.ts";
import { type ProbeSessionOptions, startProbe } from "./probe-session.ts";

const REQUEST = { cluster: "main", user: "alice", partition: null, route: null };
let store: Store;
let remove: () => Promise<void>;
let changes: SessionChanges;
let ending: AbortController;

beforeEach(async () => {
  ({ store, remove } = await openTemporaryStore());
  changes = new SessionChanges(store.sessions, Date.now, () => {});
  ending = new AbortController();
});
afterEach(() => remove());

/** `conduct`: what the engine would do when it is told of the session, here by hand. */
function start(conduct: (id: string) => void, onState: (row: SessionRow) => void = () => {}) {
  const chooser = { force: () => {} };
  const options: ProbeSessionOptions = { store: store.sessions, changes, chooser, namePrefix: "fw-test-", now: Date.now, conduct };
  return startProbe(REQUEST, options, onState, ending.signal);
}

test("each state on the way is told once, and the end ends it", async () => {
  const heard: string[] = [];
  const row = await start(
    (id) => void changes.apply(id, { kind: "submit-started" }),
    ({ id, state }) => {
      heard.push(state);
      if (state === "submitting") void changes.apply(id, { kind: "submit-refused", detail: "no such partition" });
    },
  );
  expect(heard).toEqual(["requested", "submitting", "ended"]);
  expect(row).toMatchObject({ state: "ended", reason: "submit_failed" });
});

test("whoever asked goes away: the session is told to stop", async () => {
  const conducted: string[] = [];
  const started = start((id) => {
    conducted.push(id);
    ending.abort(new Error("the doctor has gone"));
  });
  await expect(started).rejects.toThrow("the doctor has gone");
  expect(await store.sessions.get(conducted[0] ?? "")).toMatchObject({ state: "ended", reason: "stopped" });
  expect(conducted).toHaveLength(2);
});

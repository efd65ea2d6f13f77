/** Sample rows and a store in a temporary directory, for this folder's tests and its neighbours'. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../index.ts";
import type { NewSession } from "../session-rows.ts";

/** A SQLite store of its own; `remove` closes it and deletes its files. */
export async function openTemporaryStore(): Promise<{ store: Store; path: string; remove: () => Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), "fw-store-"));
  const path = join(directory, "state", "fairway.db");
  const store = await openStore({ kind: "sqlite", path });
  const remove = async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return { store, path, remove };
}

export function sampleSession(changes: Partial<NewSession> = {}): NewSession {
  const id = randomBytes(6).toString("hex");
  return {
    id,
    user: "alice",
    name: "",
    app: "jupyterlab",
    appTitle: "JupyterLab",
    profile: "small",
    profileTitle: "Small",
    options: { cpus: 2 },
    resources: {
      cpus: 2,
      memoryBytes: 2 ** 31,
      gpus: null,
      timeLimitSeconds: 3600,
      partition: null,
      account: null,
      qos: null,
      reservation: null,
    },
    workingDirectory: null,
    cluster: "main",
    jobName: `fairway-${id}`,
    createdAt: 1_700_000_000_000,
    ...changes,
  };
}

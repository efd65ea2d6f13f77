/** A door for tests of identity: real authorities in a folder of their own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSshAuthority } from "../../pki/ssh-authority.ts";
import type { DoorFacts } from "../ssh-access.ts";

export interface TestDoor {
  readonly door: DoorFacts;
  remove(): void;
}

export function openTestDoor(): TestDoor {
  const folder = mkdtempSync(join(tmpdir(), "fairway-door-"));
  const authority = openSshAuthority(folder);
  const access = { host: "fairway.example", port: 8022, knownHosts: [], agentForwarding: false, defaultProfile: null };
  return {
    door: { access, certificateLifeMs: 12 * 3_600_000, sign: (request) => authority.signDoorCertificate(request) },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Every migration in order. One that was released is never edited: the next one repairs it. */
import { first } from "./0001-first.ts";
import { trust } from "./0002-trust.ts";
import { reach } from "./0003-reach.ts";
import { sshUse } from "./0004-ssh-use.ts";
import { openAndEnded } from "./0005-open-and-ended.ts";
import type { Migration } from "./types.ts";

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "first", up: first },
  { version: 2, name: "trust", up: trust },
  { version: 3, name: "reach", up: reach },
  { version: 4, name: "ssh use", up: sshUse },
  { version: 5, name: "open and ended", up: openAndEnded },
];

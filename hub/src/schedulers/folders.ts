/** Lists a folder of a person's through the launcher's `files` verb, which is the same for all adapters. */
import { posix } from "node:path";
import type { FileList } from "@fairway/contract/clusters.ts";
import { type ActAs, LAUNCHER_REFUSED } from "../transports/types.ts";
import { askScheduler, toSentence } from "./ask.ts";
import { type CallOptions, FolderRefused, SchedulerUnavailable } from "./types.ts";

/** The launcher sends one more, so that we know that there are more. */
const MOST_ENTRIES = 500;

/** @throws FolderRefused, SchedulerUnavailable */
export async function listFolder(actAs: ActAs, user: string, path: string, options: CallOptions): Promise<FileList> {
  const result = await askScheduler(() => actAs(user, { verb: "files", path }, options));
  if (result.exitCode === LAUNCHER_REFUSED) throw new FolderRefused(toSentence(result));
  if (result.exitCode !== 0) throw new SchedulerUnavailable(toSentence(result));
  return parseFolder(result.stdout);
}

/**
 * "PATH name", then NAME/TYPE/SIZE/TIME with a NUL behind each in base64, then "END". What nobody could name in a request
 * (control characters, other than UTF-8) and what is neither file nor folder is left out.
 * @throws SchedulerUnavailable
 */
export function parseFolder(stdout: string): FileList {
  const [, path, base64 = ""] = /^PATH (\/.*)\n([A-Za-z0-9+/=\n]*)END\n$/.exec(stdout) ?? [];
  if (path === undefined) throw new SchedulerUnavailable("the launcher's answer to `files` could not be understood");
  const records = Buffer.from(base64, "base64").toString("utf8").split("\0").slice(0, -1);
  const absolute = posix.normalize(path);
  return {
    path: absolute,
    parent: absolute === "/" ? null : posix.dirname(absolute),
    entries: records.slice(0, MOST_ENTRIES).flatMap(toEntry),
    isCut: records.length > MOST_ENTRIES,
  };
}

function toEntry(record: string): FileList["entries"] {
  const [name = "", type, size, time] = record.split("/");
  const kind = type === "d" ? "folder" : type === "f" ? "file" : null;
  if (kind === null || /[\p{Cc}\uFFFD]/u.test(name)) return [];
  return [{ name, kind, sizeBytes: kind === "file" ? Number(size) : null, modifiedAt: Math.max(0, Math.floor(Number(time) * 1000)) }];
}

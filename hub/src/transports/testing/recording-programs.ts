/** A folder with programs that write down how they were called: fakes of sbatch, scancel, ... for tests. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Recording {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface RecordingPrograms {
  readonly directory: string;
  /** `script` runs after the recording: what it prints is the program's answer. */
  add(name: string, script: string): void;
  /** The calls so far, oldest first. */
  calls(name: string): readonly Recording[];
  remove(): void;
}

export function makeRecordingPrograms(): RecordingPrograms {
  const directory = mkdtempSync(join(tmpdir(), "fairway-programs-"));
  return {
    directory,
    add(name, script) {
      const record = `at='${directory}'/.${name}.$(date +%s%N).$$; printf '%s\\0' "$@" >"$at.argv"; env -0 >"$at.env"; unset at`;
      writeFileSync(join(directory, name), `#!/bin/sh\n${record}\n${script}\n`);
      chmodSync(join(directory, name), 0o755);
    },
    calls(name) {
      const records = readdirSync(directory).filter((file) => file.startsWith(`.${name}.`) && file.endsWith(".argv"));
      return records.sort().map((file) => toRecording(join(directory, file.slice(0, -".argv".length))));
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function toRecording(path: string): Recording {
  const read = (suffix: string) => readFileSync(`${path}.${suffix}`, "utf8").split("\0").slice(0, -1);
  const variables = read("env").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  return { argv: read("argv"), env: Object.fromEntries(variables) };
}

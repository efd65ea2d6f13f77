/** What stands beside each forward's socket: where it leads, whose it is, and on which connection it was made. */
import { readdirSync, readFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface Wanted {
  readonly target: Target;
  /** The control socket of the master that listens for it; null: none does yet. */
  readonly madeOn: string | null;
}

const SUFFIX = ".json";
const Note = z.strictObject({
  cluster: z.string(),
  target: z.strictObject({ host: z.string(), port: z.number().int() }),
  madeOn: z.string().nullable(),
});

/** Those of one cluster, by their ids. */
export function readWanted(folder: string, cluster: string): Map<string, Wanted> {
  const notes = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  return new Map(
    notes.flatMap((name): [string, Wanted][] => {
      const note = readNote(join(folder, name));
      return note?.cluster === cluster ? [[name.slice(0, -SUFFIX.length), { target: note.target, madeOn: note.madeOn }]] : [];
    }),
  );
}

/** @param wanted null: no more */
export async function writeWanted(folder: string, cluster: string, id: string, wanted: Wanted | null): Promise<void> {
  const file = join(folder, `${id}${SUFFIX}`);
  if (wanted === null) return rm(file, { force: true });
  const note: z.input<typeof Note> = { cluster, ...wanted };
  // Whole or not at all: a hub may be killed while it writes.
  await writeFile(`${file}.new`, JSON.stringify(note), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** One that cannot be read is none: whoever needs that forward asks for it again. */
function readNote(file: string): z.output<typeof Note> | null {
  try {
    return Note.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}

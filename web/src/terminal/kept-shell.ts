/** What this tab remembers over a reload: its shell in each place, by that place's segment; and the person's wish to have it read aloud. */

export function readKeptShell(segment: string): string | null {
  return read(() => sessionStorage.getItem(toKey(segment)));
}

export function writeKeptShell(segment: string, terminal: string | null): void {
  read(() => {
    if (terminal === null) sessionStorage.removeItem(toKey(segment));
    else sessionStorage.setItem(toKey(segment), terminal);
  });
}

const READ_ALOUD = "fairway-terminal-read-aloud";

export function readReadAloud(): boolean {
  return read(() => localStorage.getItem(READ_ALOUD)) === "on";
}

export function writeReadAloud(isOn: boolean): void {
  read(() => localStorage.setItem(READ_ALOUD, isOn ? "on" : "off"));
}

const toKey = (segment: string) => `fairway-terminal-${segment}`;

/** A browser may forbid all of it: then nothing is remembered. */
function read<T>(access: () => T): T | null {
  try {
    return access();
  } catch {
    return null;
  }
}

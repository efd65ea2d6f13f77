/** Paths as a picker shows them. Pure. */

export interface Crumb {
  readonly name: string;
  readonly path: string;
}

/** "/home/alice" is "/", "home", "alice", each with its own path. */
export function toCrumbs(path: string): readonly Crumb[] {
  const names = path.split("/").filter(Boolean);
  return [{ name: "/", path: "/" }, ...names.map((name, index) => ({ name, path: `/${names.slice(0, index + 1).join("/")}` }))];
}

export function join(folder: string, name: string): string {
  return folder.endsWith("/") ? `${folder}${name}` : `${folder}/${name}`;
}

/** The folder to begin in: the chosen one, or that of the chosen file; "" (home) for what is not absolute. */
export function toStartFolder(value: string, picks: "file" | "folder"): string {
  if (!value.startsWith("/")) return "";
  if (picks === "folder") return value;
  return value.slice(0, Math.max(1, value.lastIndexOf("/")));
}

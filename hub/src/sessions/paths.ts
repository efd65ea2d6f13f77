/** Where a launch's paths lie: the folder it starts in, and what Open leads to below its address. */
import { posix } from "node:path";
import { AppError } from "@fairway/contract/errors.ts";
import type { ResolvedLaunch } from "./profiles.ts";

export interface PlacedPaths {
  /** Absolute; null for the home directory. */
  readonly workingDirectory: string | null;
  readonly openPath: string;
}

/**
 * `homeOf` is asked only for paths that cannot be placed without it.
 * @throws invalid_input for a file outside the chosen folder; cluster_away when the home must be known and is not.
 */
export async function placePaths(
  { workingDirectory, open }: Pick<ResolvedLaunch, "workingDirectory" | "open">,
  homeOf: () => Promise<string | null>,
): Promise<PlacedPaths> {
  const place = async (path: string) => tidy(path.startsWith("/") ? path : `${await mustKnow(homeOf)}/${belowHome(path)}`);
  const folder = workingDirectory === null ? null : await place(workingDirectory);
  if (open === null) return { workingDirectory: folder, openPath: "" };
  if (open.kind === "address") return { workingDirectory: folder, openPath: open.value };
  if (folder === null && !open.value.startsWith("/")) return { workingDirectory: null, openPath: toLabPath(tidy(belowHome(open.value))) };

  const file = await place(open.value);
  const root = folder ?? (await homeOf());
  const below = root === null ? null : stepDown(root, file);
  if (below !== null) return { workingDirectory: folder, openPath: toLabPath(below) };
  // JupyterLab opens nothing above the folder it starts in. Nobody chose one, so it is the file's.
  if (folder === null) return { workingDirectory: posix.dirname(file), openPath: toLabPath(posix.basename(file)) };
  throw new AppError("invalid_input", "The file does not lie in the folder where the session starts.", {
    fields: [{ path: `options.${open.option}`, message: `does not lie in ${folder}, where the session starts` }],
    next: "Choose a file in that folder, or another folder.",
  });
}

async function mustKnow(homeOf: () => Promise<string | null>): Promise<string> {
  const home = await homeOf();
  if (home !== null) return home;
  throw new AppError("cluster_away", "Your home directory on the cluster is not known at the moment.", {
    next: "Give an absolute path, or try again in a moment.",
  });
}

/** Null when it does not lie below. */
function stepDown(folder: string, file: string): string | null {
  const prefix = folder === "/" ? "/" : `${folder}/`;
  return file.startsWith(prefix) && file.length > prefix.length ? file.slice(prefix.length) : null;
}

const tidy = (path: string) => {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
};

/** As people write it in a shell, too. */
const belowHome = (path: string) => path.replace(/^~(?:\/|$)/, "");

const toLabPath = (path: string) => `lab/tree/${path.split("/").map(encodeURIComponent).join("/")}`;

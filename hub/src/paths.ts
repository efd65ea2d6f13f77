/** Where the parts of this installation lie, seen from here. */
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

/** Shell programs that are installed or submitted: launcher, job scripts. */
export const shareDir = fileURLToPath(new URL("hub/share", root));
/** Processes are started by path: the hub imports no code of theirs. */
export const edgeMain = fileURLToPath(new URL("edge/src/main.ts", root));
export const doorMain = fileURLToPath(new URL("door/src/main.ts", root));
export const hubMain = fileURLToPath(new URL("hub/src/main.ts", root));
export const builtPortal = fileURLToPath(new URL("web/dist", root));
export const version: string = (await import("../package.json", { with: { type: "json" } })).default.version;

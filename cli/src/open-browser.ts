/** Opens a URL in the person's browser where there is one; says whether it tried. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Terminal } from "./terminal.ts";

/** Only with a desktop at hand: over SSH a text browser would take the terminal away. */
export async function openBrowser({ env, stdout }: Terminal, url: string): Promise<boolean> {
  const hasDesktop = process.platform === "darwin" || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY);
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  if (!hasDesktop || !stdout.isTTY) return false;
  const child = spawn(program, [url], { detached: true, stdio: "ignore" });
  try {
    await once(child, "spawn");
  } catch {
    return false; // There is no such program: the URL is printed all the same.
  }
  child.unref();
  return true;
}

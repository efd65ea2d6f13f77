/** The portal's built files, all in memory: a name that was not there at the start can name nothing. */

import { hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

export interface Asset {
  readonly body: Buffer;
  readonly gzip: Buffer | null;
  readonly brotli: Buffer | null;
  readonly type: string;
  readonly etag: string;
  /** The name changes with the content, so it may be kept for ever. */
  readonly isHashed: boolean;
}

export interface Portal {
  /** With its placeholders `%NONCE%` and `%BASE%`; null when the portal is not built. */
  readonly index: string | null;
  /** By path below the base URL: `static/index-4f3a.js`. */
  readonly assets: ReadonlyMap<string, Asset>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

/** Reads `index.html` and `static/` of a build. A folder that is not there is a portal not yet built. */
export function loadPortal(webDir: string): Portal {
  const files = new Map<string, Buffer>();
  for (const entry of listFiles(webDir)) files.set(entry, readFileSync(join(webDir, entry)));
  const assets = new Map<string, Asset>();
  for (const [name, body] of files) {
    if (!name.startsWith("static/") || name.endsWith(".gz") || name.endsWith(".br")) continue;
    assets.set(name, {
      body,
      gzip: files.get(`${name}.gz`) ?? null,
      brotli: files.get(`${name}.br`) ?? null,
      type: TYPES[extname(name)] ?? "application/octet-stream",
      etag: `"${hash("sha256", body, "base64url").slice(0, 22)}"`,
      isHashed: /-[A-Za-z0-9_-]{8,}\.\w+(?:\.map)?$/.test(name),
    });
  }
  return { index: files.get("index.html")?.toString("utf8") ?? null, assets };
}

function listFiles(dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(dir, "/").length));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

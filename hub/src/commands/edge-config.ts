/**
 * What the edge reads: the part of fairway.yaml that concerns it, with certificates made where the site
 * gives none. The edge itself sees neither fairway.yaml nor any of the hub's secrets.
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Config, loadConfig } from "../config/load.ts";
import { builtPortal } from "../paths.ts";
import { openAuthority } from "../pki/authority.ts";
import { doorSocketPath, feedSocketPath, hubSocketPath, terminalsSocketPath } from "./sockets.ts";

/** `fairway config edge`: for an edge that is a unit of its own. */
export async function prepareEdge(file: string): Promise<void> {
  process.stdout.write(`${await writeEdgeConfig(loadConfig(file))}\n`);
}

/** @returns the file (0600) that the edge reads. */
export async function writeEdgeConfig(config: Config): Promise<string> {
  mkdirSync(config.runtime_dir, { recursive: true, mode: 0o700 });
  const file = join(config.runtime_dir, "edge.json");
  const ours = config.listen.some((listener) => "port" in listener && listener.tls === "self_signed")
    ? await (await openAuthority(config.state_dir, Date.now())).serverFiles(hostsOf(config), Date.now())
    : null;
  const edge = {
    baseUrl: config.base_url,
    siteName: config.site.name,
    publicOrigins: config.public_url === undefined ? [] : [new URL(config.public_url).origin],
    listeners: config.listen.map((listener) => toListener(listener, ours)),
    trustedProxies: config.trusted_proxies,
    hubSocket: hubSocketPath(config),
    feedSocket: feedSocketPath(config),
    doorSocket: config.door === undefined ? null : doorSocketPath(config),
    terminalsSocket: config.door === undefined ? null : terminalsSocketPath(config),
    snapshotFile: join(config.state_dir, "edge-snapshot.json"),
    webDir: config.web_dir ?? builtPortal,
  };
  writeFileSync(`${file}.new`, JSON.stringify(edge), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
}

function toListener(listener: Config["listen"][number], ours: { certFile: string; keyFile: string } | null) {
  if ("socket" in listener) return { kind: "unix", path: listener.socket, mode: listener.mode };
  const { address, port, tls, ssh } = listener;
  const files = tls === null ? null : tls === "self_signed" ? ours : { certFile: tls.cert_file, keyFile: tls.key_file };
  return { kind: "tcp", address, port, tls: files, ssh };
}

/** Every name by which a browser or a job may reach us. */
function hostsOf(config: Config): string[] {
  const urls = [config.public_url, ...Object.values(config.clusters).map((cluster) => cluster.callback_url)];
  const named = urls.filter((url) => url !== undefined).map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ""));
  return [...new Set([...named, hostname(), "localhost", "127.0.0.1"])];
}

/** The apps: what Fairway must know of each to probe it and to hand it its secret. The rest is the app's job script. */
import type { AppConfig, Config } from "../config/load.ts";

export interface App {
  readonly name: string;
  readonly title: string;
  readonly icon: string | null;
  /** Below the session's URL; any 2xx or 3xx means ready. */
  readonly probePath: string;
  /** The header by which the edge shows the app that it is the edge. */
  readonly secretHeader: string;
  readonly secretFormat: string;
  readonly startTimeoutMs: number;
  /** How we learn whether it is used; null: not at all, so it is never idle. */
  readonly activity: "jupyter" | "traffic" | null;
}

const DEFAULT_START_TIMEOUT_MS = 600_000;

const BUILT_IN: readonly App[] = [
  // /api/status needs the token (unlike /api), so a 200 proves that our secret is the one it knows.
  {
    name: "jupyterlab",
    title: "JupyterLab",
    icon: "jupyter",
    probePath: "api/status",
    secretHeader: "authorization",
    secretFormat: "token {secret}",
    startTimeoutMs: DEFAULT_START_TIMEOUT_MS,
    activity: "jupyter",
  },
  {
    name: "noop",
    title: "No-op",
    icon: null,
    probePath: "",
    secretHeader: "x-fairway-secret",
    secretFormat: "{secret}",
    startTimeoutMs: DEFAULT_START_TIMEOUT_MS,
    activity: null,
  },
];

/** All apps of this site: the built-in ones, changed or joined by those of the configuration. */
export function loadApps(config: Pick<Config, "apps">): ReadonlyMap<string, App> {
  const apps = new Map(BUILT_IN.map((app) => [app.name, app]));
  for (const [name, entry] of Object.entries(config.apps)) apps.set(name, merge(name, apps.get(name), entry));
  return apps;
}

function merge(name: string, base: App | undefined, entry: AppConfig): App {
  return {
    name,
    title: entry.title ?? base?.title ?? name,
    icon: entry.icon ?? base?.icon ?? null,
    probePath: entry.probe_path ?? base?.probePath ?? "",
    secretHeader: (entry.secret_header ?? base?.secretHeader ?? "x-fairway-secret").toLowerCase(),
    secretFormat: entry.secret_format ?? base?.secretFormat ?? "{secret}",
    startTimeoutMs: entry.start_timeout,
    activity: entry.activity ?? base?.activity ?? null,
  };
}

export function toInjectedHeader(app: App, secret: string): { header: string; value: string } {
  return { header: app.secretHeader, value: app.secretFormat.replace("{secret}", secret) };
}

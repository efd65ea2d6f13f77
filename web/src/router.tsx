/** Every page's address, and who may see it. Pages other than sign-in and home load when opened. */
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { isApiError } from "./api/api-error.ts";
import { meQuery } from "./api/queries.ts";
import type { App } from "./app.ts";
import { toHref } from "./base.ts";
import { NotFoundPage, RouteError, WaitingForHub } from "./common/ErrorState.tsx";
import { HomePage } from "./home/HomePage.tsx";
import { Shell } from "./layout/Shell.tsx";
import { SignInPage } from "./sign-in/SignInPage.tsx";

interface RouterContext {
  readonly app: App;
}

export type Search = Readonly<Record<string, string | undefined>>;

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: RouteError,
  validateSearch: (search: Record<string, unknown>): Search => search as Search,
});

const signInRoute = createRoute({ getParentRoute: () => rootRoute, path: "hub/login", component: SignInPage });

/** Whoever is not signed in goes there, and comes back here afterwards. */
async function ensureSignedIn({ context: { app }, location }: { context: RouterContext; location: { href: string } }): Promise<void> {
  try {
    await app.cache.ensureQueryData(meQuery(app));
  } catch (error) {
    if (!isApiError(error, "not_signed_in")) throw error;
    throw redirect({ to: "/hub/login", search: { next: toHref(app.base, location.href) }, replace: true });
  }
}

/** Where no page is yet, or after a second instead of the one before (sign-in, say). */
const WAITING = { pendingComponent: WaitingForHub, pendingMs: 1000, pendingMinMs: 0 };

/** All pages behind sign-in but the terminals, which have the whole window. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  component: Shell,
  beforeLoad: ensureSignedIn,
  ...WAITING,
});

const homeRoute = createRoute({ getParentRoute: () => shellRoute, path: "hub/home", component: HomePage });

const tokensRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "hub/token",
  component: lazyRouteComponent(() => import("./tokens/TokensPage.tsx"), "TokensPage"),
});

const adminRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "hub/admin",
  component: lazyRouteComponent(() => import("./admin/AdminPage.tsx"), "AdminPage"),
});

const launchRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "launch/$profile",
  component: lazyRouteComponent(() => import("./launch/LaunchPage.tsx"), "LaunchPage"),
});

const sessionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "sessions",
  component: lazyRouteComponent(() => import("./sessions/SessionsPage.tsx"), "SessionsPage"),
});

const sessionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "sessions/$id",
  component: lazyRouteComponent(() => import("./sessions/SessionPage.tsx"), "SessionPage"),
});

const clustersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "clusters",
  component: lazyRouteComponent(() => import("./clusters/ClustersPage.tsx"), "ClustersPage"),
});

const deviceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "device",
  component: lazyRouteComponent(() => import("./device/DevicePage.tsx"), "DevicePage"),
});

/** `$id` is a session's, or `login@CLUSTER`. */
const terminalRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "terminal/$id",
  component: lazyRouteComponent(() => import("./terminal/TerminalPage.tsx"), "TerminalPage"),
  beforeLoad: ensureSignedIn,
  ...WAITING,
});

const toHome = () => {
  throw redirect({ to: "/hub/home", replace: true });
};
const indexRoute = createRoute({ getParentRoute: () => rootRoute, path: "/", beforeLoad: toHome });
const hubRoute = createRoute({ getParentRoute: () => rootRoute, path: "hub", beforeLoad: toHome });
const launchIndexRoute = createRoute({ getParentRoute: () => rootRoute, path: "launch", beforeLoad: toHome });

const pages = [homeRoute, tokensRoute, adminRoute, launchRoute, sessionsRoute, sessionRoute, clustersRoute, deviceRoute];
const routeTree = rootRoute.addChildren([
  signInRoute,
  terminalRoute,
  shellRoute.addChildren(pages),
  indexRoute,
  hubRoute,
  launchIndexRoute,
]);

/** Query strings are plain text: `?cpus=4`, as curl and people write them. */
export function createPortalRouter(app: App) {
  return createRouter({
    routeTree,
    context: { app },
    basepath: app.base,
    defaultPreload: "intent",
    scrollRestoration: true,
    // Addresses of terminals on login nodes are shown as people write them.
    pathParamsAllowedCharacters: ["@"],
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const query = new URLSearchParams(Object.entries(search).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
      return query.size === 0 ? "" : `?${query}`;
    },
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createPortalRouter>;
  }
}

/**
 * What a person (a page) or a program (problem+json) gets instead of an app: the session's state,
 * or why it may not be reached. The words of states come with the route, from the contract's table.
 */
import { AppError, type ErrorCode } from "@fairway/contract/errors.ts";
import type { Route } from "@fairway/contract/feed.ts";
import type { SessionState } from "@fairway/contract/states.ts";
import { answer, answerProblem, type Exchange, isNavigation, redirect, wantsPage } from "./exchange.ts";
import { type Link, renderPage } from "./html-page.ts";

export interface Site {
  readonly baseUrl: string;
  readonly siteName: string;
}

/** How soon a waiting page looks again. A state that ends by itself has one, the others have none. */
const REFRESH_SECONDS: Readonly<Record<SessionState, number | null>> = {
  requested: 2,
  submitting: 2,
  pending: 5,
  held: 15,
  starting: 2,
  ready: 2,
  unreachable: 5,
  suspended: 15,
  stopping: 5,
  ended: null,
};

/** The owner came, and nothing answers at this address now. */
export function answerNotRunning(exchange: Exchange, route: Route | null, site: Site): void {
  const error = new AppError("session_not_running", route === null ? "No session has this address." : `${route.label}. ${route.line}`, {
    next: route?.next ?? "Launch it, or wait until it is ready.",
  });
  if (!wantsPage(exchange.req)) {
    answerProblem(exchange, error);
    return;
  }
  if (route === null) {
    answerPage(exchange, site, error.status, "Nothing runs here", [
      "None of your sessions has this address. It may have been removed, or the link is mistyped.",
      "Launch a session, or open one from your home page.",
    ]);
    return;
  }
  const title = route.state === "ended" ? `${route.appTitle}: ${lowerFirst(route.label)}` : `${route.appTitle} · ${route.label}`;
  const goesOn = REFRESH_SECONDS[route.state] === null ? [] : ["This page goes on by itself."];
  const links = [{ href: sessionHref(site, route), text: route.state === "ended" ? "Start again" : "Details and log" }];
  answerPage(exchange, site, error.status, title, [route.line, ...nextOf(route), ...goesOn], links, REFRESH_SECONDS[route.state]);
}

/** The session runs, as far as we know, and its app does not answer. */
export function answerUnreachable(exchange: Exchange, route: Route, site: Site): void {
  const error = new AppError("session_unreachable", `${route.appTitle} does not answer at the moment.`, {
    next: "Try again shortly; the session's page shows its state and log.",
    retryAfterSeconds: 5,
  });
  if (!wantsPage(exchange.req)) {
    answerProblem(exchange, error);
    return;
  }
  const why = route.state === "unreachable" ? route.line : "Its job is there, but nothing that holds the session's key answers.";
  const links = [{ href: sessionHref(site, route), text: "Details and log" }];
  const lines = [why, "Nothing was stopped. This page tries again by itself."];
  answerPage(exchange, site, error.status, `${route.appTitle} · Not reachable`, lines, links, 5);
}

const TITLES: Partial<Record<ErrorCode, string>> = { not_allowed: "Not yours", hub_away: "Fairway is restarting" };

/** Any refusal. People who are not signed in are led to sign in, and back here. */
export function answerError(exchange: Exchange, error: AppError, site: Site): void {
  const { req, visit } = exchange;
  if (error.code === "not_signed_in" && isNavigation(req) && req.headers.authorization === undefined) {
    redirect(exchange, `${site.baseUrl}hub/login?next=${encodeURIComponent(visit.path + visit.query)}`);
    return;
  }
  if (!wantsPage(req)) {
    answerProblem(exchange, error);
    return;
  }
  const problem = error.toProblem();
  const lines = problem.next === undefined ? [problem.detail] : [problem.detail, problem.next];
  const title = TITLES[error.code] ?? problem.title;
  answerPage(exchange, site, error.status, title, lines, [], error.code === "hub_away" ? 5 : null, error.retryAfterSeconds);
}

function answerPage(
  exchange: Exchange,
  site: Site,
  status: number,
  title: string,
  lines: readonly string[],
  links: readonly Link[] = [],
  refreshSeconds: number | null = null,
  retryAfterSeconds = refreshSeconds ?? undefined,
): void {
  const homeHref = `${site.baseUrl}hub/home`;
  const { html, policy } = renderPage({
    siteName: site.siteName,
    homeHref,
    title,
    lines,
    links: [...links, { href: homeHref, text: "My sessions" }],
    refreshSeconds,
  });
  const retry = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy, "cache-control": "no-store", ...retry };
  answer(exchange, status, headers, html);
}

function sessionHref(site: Site, route: Route): string {
  return `${site.baseUrl}sessions/${route.sessionId}`;
}

function nextOf(route: Route): string[] {
  return route.next === null ? [] : [route.next];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

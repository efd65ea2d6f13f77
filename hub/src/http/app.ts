/**
 * The hub's HTTP application: the contract's operations, the jobs' calls and the documents. It
 * translates between HTTP and the services, and holds no rule of its own about people or sessions.
 */
import { randomUUID } from "node:crypto";
import { type FastifyInstance, fastify } from "fastify";
import type { HttpContext } from "./context.ts";
import { EventStreams, type StreamLimits } from "./event-stream.ts";
import { registerOperations } from "./operations.ts";
import { handleErrors, routeOf, sendError } from "./problems.ts";
import { accountHandlers } from "./routes/accounts.ts";
import { registerDocuments } from "./routes/documents.ts";
import { registerJobs } from "./routes/jobs.ts";
import { launchHandlers } from "./routes/launches.ts";
import { sessionHandlers } from "./routes/sessions.ts";
import { sshAccessHandlers } from "./routes/ssh-access.ts";
import { tokenHandlers } from "./routes/tokens.ts";

const MAX_BODY_BYTES = 256 * 1024;
/** Longer than the edge keeps an idle connection, so that it is the edge that closes it. */
const KEEP_ALIVE_MS = 75_000;

const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

export type AppOptions = Omit<HttpContext, "streams"> & { readonly streamLimits?: StreamLimits };

/** Not listening yet: see `listenOnSocket`. `close()` ends its streams of events, too. */
export function createApp({ streamLimits, ...options }: AppOptions): FastifyInstance {
  const context: HttpContext = { ...options, streams: new EventStreams(options.identity, streamLimits) };
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 30_000,
    return503OnClosing: false,
    genReqId: (request) => readRequestId(request.headers["x-request-id"]),
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply.headers(SECURITY_HEADERS), options.log),
  });
  app.addHook("onRequest", async (_request, reply) => void reply.headers(SECURITY_HEADERS));
  app.addHook("preClose", async () => context.streams.endAll());
  logRequests(app, context);
  acceptOnlyJson(app);
  handleErrors(app, options.log);
  registerOperations(app, context, {
    ...accountHandlers(context),
    ...launchHandlers(context),
    ...sessionHandlers(context),
    ...sshAccessHandlers(context),
    ...tokenHandlers(context),
  });
  registerDocuments(app, context);
  app.register(async (scope) => registerJobs(scope, context));
  return app;
}

/** Never bodies, headers, query strings or what a client made up for a path. */
function logRequests(app: FastifyInstance, { log }: HttpContext): void {
  app.addHook("onResponse", async (request, reply) => {
    const line = { request: request.id, route: routeOf(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    if (request.method === "GET" && reply.statusCode < 400) log.debug(line, "request");
    else log.info(line, "request");
  });
}

/** No form can be sent from another site's page this way, and an empty body is no error. */
function acceptOnlyJson(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body: string, done) => {
    if (body === "") done(null, undefined);
    else void parseJson(request, body, done);
  });
}

/** The edge's, so that one request has one name in both logs. */
function readRequestId(header: string | string[] | undefined): string {
  return typeof header === "string" && /^[A-Za-z0-9-]{8,64}$/.test(header) ? header : randomUUID();
}

/** Every error becomes RFC 9457 problem+json. What nobody foresaw is logged, and not told. */
import { AppError } from "@fairway/contract/errors.ts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { z } from "zod";

export function handleErrors(app: FastifyInstance, log: Logger): void {
  app.setNotFoundHandler((request, reply) =>
    sendError(new AppError("not_found", "There is nothing at this address."), request, reply, log),
  );
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, log));
}

export async function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): Promise<void> {
  const known = toAppError(error, request.id);
  if (known.status >= 500) log.error({ err: error, code: known.code, request: request.id, route: routeOf(request) }, "a request failed");
  if (known.retryAfterSeconds !== undefined) reply.header("retry-after", String(known.retryAfterSeconds));
  // A scheme that makes no browser ask for a password (RFC 9110 §15.5.2 wants one).
  if (known.status === 401) reply.header("www-authenticate", "Bearer");
  // To close with a body still arriving resets the connection, and may take this answer with it: Node
  // reads the rest away once it has answered, within the request's time.
  if (known.status === 413) reply.removeHeader("connection");
  await reply.code(known.status).type("application/problem+json").send(JSON.stringify(known.toProblem()));
}

/** The route's pattern: what a client made up never reaches the log. */
export function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? "(no route)"}`;
}

/** @throws {AppError} invalid_input */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (!result.success) throw toInvalidInput(result.error, "body");
  return result.data;
}

/** What was wrong with which field, in bounded words. */
export function toInvalidInput(error: z.ZodError, place: "path" | "query" | "body"): AppError {
  const fields = error.issues
    .slice(0, 20)
    .map((issue) => ({ path: issue.path.join(".").slice(0, 100), message: issue.message.slice(0, 200) }));
  const [first] = fields;
  const where = first === undefined || first.path === "" ? `the ${place}` : first.path;
  return new AppError("invalid_input", `Something in ${where} is not allowed: ${first?.message ?? "invalid"}`, { fields });
}

function toAppError(error: unknown, requestId: string): AppError {
  if (error instanceof AppError) return error;
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : 500;
  if (status === 413) return new AppError("too_large", "The request's body is too large.");
  if (status === 415) return new AppError("bad_request", "This kind of body is not understood here.", { next: "Send application/json." });
  if (typeof status === "number" && status >= 400 && status < 500)
    return new AppError("bad_request", "The request could not be understood.", { cause: error });
  return new AppError("internal", "an unforeseen error", {
    cause: error,
    next: `If it happens again, tell your staff: request ${requestId}.`,
  });
}

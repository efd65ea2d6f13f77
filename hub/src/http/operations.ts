/**
 * Registers the contract's operations. For each: who asks, was it our own page, may they, is the
 * input what the contract says; only then its handler. A handler checks none of this itself.
 */
import { API, type ApiName, type ApiOperation } from "@fairway/contract/api.ts";
import { AppError } from "@fairway/contract/errors.ts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ensureScope } from "../sessions/access.ts";
import type { Actor } from "../sessions/types.ts";
import { authenticate } from "./authenticate.ts";
import type { HttpContext } from "./context.ts";
import { writeCookies } from "./cookies.ts";
import { toInvalidInput } from "./problems.ts";
import { ensureSameOrigin, ensureXsrf } from "./same-origin.ts";
import { readVisit, type Visit } from "./visit.ts";

type Table = typeof API;
type Input<Op, Part extends string> = Op extends Readonly<Record<Part, infer Schema extends z.ZodType>> ? z.output<Schema> : undefined;
type Answer<Op> = Op extends { readonly response: infer Schema extends z.ZodType } ? z.output<Schema> : void;

export interface Call<Name extends ApiName> {
  readonly actor: Table[Name]["scope"] extends "anyone" ? null : Actor;
  readonly params: Input<Table[Name], "params">;
  readonly query: Input<Table[Name], "query">;
  readonly body: Input<Table[Name], "body">;
  readonly visit: Visit;
  readonly reply: FastifyReply;
}

/** One handler for each operation; the compiler notices one that is missing. */
export type Handlers = { readonly [Name in ApiName]: (call: Call<Name>) => Promise<Answer<Table[Name]>> };

type AnyHandler = (call: {
  actor: Actor | null;
  params: unknown;
  query: unknown;
  body: unknown;
  visit: Visit;
  reply: FastifyReply;
}) => Promise<unknown>;

export function registerOperations(app: FastifyInstance, context: HttpContext, handlers: Handlers): void {
  for (const name of Object.keys(API) as ApiName[]) {
    const operation: ApiOperation = API[name];
    // The table's types tie each handler to its operation; here, where all are alike, they are lost.
    const handler = handlers[name] as AnyHandler;
    app.route({
      method: operation.method,
      url: context.baseUrl + operation.path.slice(1),
      handler: (request, reply) => carryOut(operation, handler, context, request, reply),
    });
  }
}

async function carryOut(
  operation: ApiOperation,
  handler: AnyHandler,
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const visit = readVisit(request.headers);
  const actor = operation.scope === "anyone" ? null : await identify(context, request, reply, visit);
  if (operation.scope !== "anyone" && actor !== null) ensureScope(actor, operation.scope);
  // Signing somebody else's browser in is an attack, too; there is no cookie yet to check more by.
  if (actor === null && request.method !== "GET") ensureSameOrigin(request.headers, visit.origin);
  const input = {
    params: parse(operation.params, request.params, "path"),
    query: parse(operation.query, request.query, "query"),
    body: parse(operation.body, request.body, "body"),
  };
  const answer = await handler({ actor, ...input, visit, reply });
  if (reply.sent) return reply; // a stream of events answers by itself
  reply.code(operation.status);
  return operation.response === undefined ? reply.send() : answer;
}

async function identify(context: HttpContext, request: FastifyRequest, reply: FastifyReply, visit: Visit): Promise<Actor> {
  const { identity, baseUrl } = context;
  const scope = { baseUrl, isSecure: visit.isSecure };
  const { actor, renewed } = await authenticate(identity, request.headers, scope);
  // A token is sent on purpose; a cookie goes along by itself, so a change must prove its origin.
  if (actor.via.kind === "login" && request.method !== "GET") {
    ensureSameOrigin(request.headers, visit.origin);
    ensureXsrf(request.headers, identity.xsrfOf(actor) ?? unreachableXsrf());
  }
  if (renewed !== null) {
    reply.header("set-cookie", writeCookies({ session: { value: renewed.cookie, maxAgeSeconds: renewed.maxAgeSeconds } }, scope));
  }
  return actor;
}

function unreachableXsrf(): never {
  throw new AppError("internal", "a sign-in without an XSRF value");
}

/** What an operation does not ask for must not be there: a misspelt field is an error, never ignored. */
function parse(schema: z.ZodType | undefined, value: unknown, place: "path" | "query" | "body"): unknown {
  const result = (schema ?? NOTHING).safeParse(value);
  if (!result.success) throw toInvalidInput(result.error, place);
  return schema === undefined ? undefined : result.data;
}

const NOTHING = z.union([z.undefined(), z.null(), z.strictObject({})]);

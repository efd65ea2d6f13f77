/** OpenAPI 3.1 from the contract's table: never written by hand, so never out of step. */
import { API, type ApiOperation } from "@fairway/contract/api.ts";
import { Problem } from "@fairway/contract/errors.ts";
import { z } from "zod";

type Json = Record<string, unknown>;

export function toOpenApi(info: { title: string; version: string }, baseUrl: string): Json {
  const paths: Record<string, Json> = {};
  for (const [name, operation] of Object.entries<ApiOperation>(API)) {
    const path = operation.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: toOperation(name, operation) };
  }
  return {
    openapi: "3.1.1",
    info,
    servers: [{ url: baseUrl.replace(/\/$/, "") || "/" }],
    paths,
    components: {
      schemas: { Problem: toSchema(Problem, "output") },
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "An API token; `Authorization: token …` is taken, too." },
        cookie: { type: "apiKey", in: "cookie", name: "fairway", description: "A sign-in; changes need the header X-XSRFToken besides." },
      },
    },
  };
}

function toOperation(name: string, operation: ApiOperation): Json {
  const { summary, scope, params, query, body, status } = operation;
  return {
    operationId: name,
    summary,
    ...(scope === "anyone" ? { security: [] } : { description: `Scope: ${scope}`, security: [{ token: [] }, { cookie: [] }] }),
    parameters: [...toParameters(params, "path"), ...toParameters(query, "query")],
    ...(body && { requestBody: { required: true, content: toContent("application/json", toSchema(body, "input")) } }),
    responses: {
      [status]: { description: "Done", ...toAnswer(operation) },
      default: { description: "A problem", content: toContent("application/problem+json", { $ref: "#/components/schemas/Problem" }) },
    },
  };
}

function toAnswer({ response, events }: ApiOperation): Json {
  if (events !== undefined) return { content: toContent("text/event-stream", toSchema(events, "output")) };
  return response === undefined ? {} : { content: toContent("application/json", toSchema(response, "output")) };
}

function toContent(type: string, schema: Json): Json {
  return { [type]: { schema } };
}

function toParameters(schema: z.ZodType | undefined, place: "path" | "query"): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = toSchema(schema, "input") as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, shape]) => ({ name, in: place, required: required.includes(name), schema: shape }));
}

function toSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

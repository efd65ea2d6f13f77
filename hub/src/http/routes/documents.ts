/** What is the same for everybody: the API's own description, and a sign of life. */
import { OPENAPI_PATH } from "@fairway/contract/api.ts";
import type { FastifyInstance } from "fastify";
import type { HttpContext } from "../context.ts";
import { toOpenApi } from "../openapi.ts";

export function registerDocuments(app: FastifyInstance, { site, baseUrl }: HttpContext): void {
  const document = toOpenApi({ title: "Fairway", version: site.version }, baseUrl);
  app.get(baseUrl + OPENAPI_PATH.slice(1), async () => document);
  app.get(`${baseUrl}api/v1/health`, async () => ({ ok: true }));
}

/**
 * What jobs call: form-encoded in, `KEY=value` lines out, so that POSIX sh speaks it. The secret in
 * the body is the credential; cookies and API tokens mean nothing here.
 */
import { JOB_PATHS } from "@fairway/contract/api.ts";
import { AppError } from "@fairway/contract/errors.ts";
import { EnrolRequest, ReportRequest } from "@fairway/contract/jobs.ts";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { HttpContext } from "../context.ts";
import { JobLimits } from "../job-limits.ts";
import { toInvalidInput } from "../problems.ts";
import { readVisit } from "../visit.ts";

const MAX_BODY_BYTES = 8 * 1024;

/** An encapsulated plugin: form bodies are understood here and nowhere else. */
export async function registerJobs(app: FastifyInstance, { sessions, baseUrl, clock }: HttpContext): Promise<void> {
  const limits = new JobLimits();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: MAX_BODY_BYTES },
    async (_request: FastifyRequest, body: string) => parseForm(body),
  );

  const read = <Schema extends z.ZodObject>(schema: Schema, request: FastifyRequest): z.output<Schema> => {
    const result = schema.safeParse(request.body ?? {});
    if (!result.success) throw toInvalidInput(result.error, "body");
    return result.data;
  };
  const limit = (session: string, request: FastifyRequest) => limits.take(session, readVisit(request.headers).clientAddress, clock.now());

  app.post(baseUrl + JOB_PATHS.enrol.slice(1), async (request, reply) => {
    const body = read(EnrolRequest, request);
    limit(body.session, request);
    return reply.type("text/plain; charset=utf-8").send(toLines(await sessions.enrol(body)));
  });
  app.post(baseUrl + JOB_PATHS.report.slice(1), async (request, reply) => {
    const body = read(ReportRequest, request);
    limit(body.session, request);
    await sessions.report(body);
    return reply.code(204).send();
  });
}

function parseForm(body: string): Record<string, string> {
  const fields = [...new URLSearchParams(body)];
  const names = new Set(fields.map(([name]) => name));
  if (names.size !== fields.length) throw new AppError("bad_request", "A field is there twice.");
  return Object.fromEntries(fields);
}

/** sh reads line by line: a value with a line break would forge the next one. */
function toLines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => {
      if (!/^[A-Z][A-Z0-9_]*$/.test(key) || /\p{Cc}/u.test(value)) throw new Error(`the answer to a job cannot carry ${key}`);
      return `${key}=${value}\n`;
    })
    .join("");
}

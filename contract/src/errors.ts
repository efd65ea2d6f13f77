/**
 * Every error that Fairway answers with: a stable code, its HTTP status, and what it means.
 * `docs/errors.md` is generated from this table. The wire form is RFC 9457 problem+json.
 */
import { z } from "zod";

export const ERRORS = {
  bad_request: { status: 400, title: "The request could not be understood" },
  invalid_input: { status: 422, title: "Something in the request is not allowed" },
  not_signed_in: { status: 401, title: "Sign in first" },
  wrong_credentials: { status: 401, title: "User name or password is wrong" },
  not_allowed: { status: 403, title: "You may not do this" },
  xsrf: { status: 403, title: "The request did not come from Fairway's own page" },
  not_found: { status: 404, title: "There is no such thing" },
  conflict: { status: 409, title: "This is not possible in its present state" },
  session_not_running: { status: 424, title: "The session is not running" },
  too_large: { status: 413, title: "The request is too large" },
  too_many: { status: 429, title: "Too many attempts" },
  limit_reached: { status: 409, title: "You have reached a limit" },
  submit_refused: { status: 422, title: "The cluster refused the job" },
  cluster_away: { status: 503, title: "The cluster does not answer" },
  hub_away: { status: 503, title: "Fairway is restarting" },
  session_unreachable: { status: 502, title: "The session does not answer" },
  enrolment_refused: { status: 403, title: "The enrolment token is not valid" },
  internal: { status: 500, title: "Something went wrong in Fairway" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** RFC 9457. `next` says what to do now; `fields` names what was wrong with which field. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  next: z.string().optional(),
  fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

/**
 * The one error class. `expose` is false for a bug or an operator's matter: its text then stays in
 * the log and the client reads only the title.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly expose: boolean;
  readonly next: string | undefined;
  readonly fields: Problem["fields"];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { next?: string; fields?: Problem["fields"]; cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.status = ERRORS[code].status;
    this.expose = this.status < 500 || code === "cluster_away" || code === "hub_away" || code === "session_unreachable";
    this.next = options.next;
    this.fields = options.fields;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  toProblem(): Problem {
    const { title } = ERRORS[this.code];
    return {
      type: `urn:fairway:error:${this.code}`,
      title,
      status: this.status,
      code: this.code,
      detail: this.expose ? this.message : "The details are in the log of the hub.",
      ...(this.next === undefined ? {} : { next: this.next }),
      ...(this.fields === undefined ? {} : { fields: this.fields }),
    };
  }
}

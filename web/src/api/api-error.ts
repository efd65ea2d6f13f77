/** An answer of the API that is not a success, or no answer at all. */
import type { ErrorCode, Problem } from "@fairway/contract/errors.ts";

export type ApiErrorCode = ErrorCode | "offline" | "unexpected_answer";

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ApiErrorCode;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly title: string;
  readonly next: string | null;
  readonly fields: NonNullable<Problem["fields"]>;

  constructor(code: ApiErrorCode, status: number, title: string, detail: string, more: Pick<Problem, "next" | "fields"> = {}) {
    super(detail);
    this.code = code;
    this.status = status;
    this.title = title;
    this.next = more.next ?? null;
    this.fields = more.fields ?? [];
  }
}

export function isApiError(error: unknown, code: ApiErrorCode): boolean {
  return error instanceof ApiError && error.code === code;
}

/** Nobody answered for the hub, who may be back in a moment. */
export function isAway(error: unknown): boolean {
  return isApiError(error, "offline") || isApiError(error, "hub_away");
}

/** Reads a problem+json body (RFC 9457). What is no problem document becomes `unexpected_answer`, named by its status alone. */
export function toApiError(status: number, body: unknown): ApiError {
  if (isProblem(body)) return new ApiError(body.code as ErrorCode, status, body.title, body.detail, body);
  return new ApiError(
    "unexpected_answer",
    status,
    "Fairway gave an answer that this page does not understand",
    `The answer had the status ${status} and no explanation.`,
    { next: "Try again. If it stays like this, give the report to your help desk." },
  );
}

export function toOfflineError(): ApiError {
  return new ApiError("offline", 0, "Fairway does not answer", "No answer came back from this site.", {
    next: "Check your network connection, then try again. Running sessions go on.",
  });
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === "object" &&
    body !== null &&
    "code" in body &&
    typeof body.code === "string" &&
    "title" in body &&
    typeof body.title === "string" &&
    "detail" in body &&
    typeof body.detail === "string"
  );
}

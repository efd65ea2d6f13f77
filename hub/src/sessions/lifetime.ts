/** How long a running session may go on: extending its time limit, and saying that it is still used. */
import { AppError } from "@fairway/contract/errors.ts";
import type { LifetimeService } from "./types.ts";

export function createLifetimeService(): LifetimeService {
  const notYet = () => Promise.reject(new AppError("not_found", "This is not built yet."));
  return { extend: notYet, keep: notYet };
}

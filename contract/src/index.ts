/**
 * The contract: what hub, edge, portal and CLI agree on. Schemas, types, words and error codes.
 * It imports nothing of ours, no Node and no DOM, and holds no behaviour beyond pure functions.
 */
export * from "./accounts.ts";
export * from "./api.ts";
export * from "./describe-session.ts";
export * from "./errors.ts";
export * from "./feed.ts";
export * from "./jobs.ts";
export * from "./names.ts";
export * from "./pending-reasons.ts";
export * from "./profiles.ts";
export * from "./scopes.ts";
export * from "./sessions.ts";
export * from "./states.ts";

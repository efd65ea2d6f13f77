/** The services beside the sessions, in memory: what a site without clusters would answer. */
import { AppError } from "@fairway/contract/errors.ts";
import type { OfferService } from "../../clusters/types.ts";
import type { LaunchService, LifetimeService } from "../../sessions/types.ts";

const nothing = () => Promise.reject(new AppError("not_found", "There is no such thing here."));

export const noOffers: OfferService = { clusters: () => [], offer: nothing, files: nothing };
export const noLaunches: LaunchService = {
  profiles: async () => [],
  check: nothing,
  preview: nothing,
  alternatives: nothing,
  startInstead: nothing,
};
export const noLifetimes: LifetimeService = { extend: nothing, keep: nothing };

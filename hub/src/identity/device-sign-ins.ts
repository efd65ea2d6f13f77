/** Sign-ins of programs without a browser (RFC 8628): a short code, confirmed by the person in the portal. */
import { AppError } from "@fairway/contract/errors.ts";
import type { DeviceSignInService } from "./types.ts";

const unbuilt = async () => {
  throw new AppError("not_found", "Nobody waits with this code.");
};

export function createDeviceSignIns(): DeviceSignInService {
  return { start: unbuilt, poll: unbuilt, request: unbuilt, judge: unbuilt };
}

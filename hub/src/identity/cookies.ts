/** The short cookie: a JWT (EdDSA, RFC 8037) that the edge verifies with the public key alone. */
import { COOKIE_LIFE_SECONDS, CookieClaims } from "@fairway/contract/feed.ts";
import { errors, jwtVerify, SignJWT } from "jose";
import type { IdentityKeys } from "./keys.ts";

/** Ours are some 250 characters; longer ones are not even parsed. */
const MAX_COOKIE_LENGTH = 1000;

export interface ShortCookie {
  readonly value: string;
  readonly maxAgeSeconds: number;
}

/** @param untilMs the end of the sign-in itself: the cookie does not outlive it. */
export async function signCookie(
  keys: IdentityKeys,
  login: { user: string; id: string },
  nowMs: number,
  untilMs: number,
): Promise<ShortCookie> {
  const issuedAt = Math.floor(nowMs / 1000);
  const expiresAt = Math.min(issuedAt + COOKIE_LIFE_SECONDS, Math.floor(untilMs / 1000));
  const value = await new SignJWT({ sid: login.id })
    .setProtectedHeader({ alg: "EdDSA", kid: keys.signing.kid, typ: "JWT" })
    .setSubject(login.user)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(keys.signing.privateKey);
  return { value, maxAgeSeconds: expiresAt - issuedAt };
}

/** The claims of a cookie that we signed and that has not run out; null for anything else. */
export async function verifyCookie(keys: IdentityKeys, value: string, nowMs: number): Promise<CookieClaims | null> {
  if (value.length > MAX_COOKIE_LENGTH) return null;
  try {
    const { payload } = await jwtVerify(value, keys.signing.publicKey, {
      algorithms: ["EdDSA"],
      typ: "JWT",
      currentDate: new Date(nowMs),
      requiredClaims: ["sub", "sid", "iat", "exp"],
    });
    return CookieClaims.parse(payload);
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

// Fairway on the bench's testbed, as the demo installs it, and a token for whoever launches.
import { Me, NewToken } from "@fairway/contract/accounts.ts";
import { demoPassword, type Testbed } from "@fairway/testbed/index.ts";
import { HTTP_PORT, installFairway, startFairway } from "../../../deploy/demo/site.ts";
import { addressOf } from "../cluster.ts";
import { call } from "../http.ts";

export interface FairwaySite {
  /** With a slash at its end. */
  readonly url: string;
}

export interface FairwayOffer {
  readonly profiles: readonly unknown[];
  readonly sessionsPerUser: number;
}

export async function startFairwaySite(testbed: Testbed, { profiles, sessionsPerUser }: FairwayOffer): Promise<FairwaySite> {
  await installFairway(testbed, { config: { profiles, limits: { sessions_per_user: sessionsPerUser } } });
  await startFairway(testbed);
  return { url: `http://${addressOf(testbed, "hub")}:${HTTP_PORT}/` };
}

/** Signs somebody in with the testbed's password, and makes a token that may launch, stop and use sessions. */
export async function makeToken({ url }: FairwaySite, user: string, signal: AbortSignal, password = demoPassword): Promise<string> {
  const signIn = { username: user, password };
  const signedIn = await call({ method: "POST", url: `${url}api/v1/sign-in`, body: signIn, signal }, 200);
  const cookie = signedIn.setCookie.map((line) => line.slice(0, line.indexOf(";")));
  const { xsrf } = Me.parse(JSON.parse(signedIn.text));
  const headers = { cookie: cookie.join("; "), "x-xsrftoken": xsrf ?? "" };
  const body = { note: "bench", scopes: ["read:servers", "start:servers", "delete:servers", "access:servers"], expiresInSeconds: 86_400 };
  const made = await call({ method: "POST", url: `${url}api/v1/tokens`, headers, body, signal }, 201);
  return NewToken.parse(JSON.parse(made.text)).token;
}

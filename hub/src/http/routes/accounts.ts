/** The site, signing in and out, and who I am. */
import type { Me } from "@fairway/contract/accounts.ts";
import type { Actor } from "../../sessions/types.ts";
import type { HttpContext } from "../context.ts";
import { deleteCookies, writeCookies } from "../cookies.ts";
import type { Handlers } from "../operations.ts";

export function accountHandlers(context: HttpContext): Pick<Handlers, "site" | "signIn" | "signOut" | "me"> {
  const { identity, site, baseUrl } = context;
  return {
    site: async () => site,
    async signIn({ body, visit, reply }) {
      const signedIn = await identity.signIn(body.username, body.password, { address: visit.clientAddress });
      const me = await describe(context, signedIn.actor);
      const cookies = {
        session: { value: signedIn.cookie, maxAgeSeconds: signedIn.cookieMaxAgeSeconds },
        login: { value: signedIn.login, maxAgeSeconds: signedIn.loginMaxAgeSeconds },
      };
      reply.header("set-cookie", writeCookies(cookies, { baseUrl, isSecure: visit.isSecure }));
      return me;
    },
    async signOut({ actor, visit, reply }) {
      await identity.signOut(actor);
      if (actor.via.kind !== "login") return;
      reply.removeHeader("set-cookie").header("set-cookie", deleteCookies({ baseUrl, isSecure: visit.isSecure }));
    },
    me: ({ actor }) => describe(context, actor),
  };
}

async function describe({ identity, sessions, groupsOf }: HttpContext, actor: Actor): Promise<Me> {
  return {
    name: actor.user,
    role: actor.role,
    scopes: [...actor.scopes],
    xsrf: identity.xsrfOf(actor),
    limits: await sessions.limits(actor),
    groups: [...(await groupsOf(actor.user))],
  };
}

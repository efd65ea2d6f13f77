/** My API tokens. */
import type { HttpContext } from "../context.ts";
import type { Handlers } from "../operations.ts";

export function tokenHandlers({ identity }: HttpContext): Pick<Handlers, "listTokens" | "createToken" | "revokeToken"> {
  return {
    listTokens: async ({ actor }) => ({ tokens: [...(await identity.listTokens(actor))] }),
    createToken: ({ actor, body }) => identity.createToken(actor, body),
    revokeToken: ({ actor, params }) => identity.revokeToken(actor, params.id),
  };
}

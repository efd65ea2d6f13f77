/** People and their tokens, sign-in, and the clusters' health. */
import { z } from "zod";
import { SCOPES, type Scope } from "./scopes.ts";

export const Me = z.object({
  name: z.string(),
  role: z.enum(["user", "admin"]),
  scopes: z.array(z.string()),
  xsrf: z.string().nullable().describe("send as X-XSRFToken with every change; null for a token, which needs none"),
  limits: z.object({
    running: z.number().int().describe("open sessions, waiting ones included"),
    allowed: z.number().int(),
    source: z.string().describe("who sets it: this site, or the group by name"),
  }),
  groups: z.array(z.string()),
});
export type Me = z.infer<typeof Me>;

export const Site = z.object({
  name: z.string(),
  accent: z.string().nullable().describe("the site's colour"),
  version: z.string(),
  demo: z.boolean(),
  providers: z.array(z.object({ id: z.string(), kind: z.enum(["password"]), label: z.string() })),
  demoUsers: z.array(z.object({ name: z.string(), note: z.string() })),
});
export type Site = z.infer<typeof Site>;

export const SignInRequest = z.object({ username: z.string().min(1).max(64), password: z.string().min(1).max(1024) }).strict();

export const ScopeName = z.enum(Object.keys(SCOPES) as [Scope, ...Scope[]]);

export const Token = z.object({
  id: z.string(),
  note: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.number().int(),
  expiresAt: z.number().int().nullable(),
  lastUsedAt: z.number().int().nullable(),
});
export type Token = z.infer<typeof Token>;
export const TokenList = z.object({ tokens: z.array(Token) });
export const TokenRequest = z
  .object({
    note: z.string().min(1).max(100),
    scopes: z.array(ScopeName).min(1).default(["self"]),
    expiresInSeconds: z
      .number()
      .int()
      .min(60)
      .max(366 * 86_400)
      .default(30 * 86_400),
  })
  .strict();
/** `token` is shown this once and kept nowhere. */
export const NewToken = z.object({ token: z.string(), info: Token });
export type NewToken = z.infer<typeof NewToken>;

export const Cluster = z.object({
  name: z.string(),
  title: z.string(),
  scheduler: z.enum(["slurm", "local"]),
  version: z.string().nullable(),
  actsAs: z.enum(["user", "service"]).describe("whether jobs run as the person or as one service account"),
  loginTerminals: z.boolean().describe("people may open a terminal on its login node"),
  awaySince: z.number().int().nullable(),
  lastSeenAt: z.number().int().nullable(),
  problem: z.string().nullable(),
});
export type Cluster = z.infer<typeof Cluster>;
export const ClusterList = z.object({ clusters: z.array(Cluster) });

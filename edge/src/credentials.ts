/** Who is asking: a person by cookie, or a program by token. Types only, shared by what decides and what cuts off. */
export type Credential =
  | { readonly kind: "cookie"; readonly user: string; readonly loginId: string }
  | { readonly kind: "token"; readonly user: string; readonly tokenId: string; readonly expiresAt: number | null };

export interface Identity {
  readonly credential: Credential;
  /** A renewed short cookie that the answer shall carry. */
  readonly setCookie: string | null;
}

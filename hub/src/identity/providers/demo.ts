/** People from the configuration: for a demo or a single person, never a site's directory. */
import { hashPassword, isPasswordHash, isSameText, verifyPassword } from "../passwords.ts";
import type { PasswordProvider } from "../types.ts";

export interface DemoProviderConfig {
  /** User name to password hash (`scrypt:…`); plain passwords only in demo mode. */
  readonly users: ReadonlyMap<string, string>;
  readonly isDemo: boolean;
}

/** @throws RangeError for a plain password outside demo mode: a weak secret refuses to start. */
export function createDemoProvider({ users, isDemo }: DemoProviderConfig): PasswordProvider {
  for (const [name, stored] of users)
    if (!isDemo && !isPasswordHash(stored))
      throw new RangeError(`The password of "${name}" is not hashed. Store its hash, or switch the demo mode on.`);
  // An unknown name must take as long as a known one; made once, when first needed.
  let decoy: Promise<string> | null = null;
  return {
    id: "demo",
    label: "Password",
    async check(username, password) {
      const stored = users.get(username);
      if (stored !== undefined && !isPasswordHash(stored)) return isSameText(stored, password);
      decoy ??= hashPassword("decoy");
      const isRight = await verifyPassword(stored ?? (await decoy), password);
      return stored !== undefined && isRight;
    },
  };
}

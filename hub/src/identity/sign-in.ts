/** From a user name and a password to a sign-in: limits, providers, one answer for all that is wrong. */
import { AppError } from "@fairway/contract/errors.ts";
import { UserName } from "@fairway/contract/names.ts";
import { audit, type IdentityContext, roleOf } from "./context.ts";
import type { Logins } from "./logins.ts";
import { SignInLimits } from "./sign-in-limits.ts";
import type { PasswordProvider, SignedIn } from "./types.ts";

export class SignIn {
  readonly #context: IdentityContext;
  readonly #providers: readonly PasswordProvider[];
  readonly #logins: Logins;
  readonly #limits = new SignInLimits();

  constructor(context: IdentityContext, providers: readonly PasswordProvider[], logins: Logins) {
    this.#context = context;
    this.#providers = providers;
    this.#logins = logins;
  }

  async signIn(username: string, password: string, from: { address: string }): Promise<SignedIn> {
    const { clock, store } = this.#context;
    // Names are not mended (trimmed, lower-cased): two spellings must never be one person, or one two.
    const name = UserName.safeParse(username);
    const who = { address: from.address, user: name.success ? name.data : "" };
    const isRight = await this.#limits.attempt(who, clock.now(), async () => name.success && (await this.#check(name.data, password)));
    if (!name.success || !isRight) throw await this.#refuse(username, from.address, "wrong name or password");
    const now = clock.now();
    const user = await store.users.saveSeen(name.data, roleOf(this.#context, name.data), now);
    if (user.disabledAt !== null) {
      await this.#refuse(user.name, from.address, "disabled");
      throw new AppError("not_allowed", "This account is disabled.", { next: "Ask your cluster's staff." });
    }
    const signedIn = await this.#logins.begin(user.name, from.address);
    await audit(this.#context, signedIn.actor, { action: "sign-in", outcome: "done", address: from.address });
    return signedIn;
  }

  /** The first provider that says yes. One that could not be asked spoils only a "no". */
  async #check(username: string, password: string): Promise<boolean> {
    const failures: unknown[] = [];
    for (const provider of this.#providers) {
      try {
        if (await provider.check(username, password)) return true;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return false;
  }

  /** The name is what was typed: perhaps a password, perhaps a megabyte. Kept only if it is a name, and short. */
  async #refuse(username: string, address: string, detail: string): Promise<AppError> {
    const actor = UserName.safeParse(username).success ? username : "(no user name)";
    await this.#context.store.audit.record({
      at: this.#context.clock.now(),
      actor,
      via: "password",
      action: "sign-in",
      target: null,
      outcome: "refused",
      detail,
      address,
    });
    return new AppError("wrong_credentials", "User name or password is wrong.");
  }
}

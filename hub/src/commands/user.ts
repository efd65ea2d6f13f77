/** `fairway user disable|enable NAME`: shuts somebody out at once, everywhere; or lets them in again. */
import { loadConfig } from "../config/load.ts";
import { SHUT_OUT_PATH, ShutOutAnswer, ShutOutWish } from "../identity/shut-out.ts";
import { askHub } from "./ask-hub.ts";

export async function disableUser(file: string, user: string, stopsSessions: boolean): Promise<void> {
  const { stopped } = await ask(file, { user, isDisabled: true, stopsSessions });
  const sessions = stopsSessions ? `${stopped === 1 ? "1 session is" : `${stopped} sessions are`} told to stop` : "their jobs go on";
  process.stdout.write(
    `${user} is shut out: sign-ins, tokens, keys and certificates open nothing, and what was connected is cut; ${sessions}.\n`,
  );
}

export async function enableUser(file: string, user: string): Promise<void> {
  await ask(file, { user, isDisabled: false, stopsSessions: false });
  process.stdout.write(`${user} may sign in again; their tokens, keys and certificates are good again.\n`);
}

async function ask(file: string, wish: ShutOutWish) {
  const known = ShutOutWish.safeParse(wish);
  if (!known.success) throw new Error(`"${wish.user}" is no user name`);
  return ShutOutAnswer.parse(await askHub(loadConfig(file), SHUT_OUT_PATH, known.data));
}

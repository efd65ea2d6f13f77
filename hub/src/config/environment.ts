/** What the account's own programs need of the environment that we were started with; nothing else of it goes anywhere. */
import { homedir, userInfo } from "node:os";

const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

export function readAccountEnvironment(): Readonly<Record<string, string>> {
  const { username } = userInfo();
  return {
    PATH: process.env.PATH ?? DEFAULT_PATH,
    HOME: homedir(),
    USER: username,
    LOGNAME: username,
    LANG: process.env.LANG ?? "C.UTF-8",
  };
}

/** "1" makes the command line show where an error was thrown. */
export const wantsTrace = () => process.env.FAIRWAY_TRACE === "1";
export const configFileFromEnvironment = () => process.env.FAIRWAY_CONFIG;

/** Notices by mail: plain text, over SMTP, one mail to the session's owner. It knows no one's address but by the site's pattern. */
import { readFileSync } from "node:fs";
import { createTransport } from "nodemailer";
import type { Config } from "../config/load.ts";
import { NeverTaken } from "./delivery.ts";
import type { Notice } from "./types.ts";
import { toWords } from "./words.ts";

export type MailSettings = NonNullable<Config["notify"]["mail"]>;

export interface Mailer {
  /** @throws NeverTaken when the server refused it for good; else the connection's own error */
  send(notice: Notice): Promise<void>;
  /** Does the server answer, and let us in? @throws with its own words */
  verify(): Promise<void>;
}

const TIMEOUT_MS = 15_000;

/** `link`: the session's page; null where no public address is configured. @throws when the password's file cannot be read */
export function createMailer(settings: MailSettings, siteName: string, link: (sessionId: string) => string | null): Mailer {
  const { host, port, security, user, password_file: passwordFile, from, to } = settings;
  const transport = createTransport({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(user === undefined ? {} : { auth: { user, pass: passwordFile === undefined ? "" : readFileSync(passwordFile, "utf8").trim() } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(notice) {
      const { subject, line, next } = toWords(notice);
      const { id, user: owner, jobId } = notice.session;
      const page = link(id);
      const text = [
        line,
        ...(next === null ? [] : ["", next]),
        ...(page === null ? [] : ["", page]),
        "",
        `-- `,
        `${siteName}, session ${id}${jobId === null ? "" : `, job ${jobId}`}`,
      ].join("\n");
      const headers = { "Auto-Submitted": "auto-generated", "X-Fairway-Session": id };
      try {
        await transport.sendMail({ from, to: to.replaceAll("{user}", owner), subject: `${siteName}: ${subject}`, text, headers });
      } catch (error) {
        throw isFinal(error) ? new NeverTaken("the mail server refused it", { cause: error }) : error;
      }
    },
    async verify() {
      await transport.verify();
    },
  };
}

/** 5xx on the way means "do not try again" (RFC 5321, 4.2.1); a refused sign-in may be mended meanwhile. */
function isFinal(error: unknown): boolean {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  return responseCode !== undefined && responseCode >= 500 && code !== "EAUTH";
}

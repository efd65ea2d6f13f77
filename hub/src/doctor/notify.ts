/** Can people be told: does the mail server take mail from us, and are the webhooks' files in order? Sends nothing. */
import type { Config } from "../config/load.ts";
import { createMailer, type MailSettings } from "../notify/mail.ts";
import { openWebhook } from "../notify/webhook.ts";
import { type Finding, judge } from "./finding.ts";

export async function checkNotify({ notify, public_url: publicUrl }: Pick<Config, "notify" | "public_url">): Promise<Finding[]> {
  const { mail, webhooks } = notify;
  if (mail === undefined && webhooks.length === 0) return [];
  return [
    ...(mail === undefined ? [] : [await checkMail(mail)]),
    ...webhooks.map(({ url_file: urlFile, secret_file: secretFile }) => checkWebhook(urlFile, secretFile)),
    judge(publicUrl !== undefined, "messages link to the session's page", "warn", "messages hold no link", "Set public_url."),
  ];
}

async function checkMail(settings: MailSettings): Promise<Finding> {
  const where = `${settings.host}:${settings.port}`;
  try {
    await createMailer(settings, "", () => null).verify();
    return { level: "ok", what: `mail: ${where} takes mail from us` };
  } catch (error) {
    return {
      level: "fail",
      what: `mail: ${where} takes no mail from us: ${error instanceof Error ? error.message : String(error)}`,
      next: "Check notify.mail: host, port, security, user and password_file. Sessions go on without.",
    };
  }
}

function checkWebhook(urlFile: string, secretFile: string | undefined): Finding {
  try {
    const { host } = openWebhook({ url_file: urlFile, secret_file: secretFile }, Date.now);
    return judge(
      secretFile !== undefined,
      `webhook: ${host}, signed`,
      "warn",
      `webhook: ${host} gets messages without a signature`,
      "Set secret_file, unless it is a chat service.",
    );
  } catch (error) {
    return {
      level: "fail",
      what: `webhook: ${error instanceof Error ? error.message : String(error)}`,
      next: "The hub does not start like this.",
    };
  }
}

/**
 * Tells people what they would miss otherwise, by the ways that the site has configured. It decides
 * nothing about sessions, is asked by nobody, and its failures are lines in the log.
 */
import type { Logger } from "pino";
import type { Config } from "../config/load.ts";
import { Delivery, type DeliveryOptions } from "./delivery.ts";
import { createMailer } from "./mail.ts";
import type { Notice, Notifier } from "./types.ts";
import { openWebhook, toMessage, type WebhookMessage } from "./webhook.ts";

export interface NotifierOptions {
  readonly config: Pick<Config, "notify" | "site" | "public_url" | "base_url">;
  readonly now: () => number;
  readonly log: Logger;
}

/** @throws when a file of secrets cannot be used: better no start than silence */
export function createNotifier({ config, now, log }: NotifierOptions): Notifier {
  const { notify, site } = config;
  const link = (id: string) => toPageUrl(config, id);
  const ways: { put(notice: Notice): void; close(): Promise<void> }[] = [];
  if (notify.mail !== undefined) {
    const mailer = createMailer(notify.mail, site.name, link);
    const delivery = new Delivery<Notice>({
      send: (notice) => mailer.send(notice),
      now,
      ...complaints(log, `mail by ${notify.mail.host}`),
    });
    ways.push({ put: (notice) => delivery.put(notice, expiryOf(notice)), close: () => delivery.close() });
  }
  for (const settings of notify.webhooks) {
    const webhook = openWebhook(settings, now);
    const delivery = new Delivery<WebhookMessage>({
      send: (message, signal) => webhook.send(message, signal),
      now,
      ...complaints(log, `webhook at ${webhook.host}`),
    });
    const put = (notice: Notice) => delivery.put(toMessage(notice, site.name, link(notice.session.id)), expiryOf(notice));
    ways.push({ put, close: () => delivery.close() });
  }
  return {
    notify: (notice) => {
      for (const way of ways) way.put(notice);
    },
    close: async () => {
      await Promise.all(ways.map((way) => way.close()));
    },
  };
}

/** The session's page in the portal; null where nobody has told how people reach us. */
export function toPageUrl(config: Pick<Config, "public_url" | "base_url">, sessionId: string): string | null {
  if (config.public_url === undefined) return null;
  return new URL(`${config.base_url}sessions/${sessionId}`, config.public_url).href;
}

/** A warning of what has happened since is none. */
function expiryOf(notice: Notice): number | null {
  if (notice.kind === "ends-soon") return notice.endsAt;
  return notice.kind === "idle-soon" ? notice.stopsAt : null;
}

function complaints(log: Logger, way: string): Pick<DeliveryOptions<Pick<Notice, "kind">>, "onFailure" | "onDropped"> {
  return {
    onFailure: (error, next) =>
      log.warn(
        { err: error, way },
        next === "retry" ? "a notice could not be sent; it is tried again" : "a notice could not be sent and is given up",
      ),
    onDropped: (notices) => {
      const kinds: Record<string, number> = {};
      for (const { kind } of notices) kinds[kind] = (kinds[kind] ?? 0) + 1;
      log.warn({ way, count: notices.length, kinds }, "notices are given up, since the hub ends; nobody is told of them later");
    },
  };
}

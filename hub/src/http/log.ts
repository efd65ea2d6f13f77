/** The hub's log: JSON lines by pino. What could hold a secret is blotted out wherever it turns up. */
import { type DestinationStream, type Logger, pino } from "pino";

const SECRET_FIELDS = ["authorization", "cookie", "set-cookie", "token", "password", "secret", "login", "x-xsrftoken", "nonce"];

/** Redaction is the second line of defence; the first is to log neither bodies nor headers. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const depths = ["", "*.", "*.*."];
  const paths = depths.flatMap((depth) =>
    SECRET_FIELDS.map((field) => (field.includes("-") ? `${depth.replace(/\.$/, "")}["${field}"]` : `${depth}${field}`)),
  );
  const options = { level, base: null, redact: { paths, censor: "[redacted]" } };
  return destination === undefined ? pino(options) : pino(options, destination);
}

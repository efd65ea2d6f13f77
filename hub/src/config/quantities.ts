/** Durations, memory sizes and ranges as an administrator writes them: "90s", "10m", "4h", "7d"; "512M", "16G"; "20000-29999". */
import { z } from "zod";

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const BYTES = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

/** @returns milliseconds */
export const Duration = z
  .string()
  .regex(/^[1-9]\d{0,8}(s|m|h|d)$/, 'a duration is a whole number and a unit: "90s", "10m", "4h" or "7d"')
  .meta({ title: "duration" })
  .transform((text) => Number.parseInt(text, 10) * SECONDS[text.at(-1) as keyof typeof SECONDS] * 1000);

/** @returns bytes */
export const MemorySize = z
  .string()
  .regex(/^[1-9]\d*(M|G|T)$/, 'a memory size is a whole number and a unit: "512M", "16G" or "1T"')
  .meta({ title: "memory size" })
  .transform((text) => Number.parseInt(text, 10) * BYTES[text.at(-1) as keyof typeof BYTES]);

export const PortRange = z
  .string()
  .regex(/^\d{4,5}-\d{4,5}$/, 'a port range is written "20000-29999"')
  .meta({ title: "port range" })
  .transform((text, context) => {
    const [from = 0, to = 0] = text.split("-").map(Number);
    if (from < 1024 || to > 65_535 || to - from < 99) {
      context.addIssue({ code: "custom", message: "a port range lies within 1024-65535 and holds at least 100 ports" });
      return z.NEVER;
    }
    return { from, to };
  });

export const AbsolutePath = z
  .string()
  .regex(/^\/[^\0\n]*$/, "an absolute path starts with '/'")
  .max(200)
  .meta({ title: "path" });

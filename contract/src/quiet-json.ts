/**
 * JSON that may hold secrets. The parser's own error quotes what it read, and would carry it into a log.
 * @param whatCame the beginning of the error: "the hub sent an answer". @throws Error that quotes nothing
 */
export function parseQuietly(text: string, whatCame: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${whatCame} that is not JSON`);
  }
}

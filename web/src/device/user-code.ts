/** The code that a program shows and the person compares or types: ABCD-EFGH. Pure. */

/** As the API takes it, however it was typed; null while it is not one. */
export function toUserCode(text: string): string | null {
  const letters = text.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return /^[A-Z2-9]{8}$/.test(letters) ? `${letters.slice(0, 4)}-${letters.slice(4)}` : null;
}

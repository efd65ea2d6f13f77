/**
 * Random bytes for the few of padding in each packet, drawn by the page: asking for them one packet at a time took a
 * tenth of the door's work. Each byte is given out once and wiped. Anything longer is drawn as before.
 */
import { randomFillSync } from "node:crypto";

const page = Buffer.alloc(16 * 1024);
let drawn = page.length;

export function fillFromPage(target: Buffer, offset = 0, size = target.length - offset): Buffer {
  if (size > 64) return randomFillSync(target, offset, size);
  if (drawn + size > page.length) {
    randomFillSync(page);
    drawn = 0;
  }
  page.copy(target, offset, drawn, drawn + size);
  page.fill(0, drawn, drawn + size);
  drawn += size;
  return target;
}

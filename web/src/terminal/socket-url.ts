/** Where the door is for a terminal. */
import { type TerminalPlace, toTerminalSegment } from "@fairway/contract/terminal-place.ts";
import { toHref } from "../base.ts";

/** `here`: the page's own address. */
export function toSocketUrl(place: TerminalPlace, base: string, here: string): string {
  const url = new URL(toHref(base, `/terminal/${toTerminalSegment(place)}/socket`), here);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

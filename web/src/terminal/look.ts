/** A terminal's colours in the portal's light and dark; the page's own for everything but the sixteen of ANSI. */
import type { ITheme } from "@xterm/xterm";

type Scheme = "light" | "dark";

const ANSI: Readonly<Record<Scheme, ITheme>> = {
  light: {
    black: "#17202a",
    red: "#b3261e",
    green: "#1a7f37",
    yellow: "#8a5200",
    blue: "#1f5fbf",
    magenta: "#8b3fa8",
    cyan: "#0b7285",
    white: "#5b6672",
    brightBlack: "#586370",
    brightRed: "#c9332a",
    brightGreen: "#218a41",
    brightYellow: "#9a5b00",
    brightBlue: "#2b6fd6",
    brightMagenta: "#9c4bbb",
    brightCyan: "#0f8299",
    brightWhite: "#3a434c",
  },
  dark: {
    black: "#3a434c",
    red: "#ff8a80",
    green: "#4cc26b",
    yellow: "#e3a542",
    blue: "#79b0ff",
    magenta: "#d2a0ee",
    cyan: "#5fcbdc",
    white: "#bcc4cc",
    brightBlack: "#7d8894",
    brightRed: "#ffaba3",
    brightGreen: "#74d68d",
    brightYellow: "#f0c070",
    brightBlue: "#a3c9ff",
    brightMagenta: "#e1bdf6",
    brightCyan: "#8fdfec",
    brightWhite: "#f3f5f7",
  },
};

/** Reads the page's variables: call it after the scheme has changed there. */
export function toTerminalTheme(scheme: Scheme, page: Document): ITheme {
  const style = getComputedStyle(page.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  const background = read(scheme === "light" ? "--fw-surface" : "--fw-sunken");
  return {
    ...ANSI[scheme],
    background,
    foreground: read("--fw-text"),
    cursor: read("--fw-text"),
    cursorAccent: background,
    selectionBackground: scheme === "light" ? "#b9d7de" : "#2f4a55",
    scrollbarSliderBackground: "#8a95a166",
    scrollbarSliderHoverBackground: "#8a95a199",
    scrollbarSliderActiveBackground: "#8a95a1cc",
  };
}

import { describe, expect, it } from "vitest";
import { toShades } from "./accent.ts";

/** Contrast of a colour with white, by WCAG 2.2. */
function contrastWithWhite(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05);
}

describe("toShades", () => {
  it("keeps white text readable on buttons, and links readable on white, whatever colour a site chooses", () => {
    for (const accent of ["#0b7285", "#ffee00", "#00ff00", "#ff00ff", "#f00", "#000000", "#ffffff", "#7a5cff"]) {
      const shades = toShades(accent);
      for (const shade of [6, 7, 8]) expect(contrastWithWhite(shades?.[shade] ?? ""), `${accent} ${shade}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("goes from light to dark in the site's hue", () => {
    const shades = toShades("#0b7285") ?? [];
    const contrasts = shades.map(contrastWithWhite);
    expect(contrasts).toEqual([...contrasts].sort((a, b) => a - b));
    for (const shade of shades) expect(shade).toMatch(/^#[0-9a-f]{6}$/);
  });

  it("takes nothing but a colour", () => {
    for (const text of ["teal", "", "#12", "#12345g", "url(x)"]) expect(toShades(text), text).toBeNull();
  });
});

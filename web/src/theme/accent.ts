/**
 * Ten shades from the site's one colour. Lightness is ours, so that text stays readable on each of
 * them whatever colour a site chooses; hue and strength are the site's. Worked in OKLCH
 * (https://bottosson.github.io/posts/oklab/), where equal steps look equal.
 */
export type Shades = readonly [string, string, string, string, string, string, string, string, string, string];

interface Oklch {
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

/** White text on shade 6 and darker has a contrast of at least 4.5:1. */
const STEPS = [
  [0.972, 0.15],
  [0.935, 0.3],
  [0.875, 0.55],
  [0.8, 0.8],
  [0.72, 1],
  [0.635, 1],
  [0.545, 1],
  [0.485, 1],
  [0.425, 0.9],
  [0.36, 0.8],
] as const;

/** Null for anything but #rgb and #rrggbb. */
export function toShades(hex: string): Shades | null {
  const rgb = parseHex(hex);
  if (rgb === null) return null;
  const { chroma, hue } = toOklch(rgb);
  return STEPS.map(([lightness, share]) => toHex({ lightness, chroma: chroma * share, hue })) as unknown as Shades;
}

function parseHex(hex: string): readonly [number, number, number] | null {
  const match = /^#(?:([0-9a-f]{6})|([0-9a-f]{3}))$/i.exec(hex.trim());
  if (match === null) return null;
  const digits = match[1] ?? (match[2] ?? "").replace(/./g, "$&$&");
  const channel = (index: number) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16) / 255;
  return [channel(0), channel(1), channel(2)];
}

function toOklch(rgb: readonly [number, number, number]): Oklch {
  const [r, g, b] = rgb.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return { lightness, chroma: Math.hypot(a, bb), hue: Math.atan2(bb, a) };
}

/** Takes chroma away until the colour exists in sRGB. */
function toHex(color: Oklch): string {
  for (let chroma = color.chroma; ; chroma -= 0.004) {
    const linear = toLinearRgb({ ...color, chroma: Math.max(0, chroma) });
    if (chroma <= 0 || linear.every((value) => value >= -0.0005 && value <= 1.0005)) return `#${linear.map(toHexByte).join("")}`;
  }
}

function toLinearRgb({ lightness, chroma, hue }: Oklch): readonly number[] {
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function toHexByte(linear: number): string {
  const clamped = Math.min(1, Math.max(0, linear));
  const value = clamped <= 0.0031308 ? clamped * 12.92 : 1.055 * clamped ** (1 / 2.4) - 0.055;
  return Math.round(value * 255)
    .toString(16)
    .padStart(2, "0");
}

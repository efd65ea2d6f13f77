/** The look: Mantine's theme with our fonts, greys and sizes, and the site's accent. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";
import { type Shades, toShades } from "./accent.ts";

/** The default accent: deep water. */
const FAIRWAY = "#0b7285";

const DARK: MantineColorsTuple = [
  "#d9dee3",
  "#bcc4cc",
  "#98a2ac",
  "#6a7580",
  "#3a434c",
  "#2b333b",
  "#1c2228",
  "#13181d",
  "#0e1216",
  "#090c0f",
];

export const fonts = {
  text: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif',
  mono: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
};

/** `accent` as the site configured it; what is no colour falls back to ours. */
export function createFairwayTheme(accent: string | null) {
  const shades = (accent === null ? null : toShades(accent)) ?? (toShades(FAIRWAY) as Shades);
  return createTheme({
    colors: { accent: [...shades] as unknown as MantineColorsTuple, dark: DARK },
    primaryColor: "accent",
    primaryShade: { light: 7, dark: 6 },
    defaultRadius: "md",
    fontFamily: fonts.text,
    fontFamilyMonospace: fonts.mono,
    fontSizes: { xs: "12px", sm: "14px", md: "14px", lg: "16px", xl: "20px" },
    respectReducedMotion: true,
    cursorType: "pointer",
    components: {
      // Its placeholder is a child that a menu may not have.
      Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
      // The library's scroll lock writes a style element without our nonce; global.css locks instead.
      // (Modal itself is not imported here: it loads when a dialog is first opened.)
      // A dialog's header is no second banner of the page.
      Modal: {
        defaultProps: {
          lockScroll: false,
          centered: true,
          closeButtonProps: { "aria-label": "Close" },
          attributes: { header: { role: "none" } },
          overlayProps: { backgroundOpacity: 0.4 },
          styles: { title: { fontWeight: 600 } },
        },
      },
    },
  });
}

/** Mantine's own dimmed and error colours miss a contrast of 4.5:1. */
export const resolveVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { "--mantine-color-dimmed": "#586370", "--mantine-color-error": "#b3261e", "--mantine-color-placeholder": "#6b7682" },
  dark: { "--mantine-color-dimmed": "#9aa5b0", "--mantine-color-error": "#ff9b93", "--mantine-color-placeholder": "#8793a0" },
});

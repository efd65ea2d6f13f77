/**
 * Builds the portal. One build serves any base URL: scripts and styles find each other by relative
 * addresses, and index.html says %BASE%, which the edge fills in together with %NONCE%.
 */
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** In development there is no edge in front: do its part. */
const fillPlaceholders: Plugin = {
  name: "fill-placeholders",
  apply: "serve",
  transformIndexHtml: (html) => html.replaceAll("%BASE%", "/").replaceAll("%NONCE%", "development"),
};

/** Pages live at several depths, so index.html cannot say where its files are by a relative address. */
const belowBase: Plugin = {
  name: "below-base",
  apply: "build",
  enforce: "post",
  generateBundle(_, bundle) {
    const index = bundle["index.html"];
    if (index?.type === "asset") index.source = String(index.source).replaceAll('="./static/', '="%BASE%static/');
  },
};

export default defineConfig(({ command }) => ({
  base: command === "build" ? "./" : "/",
  plugins: [react(), fillPlaceholders, belowBase],
  build: {
    target: "es2023",
    assetsDir: "static",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: "build-manifest.json",
    sourcemap: false,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/api": process.env.FAIRWAY_URL ?? "http://127.0.0.1:8000" } },
}));

/** The edge's own small pages: no script, no framework, light and dark, readable without style. */
import { randomBytes } from "node:crypto";

export interface Link {
  readonly href: string;
  readonly text: string;
}

export interface HtmlPage {
  readonly siteName: string;
  readonly homeHref: string;
  readonly title: string;
  /** What happened, why, what next: a paragraph each. */
  readonly lines: readonly string[];
  readonly links: readonly Link[];
  /** The page looks again by itself. */
  readonly refreshSeconds: number | null;
}

/** @returns the page, and the Content-Security-Policy that allows exactly its own style. */
export function renderPage(page: HtmlPage): { html: string; policy: string } {
  const nonce = randomBytes(16).toString("base64");
  const refresh = page.refreshSeconds === null ? "" : `<meta http-equiv="refresh" content="${page.refreshSeconds}">\n`;
  const lines = page.lines.map((line) => `<p>${escapeHtml(line)}</p>`).join("\n");
  const links = page.links.map(
    (link, at) => `<a ${at === 0 ? 'class="first" ' : ""}href="${escapeHtml(link.href)}">${escapeHtml(link.text)}</a>`,
  );
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${refresh}<title>${escapeHtml(page.title)} · ${escapeHtml(page.siteName)}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<header><a href="${escapeHtml(page.homeHref)}">${escapeHtml(page.siteName)}</a></header>
<main>
<h1>${escapeHtml(page.title)}</h1>
${lines}
<nav aria-label="What next">${links.join("\n")}</nav>
</main>
</body>
</html>
`;
  return { html, policy: `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'` };
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

const STYLE = `
:root { color-scheme: light dark; --ground: #f6f7f9; --sheet: #ffffff; --ink: #1b2430; --soft: #4a5665; --line: #d5dae1; --accent: #0b7285; --on-accent: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12161c; --sheet: #1b212a; --ink: #e8ecf1; --soft: #b3bdc9; --line: #35404d; --accent: #66c2d3; --on-accent: #0d141c; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header { padding: 1rem 1.25rem; font-weight: 600; }
header a { color: inherit; text-decoration: none; }
header a:hover { text-decoration: underline; }
main { max-width: 36rem; margin: 8vh auto 2rem; padding: 1.75rem; background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.3; }
p { margin: 0 0 .75rem; }
p + p { color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; }
nav a { padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .5rem; color: var(--accent); text-decoration: none; }
nav a:hover { text-decoration: underline; }
nav a.first { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (max-width: 40rem) { main { margin: 1rem; padding: 1.25rem; } }
`;

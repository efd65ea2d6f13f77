/**
 * Makes xterm.js keep our content security policy, which takes no style that we did not write: its style
 * elements get the page's nonce, and styles that it writes as attributes (24-bit colours) are set through
 * the CSSOM, which the policy allows. Its `documentOverride` would be the place for this, but xterm 6.0
 * makes half of its elements with the page's own document, whatever it was given.
 */

/** @returns what undoes it. */
export function makeElementsSafe(page: Document, nonce: string): () => void {
  const createElement = (name: string, options?: ElementCreationOptions) => {
    const element = Document.prototype.createElement.call(page, name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    else element.setAttribute = setAttributeSafely;
    return element;
  };
  page.createElement = createElement;
  return () => {
    // Uncovers the prototype's own.
    if (page.createElement === createElement) Reflect.deleteProperty(page, "createElement");
  };
}

function setAttributeSafely(this: HTMLElement, name: string, value: string): void {
  if (name === "style") this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}

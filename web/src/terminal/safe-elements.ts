/**
 * Makes xterm.js keep our content security policy, which runs no style that we did not write: its style
 * elements get the page's nonce, and styles that it writes as attributes (24-bit colours) are set through
 * the CSSOM, which the policy allows.
 */

/** A document for xterm's `documentOverride`: the page's own, but for the elements that it makes. */
export function createSafeDocument(page: Document, nonce: string): Document {
  const createElement = toSafeCreate(page, nonce);
  return new Proxy(page, {
    get: (target, name) => {
      if (name === "createElement") return createElement;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** While it opens, xterm 6.0 makes one style element with the page's own document, whatever it was given. */
export function withSafeElements(page: Document, nonce: string, open: () => void): void {
  page.createElement = toSafeCreate(page, nonce);
  try {
    open();
  } finally {
    // Uncovers the prototype's.
    Reflect.deleteProperty(page, "createElement");
  }
}

function toSafeCreate(page: Document, nonce: string): Document["createElement"] {
  return (name: string, options?: ElementCreationOptions) => {
    const element = Document.prototype.createElement.call(page, name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    else element.setAttribute = setAttributeSafely;
    return element;
  };
}

function setAttributeSafely(this: HTMLElement, name: string, value: string): void {
  if (name === "style") this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}

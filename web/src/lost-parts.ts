/**
 * Parts of the portal load when they are first shown. A page that stayed open while a newer portal was installed
 * asks for files that are gone, and has to be loaded anew: once for each build, so that it never goes round in circles.
 *
 * Not before such a part was to be shown: it is also fetched ahead when the mouse passes over a link, and nobody
 * shall lose what stands on a page that still works.
 */

/** What vite says of a part (or its style sheet) that did not come; `payload` is the error that is thrown then. */
const PART_LOST = "vite:preloadError";
const STORAGE_KEY = "fairway-loaded-anew";

interface LostPartsOptions {
  /** Where it is told that a part did not come: the window. */
  readonly events: EventTarget;
  /** What this tab keeps; a browser may forbid it. */
  readonly storage: () => Pick<Storage, "getItem" | "setItem">;
  /** Another one for each build of the portal. */
  readonly build: string;
  readonly loadAnew: () => void;
}

export class LostParts {
  readonly #errors = new WeakSet<object>();
  readonly #options: LostPartsOptions;

  /** Listens as long as the page lives. */
  constructor(options: LostPartsOptions) {
    this.#options = options;
    options.events.addEventListener(PART_LOST, (event) => {
      if ("payload" in event && event.payload instanceof Error) this.#errors.add(event.payload);
    });
  }

  /** Whether this error is of such a part, and loading the page anew has not been tried with this build. */
  isCurable(error: unknown): boolean {
    return error instanceof Error && this.#errors.has(error) && this.#lastTried() !== this.#options.build;
  }

  /** Only if it can be remembered that it was done. */
  cure(): void {
    const { storage, build, loadAnew } = this.#options;
    storage().setItem(STORAGE_KEY, build);
    loadAnew();
  }

  #lastTried(): string | null {
    const { storage, build } = this.#options;
    try {
      return storage().getItem(STORAGE_KEY);
    } catch {
      return build; // nothing can be remembered here: the person has the button
    }
  }
}

/** The tab's title: the page's own, and before it what must be seen from another tab. */
export class TabTitle {
  readonly #tab: { title: string };
  #page = "";
  #alarm: string | null = null;

  constructor(tab: { title: string }) {
    this.#tab = tab;
  }

  setPage(title: string): void {
    this.#page = title;
    this.#show();
  }

  /** "5 min left"; null: nothing is urgent. */
  setAlarm(words: string | null): void {
    if (words === this.#alarm) return;
    this.#alarm = words;
    this.#show();
  }

  #show(): void {
    this.#tab.title = this.#alarm === null ? this.#page : `(${this.#alarm}) ${this.#page}`;
  }
}

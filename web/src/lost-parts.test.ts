import { describe, expect, it } from "vitest";
import { LostParts } from "./lost-parts.ts";

const lost = new TypeError("Failed to fetch dynamically imported module: /static/StopDialog-AAAA.js");

/** One tab: what it keeps stays over loads; each load has its build, and tells what it could not get. */
function openTab() {
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
  return (build: string, { storage: access = () => storage as Pick<Storage, "getItem" | "setItem"> } = {}) => {
    const events = new EventTarget();
    const page = { loads: 0, parts: new LostParts({ events, storage: access, build, loadAnew: () => (page.loads += 1) }) };
    events.dispatchEvent(Object.assign(new Event("vite:preloadError"), { payload: lost }));
    return page;
  };
}

describe("a part of the portal that is gone", () => {
  it("has the page loaded anew, once for each build", () => {
    const load = openTab();
    const first = load("index-A.js");
    expect(first.loads).toBe(0); // fetched ahead: not before it is to be shown
    expect(first.parts.isCurable(lost)).toBe(true);
    first.parts.cure();
    expect(first.loads).toBe(1);
    expect(load("index-A.js").parts.isCurable(lost)).toBe(false);
    expect(load("index-B.js").parts.isCurable(lost)).toBe(true);
  });

  it("is told from any other fault", () => {
    const { parts } = openTab()("index-A.js");
    expect(parts.isCurable(new TypeError("x is undefined"))).toBe(false);
    expect(parts.isCurable("text")).toBe(false);
  });

  it("is left to the person where the browser keeps nothing", () => {
    const storage = () => {
      throw new DOMException("denied", "SecurityError");
    };
    expect(openTab()("index-A.js", { storage }).parts.isCurable(lost)).toBe(false);
  });
});

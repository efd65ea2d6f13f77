/** Which warnings were put away in this tab; a reload does not bring them back, the next mark does. */
import { useState } from "react";

const STORAGE_KEY = "fairway-dismissed";
const KEEP = 50;

export function useDismissed(): readonly [ReadonlySet<string>, (key: string) => void] {
  const [keys, setKeys] = useState(read);
  const dismiss = (key: string) => {
    const next = [...keys, key].slice(-KEEP);
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(next));
    setKeys(next);
  };
  return [new Set(keys), dismiss];
}

function read(): readonly string[] {
  const kept: unknown = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "[]");
  return Array.isArray(kept) ? kept.filter((key) => typeof key === "string") : [];
}

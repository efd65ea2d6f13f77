import { expect, it } from "vitest";
import { TabTitle } from "./tab-title.ts";

it("puts the alarm before whatever page is shown, until it is over", () => {
  const tab = { title: "" };
  const title = new TabTitle(tab);
  title.setPage("Home · Harbour");
  title.setAlarm("5 min left");
  expect(tab.title).toBe("(5 min left) Home · Harbour");
  title.setPage("Clusters · Harbour");
  expect(tab.title).toBe("(5 min left) Clusters · Harbour");
  title.setAlarm(null);
  expect(tab.title).toBe("Clusters · Harbour");
});

import { expect, it } from "vitest";
import { toListEntries } from "./list-choices.ts";

const option = {
  choices: [
    { value: "a100", label: "A100", refusal: null },
    { value: 2, label: "Two", refusal: "Your account has none." },
  ],
};
const offered = [
  { value: "a100", label: "A100", disabled: false },
  { value: "2", label: "Two (Your account has none.)", disabled: true },
];

it("lists what is offered, and why not", () => {
  expect(toListEntries(option, "a100")).toEqual(offered);
  expect(toListEntries(option, "2")).toEqual(offered);
});

it("shows the form's own value also when it is not offered any more, and never another one instead", () => {
  expect(toListEntries(option, "k80")).toEqual([{ value: "k80", label: "k80 (no longer offered)", disabled: true }, ...offered]);
  expect(toListEntries(option, "")).toEqual([{ value: "", label: "Nothing chosen", disabled: true }, ...offered]);
});

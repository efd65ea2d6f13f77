/** A failure whose message is written for the person at the terminal: what, why, what next. */
export class TestbedError extends Error {
  override readonly name = "TestbedError";
}

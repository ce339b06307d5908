import { writeSync } from "node:fs";
import { expect, test } from "vitest";
import { withCapturedStderr } from "../../src/engine/libc.ts";

test.skipIf(process.platform !== "linux")(
  "what is written to file descriptor 2 is returned, and nothing after that (skips: not Linux)",
  () => {
    const { result, text } = withCapturedStderr(() => {
      writeSync(2, "E0000 file.cc:1] no GPU\n");
      return 7;
    });
    expect(result).toBe(7);
    expect(text).toBe("E0000 file.cc:1] no GPU\n");
    expect(withCapturedStderr(() => undefined).text).toBe("");
  },
);

test("an error inside comes out, and standard error is itself again", () => {
  expect(() =>
    withCapturedStderr(() => {
      throw new Error("inside");
    }),
  ).toThrow("inside");
  expect(writeSync(2, "")).toBe(0);
});

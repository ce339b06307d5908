import { expect, test } from "vitest";
import { epochOrder, PlaceFiller, type Unreadable, workAhead } from "../../../datasets/loader/epoch.ts";

/** Lets everything run that waits for nothing but its turn. */
const idle = () => new Promise((resolve) => setImmediate(resolve));

/** Makes batches of one sample at once, and remembers which step went into which slot. */
function recorder() {
  const made: { step: number; slot: number }[] = [];
  const make = async (step: number, slot: number) => {
    made.push({ step, slot });
    return { size: 1, step, slot };
  };
  return { made, make };
}

test("batches come in order, as many in progress as there are slots", async () => {
  const { made, make } = recorder();
  const steps: number[] = [];
  for await (const { step } of workAhead(make, 2, 7, 3)) {
    steps.push(step);
    await idle();
    // Three slots: the batch in use and the two after it, as far as there are any.
    expect(made.at(-1)?.step).toBe(Math.min(6, step + 2));
  }
  expect(steps).toEqual([2, 3, 4, 5, 6]);
});

test("nothing is made in a batch's slot until the next one is asked for", async () => {
  const { made, make } = recorder();
  for await (const { step, slot } of workAhead(make, 0, 8, 2)) {
    await idle();
    const later = made.filter((other) => other.step > step);
    expect(later.map((other) => other.slot)).not.toContain(slot);
  }
  expect(made).toHaveLength(8);
});

test("an empty batch is left out, and a failure is thrown when it is that batch's turn", async () => {
  const make = async (step: number) => {
    if (step === 3) throw new Error("step 3 fails");
    return { size: step === 1 ? 0 : 1, step };
  };
  const steps: number[] = [];
  const all = async () => {
    for await (const { step } of workAhead(make, 0, 6, 4)) steps.push(step);
  };
  await expect(all()).rejects.toThrow("step 3 fails");
  expect(steps).toEqual([0, 2]);
});

test("an epoch left early ends when the batches in progress have", async () => {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const make = async (step: number) => {
    if (step > 0) await finished;
    return { size: 1, step };
  };
  const batches = workAhead(make, 0, 5, 2);
  await batches.next();
  let ended = false;
  const end = batches.return().then(() => {
    ended = true;
  });
  await idle();
  expect(ended).toBe(false);
  finish();
  await end;
  expect(ended).toBe(true);
});

test("an order is the same for the same seed and epoch, and as listed unless shuffled", () => {
  expect([...epochOrder(5, false, 1, 1)]).toEqual([0, 1, 2, 3, 4]);
  const order = epochOrder(100, true, 1, 1);
  expect(epochOrder(100, true, 1, 1)).toEqual(order);
  expect(epochOrder(100, true, 1, 2)).not.toEqual(order);
  expect(epochOrder(100, true, 2, 1)).not.toEqual(order);
  expect(order.toSorted()).toEqual(epochOrder(100, false, 1, 1));
});

test("a place asks again until a sample can be read, and known bad images are not tried twice", async () => {
  const paths = ["a", "bad1", "bad2", "d"];
  const filler = new PlaceFiller({ where: "test", paths, skip: true, replace: true });
  const tried: number[] = [];
  const read = async (places: readonly { index: number }[]): Promise<({ index: number } | Unreadable)[]> => {
    tried.push(...places.map(({ index }) => index));
    return places.map(({ index }) =>
      paths[index]?.startsWith("bad") ? { unreadable: `${paths[index]}: no` } : { index },
    );
  };
  const order = Uint32Array.of(0, 1, 2, 3);
  const indices = async () => (await filler.fill(order, 1, 2, read)).map((place) => place?.index);
  // Places 1 and 2 try samples 1 and 2; then both go on to 3, as 2 is known by then.
  expect(await indices()).toEqual([3, 3]);
  expect(tried.splice(0)).toEqual([1, 2, 3, 3]);
  expect(await indices()).toEqual([3, 3]);
  expect(tried).toEqual([3, 3]);
  expect([...filler.badImages]).toEqual([
    ["bad1", "bad1: no"],
    ["bad2", "bad2: no"],
  ]);
});

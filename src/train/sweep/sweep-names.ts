/** Longer values are cut: a folder's name has to be readable, and to fit. */
const LONGEST_VALUE = 40;

const UNSAFE = /[^A-Za-z0-9.+-]+/;

/** The last part of each dotted key, or all of it where another ends alike. */
export function shortKeys(keys: readonly string[]): string[] {
  const lastOf = (key: string) => key.slice(key.lastIndexOf(".") + 1);
  return keys.map((key) =>
    keys.filter((other) => lastOf(other) === lastOf(key)).length > 1 ? key : lastOf(key),
  );
}

/**
 * Names for folders, such as `kernels-4_inputSize-128-96`: letters, digits, dots, plus and minus signs of keys and
 * values. Combinations whose names would be the same are numbered.
 *
 * @param combinations The values of each, in the order of the keys.
 * @returns One name a combination; empty where there is no key.
 */
export function combinationNames(
  keys: readonly string[],
  combinations: readonly (readonly string[])[],
): string[] {
  const short = shortKeys(keys);
  const names = combinations.map((values) =>
    values.map((value, i) => `${short[i]}-${fileSafe(value)}`).join("_"),
  );
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let number = 2; taken.has(unique); number++) unique = `${name}_${number}`;
    taken.add(unique);
    return unique;
  });
}

function fileSafe(value: string): string {
  const plain = value.split(UNSAFE).filter(Boolean).join("-");
  return plain.slice(0, LONGEST_VALUE) || "none";
}

/** A config key and the values that a sweep tries. One value: the same in every run. */
export interface SweepSetting {
  /** Dotted: `train.learningRate`. */
  readonly key: string;
  /** As typed: YAML. */
  readonly values: readonly string[];
}

/**
 * Reads a `--set key=v1,v2`: commas separate values, those within brackets, braces or quotes apart.
 *
 * @throws {Error} If there is no key, a value is empty, or one is there twice.
 */
export function parseSetting(text: string): SweepSetting {
  const equals = text.indexOf("=");
  const key = text.slice(0, Math.max(0, equals)).trim();
  if (!key) throw new Error(`--set: expected path=value or path=value,value…, got ${JSON.stringify(text)}`);
  const values = splitValues(text.slice(equals + 1));
  if (values.length > 1 && values.includes("")) {
    throw new Error(`--set ${text}: expected a value beside each comma, got nothing`);
  }
  const twice = values.find((value, i) => values.indexOf(value) < i);
  if (twice !== undefined) throw new Error(`--set ${text}: expected different values, got ${twice} twice`);
  return { key, values };
}

/** Splits at commas outside brackets, braces and quotes; space around values goes. */
export function splitValues(text: string): string[] {
  const values = [""];
  let depth = 0;
  let quote = "";
  for (const character of text) {
    if (quote) quote = character === quote ? "" : quote;
    else if (`"'`.includes(character)) quote = character;
    else if ("[{".includes(character)) depth += 1;
    else if ("]}".includes(character)) depth -= 1;
    if (character === "," && depth === 0 && !quote) values.push("");
    else values[values.length - 1] += character;
  }
  return values.map((value) => value.trim());
}

/**
 * Reads all `--set` of a sweep.
 *
 * @throws {Error} Also if a key is there twice, or is the seed: that is what `--seeds` is for.
 */
export function parseSettings(texts: readonly string[]): SweepSetting[] {
  const settings = texts.map(parseSetting);
  const keys = settings.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice)
    throw new Error(
      `--set ${twice}: expected once, got it twice; values go behind one another: ${twice}=1,2`,
    );
  if (keys.includes("train.seed"))
    throw new Error("--set train.seed: expected --seeds to decide it, got a value");
  return settings;
}

/** Every choice of one value for each setting, the last setting's values changing fastest. */
export function combinations(settings: readonly SweepSetting[]): string[][] {
  return settings.reduce<string[][]>(
    (chosen, { values }) => chosen.flatMap((before) => values.map((value) => [...before, value])),
    [[]],
  );
}

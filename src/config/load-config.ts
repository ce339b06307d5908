import { readFile } from "node:fs/promises";
import { closest, distance } from "fastest-levenshtein";
import { Document, isMap, parseDocument, visit } from "yaml";
import { z } from "zod";
import { type Config, configSchema } from "./schema.ts";

/**
 * Reads an experiment's YAML file, applies overrides, fills in defaults.
 *
 * @param overrides `path=value` each, the value in YAML: `train.batchSize=8`, `model.inputSize=[128, 96]`.
 * @throws {Error} One line that names the file and, for a bad value, its path and what was expected.
 */
export async function loadConfig(path: string, overrides: readonly string[] = []): Promise<Config> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new Error(`${path}: expected a config file, got ${cause.code ?? cause}`, { cause });
  });
  return parseConfig(text, path, overrides);
}

/** {@link loadConfig} on text; `where` names it in errors. */
export function parseConfig(text: string, where: string, overrides: readonly string[] = []): Config {
  const document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax) throw new Error(`${where}: expected YAML, got: ${firstLine(syntax.message)}`);
  if (!isMap(document.contents) && document.contents !== null) {
    throw new Error(`${where}: expected keys and values (model, train, …), got ${JSON.stringify(document)}`);
  }
  for (const setting of overrides) override(document, setting);
  const values = document.toJS() ?? {};
  const result = configSchema.safeParse(values, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues as [z.core.$ZodIssue];
  throw new Error(`${where}: ${describe(issue, schemaOf(values.task))}`);
}

/** The resolved config as YAML, every default written out: loads to the same config. */
export function formatConfig(config: Config): string {
  const document = new Document(config);
  visit(document, {
    Seq(_key, list) {
      list.flow = true;
    },
  });
  return document.toString({ flowCollectionPadding: false });
}

/** Applies `path=value` to a document. */
function override(document: Document, setting: string): void {
  const equals = setting.indexOf("=");
  if (equals < 1) throw new Error(`--set: expected path=value, got ${JSON.stringify(setting)}`);
  const value = parseDocument(setting.slice(equals + 1));
  if (value.errors[0]) throw new Error(`--set ${setting}: expected a YAML value`);
  const keys = setting.slice(0, equals).trim().split(".");
  for (const [i, key] of keys.slice(0, -1).entries()) {
    const at = keys.slice(0, i + 1);
    const group = document.getIn(at);
    // A key that is there but empty, as in `train:`, takes values as well.
    if (group === undefined || group === null) document.setIn(at, document.createNode({}));
    else if (!isMap(group)) throw new Error(`--set ${setting}: expected ${key} to hold keys, got ${group}`);
  }
  document.setIn(keys, value.contents);
}

/** The schema of a task's configs; of all tasks where there is no such task. */
function schemaOf(task: unknown): z.core.$ZodType {
  return configSchema.options.find(({ shape }) => shape.task.safeParse(task).success) ?? configSchema;
}

function describe(issue: z.core.$ZodIssue, schema: z.core.$ZodType): string {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const unknown = [path, issue.keys[0]].filter(Boolean).join(".");
    const nearest = nearestKey(unknown, knownKeys(schema));
    return `${unknown}: unknown key${nearest ? `; did you mean ${nearest}?` : ""}`;
  }
  return `${path}: ${expectation(issue)}, got ${JSON.stringify(inputOf(issue)) ?? "nothing"}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return `expected one of ${issue.values.join(", ")}`;
  if (issue.code === "invalid_union") return `expected one of ${choices(issue).join(", ")}`;
  if (issue.code === "too_small" && issue.origin === "array") return `expected ${issue.minimum} entries`;
  if (issue.code === "too_small") return `expected ${issue.inclusive ? "≥" : ">"} ${issue.minimum}`;
  if (issue.code === "too_big") return `expected ${issue.inclusive ? "≤" : "<"} ${issue.maximum}`;
  if (issue.code === "invalid_type") return `expected ${issue.expected}`;
  return issue.message;
}

/** Values of the key that decides between several forms (`undefined` stands for its default, one of them). */
function choices(issue: z.core.$ZodIssue): unknown[] {
  const options = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
  return options.filter((option) => option !== undefined);
}

/** For a wrong discriminator zod reports the whole object: only the key itself is of interest. */
function inputOf(issue: z.core.$ZodIssue): unknown {
  const { input } = issue;
  if (issue.code !== "invalid_union" || !issue.discriminator) return input;
  return (input as Record<string, unknown>)[issue.discriminator];
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] as string;
}

/** Every key path of a schema, dotted: `train`, `train.epochs`, `train.optimizer.beta1` … */
function knownKeys(schema: z.core.$ZodType, prefix = ""): string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries<z.core.$ZodType>(schema.shape).flatMap(([key, field]) => [
      prefix + key,
      ...knownKeys(field, `${prefix}${key}.`),
    ]);
  }
  if (schema instanceof z.ZodUnion) {
    return [...new Set(schema.options.flatMap((option) => knownKeys(option, prefix)))];
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return knownKeys(schema.unwrap(), prefix);
  }
  return [];
}

/**
 * The known key a mistyped one most likely means: one with the same last part wherever it belongs (`epochs` for
 * `train.epochs`), else one it is the start of, else the nearest by spelling, or nothing when none is near.
 */
function nearestKey(unknown: string, known: readonly string[]): string | undefined {
  const last = (key: string) => key.slice(key.lastIndexOf(".") + 1).toLowerCase();
  const folder = (key: string) => key.slice(0, key.lastIndexOf(".") + 1);
  const spelledTheSame = known.filter((key) => last(key) === last(unknown));
  if (spelledTheSame.length > 0) return closest(unknown, spelledTheSame);
  const longer = known.filter((key) => key.toLowerCase().startsWith(unknown.toLowerCase()));
  if (longer.length > 0) return longer[0];
  const beside = known.filter((key) => folder(key) === folder(unknown));
  const candidate = closest(unknown, beside.length > 0 ? beside : [...known]);
  return distance(last(candidate), last(unknown)) <= 0.5 * Math.max(4, last(unknown).length)
    ? candidate
    : undefined;
}

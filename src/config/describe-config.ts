import { stringify } from "yaml";
import { z } from "zod";
import { type Config, configSchema } from "./schema.ts";

type Schema = z.core.JSONSchema.BaseSchema;
type Values = Readonly<Record<string, unknown>>;

/** JSON Schema of a config as written, with which editors complete and check one. */
export function configJsonSchema(): Schema {
  return z.toJSONSchema(configSchema, { io: "input" });
}

/**
 * Every setting of a task as YAML, each below what it means and what it may be. Settings without a value are commented
 * out, so that the text of a whole config loads to the same config.
 *
 * @param config Whose values to show; the defaults unless given.
 * @throws {RangeError} If there is no such task.
 */
export function describeConfig(task: Config["task"], config: Values = {}): string {
  const schema = variantOf(configJsonSchema(), "task", task);
  return `${describeGroup(schema, config, "").join("\n").trim()}\n`;
}

function describeGroup(schema: Schema, values: Values, indent: string): string[] {
  return Object.entries(propertiesOf(schema)).flatMap(([key, field]) => {
    const isRequired = schema.required?.includes(key) ?? false;
    const value = values[key] ?? field.default ?? field.const;
    const lines = describeField(key, field, value, isRequired && field.const === undefined, indent);
    return indent === "" ? ["", ...lines] : lines;
  });
}

function describeField(
  key: string,
  field: Schema,
  value: unknown,
  isRequired: boolean,
  indent: string,
): string[] {
  const comment = field.description ? [`${indent}# ${field.description}`] : [];
  if (field.properties) {
    return [...comment, `${indent}${key}:`, ...describeGroup(field, (value ?? {}) as Values, `${indent}  `)];
  }
  if (field.oneOf) {
    return [...comment, `${indent}${key}:`, ...describeVariants(field, value as Values, `${indent}  `)];
  }
  const setting = value === undefined ? `# ${key}:` : `${key}: ${inline(value)}`;
  const limits = [isRequired ? "required" : [], allowed(field)].flat();
  return [...comment, `${indent}${setting}${limits.length > 0 ? `  # ${limits.join(", ")}` : ""}`];
}

/** The chosen one of several forms, and in comments the others. */
function describeVariants(field: Schema, value: Values, indent: string): string[] {
  const forms = field.oneOf as Schema[];
  const chosen = variantOf(field, "kind", value["kind"] ?? kindOf(forms[0] as Schema));
  const others = forms.filter((form) => form !== chosen).map((form) => `${indent}# or ${describeForm(form)}`);
  return [...describeGroup(chosen, value, indent), ...others];
}

/** A form in one line, as it could stand in a config. */
function describeForm(form: Schema): string {
  const fields = Object.entries(propertiesOf(form)).map(([key, { const: kind, default: value }]) => {
    return `${key}: ${inline(kind ?? value ?? "…")}`;
  });
  return `{${fields.join(", ")}}`;
}

/** What values a setting takes; nothing if its kind says it all. */
function allowed({ type, enum: choices, ...schema }: Schema): string[] {
  if (choices) return [choices.join(" | ")];
  if (type === "boolean") return ["true | false"];
  if (type !== "number" && type !== "integer") return [];
  const { minimum, exclusiveMinimum, exclusiveMaximum } = schema;
  // A safe integer's limit is JavaScript's, not the setting's.
  const maximum = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  return [
    type === "integer" ? "whole" : [],
    minimum === undefined ? [] : `≥ ${minimum}`,
    exclusiveMinimum === undefined ? [] : `> ${exclusiveMinimum}`,
    maximum === undefined ? [] : `≤ ${maximum}`,
    exclusiveMaximum === undefined ? [] : `< ${exclusiveMaximum}`,
  ].flat();
}

function variantOf(schema: Schema, key: string, value: unknown): Schema {
  const variant = (schema.oneOf as Schema[]).find((form) => propertiesOf(form)[key]?.const === value);
  if (!variant) throw new RangeError(`describeConfig: expected a known ${key}, got ${value}`);
  return variant;
}

const propertiesOf = (schema: Schema) => (schema.properties ?? {}) as Record<string, Schema>;

const kindOf = (form: Schema): unknown => propertiesOf(form)["kind"]?.const;

/** A value on one line of YAML. */
function inline(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", flowCollectionPadding: false, lineWidth: 0 }).trim();
}

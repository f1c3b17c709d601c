import { z } from "zod";
import { StudySettings } from "../sql/studies.ts";

/** One setting as people write it: `quietHours.from`, with what it may be in words. */
export type SettingField = Readonly<{
  key: string;
  title: string;
  description: string;
  kind: "integer" | "number" | "boolean" | "string";
  optional: boolean;
  /** What is allowed: `a whole number from 1 to 1440, or empty`. */
  allowed: string;
}>;

type Schema = Readonly<{
  type?: string;
  title?: string;
  description?: string;
  minimum?: number;
  maximum?: number;
  anyOf?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
}>;

const Kind = z.enum(["integer", "number", "boolean", "string"]);

/** Every setting, in the order of the schema, which is the only place that lists them. */
export const settingFields: readonly SettingField[] = fieldsOf(
  z.toJSONSchema(StudySettings, { io: "input" }) as Schema,
  "",
);

function fieldsOf({ properties = {} }: Schema, prefix: string): SettingField[] {
  return Object.entries(properties).flatMap(([name, schema]) =>
    schema.properties ? fieldsOf(schema, `${prefix}${name}.`) : [fieldOf(prefix + name, schema)],
  );
}

function fieldOf(key: string, schema: Schema): SettingField {
  const optional = schema.anyOf?.some(({ type }) => type === "null") ?? false;
  const value = schema.anyOf?.find(({ type }) => type !== "null") ?? schema;
  const kind = Kind.parse(value.type);
  const words = {
    integer: `a whole number from ${value.minimum} to ${value.maximum}`,
    number: `a number from ${value.minimum} to ${value.maximum}`,
    boolean: "yes or no",
    string: "a time of day, such as 21:00",
  };
  const allowed = optional ? `${words[kind]}, or empty` : words[kind];
  return {
    key,
    title: schema.title ?? key,
    description: schema.description ?? "",
    kind,
    optional,
    allowed,
  };
}

/** The settings as texts by key; what is not set is the empty text. */
export function settingsAsText(settings: StudySettings): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const { key } of settingFields) texts[key] = asText(valueAt(settings, key));
  return texts;
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

function valueAt(settings: unknown, key: string): unknown {
  return key
    .split(".")
    .reduce<unknown>((at, part) => (isRecord(at) ? at[part] : undefined), settings);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

export type SettingChanges = Readonly<Record<string, Readonly<{ from: string; to: string }>>>;

/** Which settings differ, as texts. */
export function changesBetween(before: StudySettings, after: StudySettings): SettingChanges {
  const [from, to] = [settingsAsText(before), settingsAsText(after)];
  return Object.fromEntries(
    settingFields
      .filter(({ key }) => from[key] !== to[key])
      .map(({ key }) => [key, { from: from[key] ?? "", to: to[key] ?? "" }]),
  );
}

export type SettingsRead = Readonly<{
  settings: StudySettings | null;
  /** By key, in words; empty when `settings` is there. */
  problems: Readonly<Record<string, string>>;
}>;

/** Settings with these texts in place of what was; every wrong value and unknown key is named, with what is right. */
export function readSettings(
  before: StudySettings,
  texts: Readonly<Record<string, string>>,
): SettingsRead {
  const problems: Record<string, string> = {};
  const wanted = structuredClone(before) as Record<string, unknown>;
  for (const [key, text] of Object.entries(texts)) {
    const field = settingFields.find((each) => each.key === key);
    if (field) put(wanted, key, meaningOf(field, text.trim()));
    else problems[key] = `is not a setting; there is ${settingFields.map((f) => f.key).join(", ")}`;
  }
  const { data, error } = StudySettings.safeParse(wanted);
  const all = { ...problemsOf(error), ...problems };
  return { settings: Object.keys(all).length === 0 && data ? data : null, problems: all };
}

function problemsOf(error: z.ZodError | undefined): Record<string, string> {
  const issues = error?.issues ?? [];
  // What holds between two settings is judged once each is right by itself.
  const own = issues.filter(({ code }) => code !== "custom");
  return Object.fromEntries(
    (own.length > 0 ? own : issues).map(({ path, code, message }) => {
      const key = path.join(".");
      const field = settingFields.find((each) => each.key === key);
      return [key, code === "custom" || !field ? message : `must be ${field.allowed}`];
    }),
  );
}

function put(settings: Record<string, unknown>, key: string, value: unknown): void {
  const parts = key.split(".");
  const name = parts.pop() ?? "";
  const inner = parts.reduce<unknown>((at, part) => (isRecord(at) ? at[part] : at), settings);
  if (isRecord(inner)) inner[name] = value;
}

const YES_NO: Readonly<Record<string, boolean>> = {
  yes: true,
  true: true,
  no: false,
  false: false,
};

/** The value a text stands for; one that stands for none stays a text, which the schema refuses. */
function meaningOf({ kind, optional }: SettingField, text: string): unknown {
  if (optional && (text === "" || text === "none")) return null;
  if (kind === "boolean") return YES_NO[text.toLowerCase()] ?? text;
  if (kind === "string") return text;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { readReason } from "../set-up/reason.ts";
import type { Because } from "../sql/refusal.ts";
import { Refusal } from "../sql/refusal.ts";
import type { AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";

type Option = Readonly<{ value: string; label: string }>;

/** One field as a route describes it. */
export type FieldSpec = Readonly<{
  name: string;
  label: string;
  hint?: string;
  type?: "text" | "date" | "textarea" | "select" | "file" | "zone" | "password";
  /** What a browser may fill in by itself; nothing unless said. */
  autocomplete?: string;
  value?: string;
  options?: readonly Option[];
}>;

export type FormSpec = Readonly<{
  id: string;
  action: string;
  submit: string;
  fields: readonly FieldSpec[];
  /** How a refusal begins. */
  refused?: string;
  hidden?: Readonly<Record<string, string>>;
}>;

/** A form that was refused: what was typed and what is wrong with it, by field. */
export type Failed = Readonly<{ form: string; values: Texts; errors: Texts }>;

export type Texts = Readonly<Record<string, string>>;

type Field = Required<FieldSpec> & Readonly<{ id: string; error: string; describedBy: string }>;

export type Form = Readonly<{
  id: string;
  action: string;
  submit: string;
  hidden: readonly Readonly<{ name: string; value: string }>[];
  fields: readonly Field[];
  refused: string;
  /** What is wrong, each with where to go; empty when nothing is. */
  summary: readonly Readonly<{ href: string; words: string }>[];
  multipart: boolean;
}>;

/** The reason every change asks for. */
export const WHY: FieldSpec = {
  name: "why",
  label: "Why",
  hint: "Kept in the history with your name and the time. No names, no addresses.",
};

/** A form as its template needs it, with what was typed and what was wrong if it is the one that was refused. */
export function formView(spec: FormSpec, failed: Failed | null): Form {
  const mine = failed?.form === spec.id ? failed : null;
  const fields = spec.fields.map((field) => fieldView(spec.id, field, mine));
  const summary = Object.entries(mine?.errors ?? {}).map(([name, words]) => {
    const field = fields.find((each) => each.name === name);
    return field
      ? { href: `#${field.id}`, words: `${field.label}: ${words}` }
      : { href: `#${spec.id}`, words };
  });
  const hidden = Object.entries(spec.hidden ?? {}).map(([name, value]) => ({ name, value }));
  const multipart = spec.fields.some(({ type }) => type === "file");
  return { refused: "Nothing was changed.", ...spec, fields, hidden, summary, multipart };
}

/**
 * A refused form as it is shown again: where what it changes was changed meanwhile (a fault of its hidden field
 * `version`), with what holds now and not with what was typed over the older state, which would be kept at a second click.
 */
export function unlessStale(failed: Failed | null): Failed | null {
  if (failed?.errors["version"] === undefined) return failed;
  return { ...failed, values: { why: failed.values["why"] ?? "" } };
}

function fieldView(form: string, spec: FieldSpec, failed: Failed | null): Field {
  const id = `${form}-${spec.name.replaceAll(".", "-")}`;
  const error = failed?.errors[spec.name] ?? "";
  const hint = spec.hint ?? "";
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const value = failed?.values[spec.name] ?? spec.value ?? "";
  return {
    type: "text",
    options: [],
    autocomplete: "off",
    ...spec,
    id,
    error,
    hint,
    describedBy,
    value,
  };
}

/** The texts of a posted form; a file is left out. A body that is no form is refused. */
export async function readForm(c: Context<AppEnv>): Promise<Texts> {
  const body = await c.req.parseBody().catch((cause: unknown) => {
    throw new HTTPException(400, { cause });
  });
  const texts = Object.entries(body).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  if (texts.some(([name]) => name.includes("\0"))) throw new HTTPException(400);
  return Object.fromEntries(texts);
}

/** The texts of a posted form, without the one character that no text may hold. */
export async function readTexts(c: Context<AppEnv>): Promise<Texts> {
  return withoutNul(await readForm(c));
}

export type Attempt = Readonly<{
  form: string;
  /** Everything wrong with what was typed, by field. */
  judge?: (values: Texts) => Promise<Texts> | Texts;
  /** Makes the change and returns the address to go to. */
  work: (values: Texts, because: Because) => Promise<string>;
  /** Shows the page again with what was refused. */
  show: (failed: Failed) => Promise<Response>;
}>;

/** Takes a posted form: 303 to where the change can be seen, or 422 with every field's fault and all that was typed. */
export async function attempt(c: Context<AppEnv>, { form, judge, work, show }: Attempt) {
  const typed = await readForm(c);
  const values = withoutNul(typed);
  const refuse = (errors: Texts) => {
    c.status(422);
    return show({ form, values, errors });
  };
  try {
    const unfit = nulErrors(typed);
    if (Object.keys(unfit).length > 0) return await refuse(unfit);
    const errors = { ...(await judge?.(values)), ...whyErrors(values) };
    if (Object.keys(errors).length > 0) return await refuse(errors);
    const by = c.get("visitor")?.name ?? "";
    return c.redirect(await work(values, { by, why: readReason(values["why"]) }), 303);
  } catch (error) {
    if (error instanceof Refusal) return refuse({ [error.field]: error.message });
    throw error;
  }
}

/** The database takes no text with NUL in it, and no browser sends one that was typed. */
function nulErrors(typed: Texts): Texts {
  const names = Object.keys(typed).filter((name) => typed[name]?.includes("\0"));
  const words = "holds a character that no text may hold (NUL); it was taken out here";
  return Object.fromEntries(names.map((name) => [name, words]));
}

function withoutNul(typed: Texts): Texts {
  return Object.fromEntries(
    Object.entries(typed).map(([name, text]) => [name, text.replaceAll("\0", "")]),
  );
}

function whyErrors({ why }: Texts): Texts {
  try {
    readReason(why);
    return {};
  } catch (error) {
    if (error instanceof Refusal) return { [error.field]: error.message };
    throw error;
  }
}

/** Refuses a form of more than so many bytes with a page. */
export function noLargerThan(maxSize: number, pages: Pages) {
  return bodyLimit({
    maxSize,
    onError: (c) =>
      pages.sendFailure(c, {
        status: 413,
        title: "That is too large",
        detail: `A form may hold ${Math.floor(maxSize / 1024)} KB. Nothing was changed.`,
        advice: ["Split the file and import the parts one after another."],
      }),
  });
}

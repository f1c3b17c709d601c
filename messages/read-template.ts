import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Language, TemplateName } from "./template-names.ts";

/** A template as its file says: a head of `name: value` lines, a line of three hyphens, and paragraphs. */
export type Template = Readonly<{
  name: TemplateName;
  language: Language;
  /** Which text this is: the number its authors gave it, and the hash of the file. */
  version: string;
  /** Where the ethics committee's approval of this text is filed; empty until there is one. */
  approval: string;
  purpose: string;
  subject: string;
  body: string;
}>;

const HEAD = ["purpose", "version", "approval", "subject"] as const;

/** Reads a template's file. Throws when its head is not complete: such a text must not reach anybody. */
export function readTemplate(name: TemplateName, language: Language): Template {
  const file = readFileSync(new URL(`templates/${name}.${language}.eta`, import.meta.url), "utf8");
  const [head = "", body = ""] = file.split(/^---\n/m);
  const values = new Map(
    head
      .trim()
      .split("\n")
      .map((line) => {
        const [key = "", ...value] = line.split(":");
        return [key.trim(), value.join(":").trim()] as const;
      }),
  );
  const at = (key: (typeof HEAD)[number]) => {
    const value = values.get(key);
    if (value === undefined)
      throw new Error(`Template ${name}.${language} does not say its ${key}`);
    return value;
  };
  const hash = createHash("sha256").update(file).digest("hex").slice(0, 12);
  return {
    name,
    language,
    version: `${at("version")}-${hash}`,
    approval: at("approval"),
    purpose: at("purpose"),
    subject: at("subject"),
    body: body.trim(),
  };
}

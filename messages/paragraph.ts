const LONGEST = 1000;
/** Anything a mail program would make a link of, whatever the domain; abbreviations such as f.eks. are none. */
const LINK = /(https?:|www\.|\/\/|[\p{L}\d-]{2,}\.\p{L}{2,}|<|>)/iu;
const CONTROL = /[\p{Cc}\p{Cf}]/u;

/** What a coordinator may have filled in: nothing measured, and nothing a template engine would run. */
const placeholders = ["first_name", "study"] as const;
export type Placeholders = Readonly<Record<(typeof placeholders)[number], string>>;

/** What is wrong with a coordinator's paragraph, in words; null when nothing is. */
export function paragraphFault(text: string): string | null {
  if (text.length > LONGEST) return `Use at most ${LONGEST} characters`;
  if (CONTROL.test(text.replace(/[\r\n]/g, ""))) return "It holds a character that is no text";
  if (LINK.test(text))
    return "Write it without links and without < and >; a space goes after a full stop";
  const unknown = [...text.matchAll(/\{\{([^}]*)\}\}/g)].find(
    ([, name]) => !placeholders.some((each) => each === name?.trim()),
  );
  if (unknown)
    return `${unknown[0]} is not known; there are ${placeholders.map((each) => `{{${each}}}`).join(" and ")}`;
  return null;
}

/** The paragraph as it goes out: one stretch of text, with its placeholders filled in. */
export function fillParagraph(text: string, values: Placeholders): string {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/\{\{\s*(first_name|study)\s*\}\}/g, (_, name: keyof Placeholders) => values[name]);
}

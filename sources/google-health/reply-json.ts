import { SourceUnavailable, UnexpectedReply } from "../errors.ts";
import type { Reply } from "./client.ts";
import { isObject, keepable } from "./json.ts";
import { refusalOf } from "./reply-error.ts";

/**
 * The JSON of a successful reply. A page of HTML or a text cut short says that the reply is not the source's own
 * (SourceUnavailable); whole but broken JSON and an error object with status 200 are for a developer
 * (UnexpectedReply). Neither is ever taken for an empty page.
 */
export function jsonOf(reply: Reply): unknown {
  if (reply.status !== 200) throw refusalOf(reply);
  const { what, text } = reply;
  const json = parse(reply);
  if (isObject(json) && ("error" in json || "errors" in json)) {
    throw new UnexpectedReply(`Google Health answers ${what} with an error and status 200`, {
      body: keepable(text),
    });
  }
  return json;
}

function parse({ what, text }: Reply): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without a cause: V8's message quotes the text.
    if (!/^\s*[{[]/.test(text)) {
      throw new SourceUnavailable(`Google Health answers ${what} with something that is no JSON`);
    }
    if (isCutShort(text)) {
      throw new SourceUnavailable(`Google Health's reply for ${what} is cut short`);
    }
    throw new UnexpectedReply(`Google Health's reply for ${what} is broken JSON`, {
      body: keepable(text),
    });
  }
}

/** Whether a string or a bracket is still open at the end. */
function isCutShort(text: string): boolean {
  const withoutStrings = text.replaceAll(/"[^"\\]*(?:\\[\s\S][^"\\]*)*"/g, "");
  if (withoutStrings.includes('"')) return true;
  const count = (pattern: RegExp) => withoutStrings.match(pattern)?.length ?? 0;
  return count(/[{[]/g) > count(/[}\]]/g);
}

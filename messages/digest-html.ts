import { fileURLToPath } from "node:url";
import type { DigestStudy } from "./digest.ts";
import { createStrictEta } from "./strict-eta.ts";

const views = fileURLToPath(new URL("templates", import.meta.url));
const escaped = createStrictEta({ views, autoEscape: true });

/** The digest as HTML; whatever a study is called stands in it as text. */
export function escapedHtml(
  digest: Readonly<{
    subject: string;
    studies: readonly DigestStudy[];
    end: string;
    isEmpty: boolean;
  }>,
): string {
  return escaped.render("./digest-html", digest);
}

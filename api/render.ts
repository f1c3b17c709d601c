import { fileURLToPath } from "node:url";
import { createStrictEta } from "../messages/strict-eta.ts";

export type Render = (view: string, data: Readonly<Record<string, unknown>>) => string;

/** Renders the templates of views/, escaped and strict: a page never shows "undefined" or "null" for a value. */
export function createRender(views = fileURLToPath(new URL("../views", import.meta.url))): Render {
  const eta = createStrictEta({ views, autoEscape: true });
  return (view, data) => eta.render(`./${view}`, data);
}

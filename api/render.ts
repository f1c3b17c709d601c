import { fileURLToPath } from "node:url";
import { Eta } from "eta";

export type Render = (view: string, data: Readonly<Record<string, unknown>>) => string;

/**
 * Renders the templates of views/, escaped. A template that reads a property nobody gave it, or prints anything
 * but text and numbers, is an error: it can never show "undefined" or "null" for a value.
 */
export function createRender(views = fileURLToPath(new URL("../views", import.meta.url))): Render {
  const eta = new Eta({
    views,
    cache: true,
    autoEscape: true,
    autoFilter: true,
    filterFunction: printable,
    functionHeader: "it = this.strict(it);",
  });
  Object.assign(eta, { strict });
  return (view, data) => eta.render(`./${view}`, data);
}

function printable(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  throw new TypeError(`A template may print text and numbers, not ${String(value)}`);
}

/** Eta's own look-up of blocks, which are optional. */
const OPTIONAL = "__blocks";

function strict<Value>(value: Value): Value {
  if (value === null || typeof value !== "object") return value;
  return new Proxy(value, {
    get(target, key, receiver) {
      if (typeof key === "string" && key !== OPTIONAL && !(key in target)) {
        throw new ReferenceError(`A template reads “${key}”, which was not given to it`);
      }
      return strict(Reflect.get(target, key, receiver));
    },
  });
}

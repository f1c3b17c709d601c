import { Eta } from "eta";

type Options = Readonly<{ views: string; autoEscape: boolean }>;

/**
 * An Eta whose templates cannot show what nobody gave them: reading such a property, or printing anything but text
 * and numbers, is an error and never an "undefined" or "null" on a page or in a message.
 */
export function createStrictEta({ views, autoEscape }: Options): Eta {
  const eta = new Eta({
    views,
    cache: true,
    autoEscape,
    autoFilter: true,
    filterFunction: printable,
    functionHeader: "it = this.strict(it);",
  });
  Object.assign(eta, { strict });
  return eta;
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

import type { ParticipantStatus } from "../sql/status.ts";

/** The columns the list can be sorted by. */
export const SORT_COLUMNS = [
  "id",
  "state",
  "sync",
  "sample",
  "fetched",
  "worn",
  "battery",
  "message",
] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

/** An order of the list as its address says it: `sync`, `-sync` for the other way round, empty for most urgent first. */
export type SortWord = SortColumn | `-${SortColumn}` | "";
export const SORT_WORDS: readonly SortWord[] = [
  "",
  ...SORT_COLUMNS.flatMap((column): SortWord[] => [column, `-${column}`]),
];

/** How each order reads, ascending and descending. */
const words: Readonly<Record<SortColumn, readonly [string, string]>> = {
  id: ["by id, A first", "by id, Z first"],
  state: ["by state, active first", "by state, withdrawn first"],
  sync: ["by device sync, longest ago first", "by device sync, latest first"],
  sample: ["by newest sample, longest ago first", "by newest sample, latest first"],
  fetched: ["by our fetch, longest ago first", "by our fetch, latest first"],
  worn: ["by hours worn a day, least first", "by hours worn a day, most first"],
  battery: ["by battery, lowest first", "by battery, highest first"],
  message: ["by last message, longest ago first", "by last message, latest first"],
};

const columnOf = (sort: SortWord) => sort.replace("-", "") as SortColumn | "";
const isDescending = (sort: SortWord) => sort.startsWith("-");

/** An order in words, as the list's headline ends. */
export function sortInWords(sort: SortWord): string {
  const column = columnOf(sort);
  return column === "" ? "most urgent first" : words[column][isDescending(sort) ? 1 : 0];
}

/** What a column's heading needs to be a link that sorts by it, and back the other way round. */
export type Heading = Readonly<{
  href: string;
  /** What assistive technology is told of the column the list is sorted by; empty for all others. */
  ariaSort: "ascending" | "descending" | "";
  title: string;
}>;

/** The headings of all columns while the list is sorted so. */
export function headings(
  sort: SortWord,
  urlOf: (next: SortWord) => string,
): Readonly<Record<SortColumn, Heading>> {
  const heading = (column: SortColumn): Heading => {
    const isSorted = columnOf(sort) === column;
    const next: SortWord = isSorted && !isDescending(sort) ? `-${column}` : column;
    const now = isDescending(sort) ? "descending" : "ascending";
    return { href: urlOf(next), ariaSort: isSorted ? now : "", title: `Sort ${sortInWords(next)}` };
  };
  return Object.fromEntries(SORT_COLUMNS.map((column) => [column, heading(column)])) as Record<
    SortColumn,
    Heading
  >;
}

/** Every order with its words, for a choice where there are no headings. */
export function sortOptions(
  sort: SortWord,
  columns: readonly SortColumn[],
): readonly Readonly<{ value: SortWord; words: string; isCurrent: boolean }>[] {
  const known = (each: SortWord) => {
    const column = columnOf(each);
    return column === "" || columns.includes(column);
  };
  return SORT_WORDS.filter(known).map((value) => {
    const text = sortInWords(value).replace("by ", "");
    return {
      value,
      words: text.charAt(0).toUpperCase() + text.slice(1),
      isCurrent: value === sort,
    };
  });
}

const STATES = ["active", "invited", "paused", "completed", "withdrawn"] as const;
export const stateRank = ({ state }: Pick<ParticipantStatus, "state">): number =>
  STATES.indexOf(state);

/** What is sorted by, of one participant; null where there is nothing to compare. */
type Key = (row: ParticipantStatus, more: ReadonlyMap<string, number>) => number | null;

const keys: Readonly<Record<Exclude<SortColumn, "id">, Key>> = {
  state: stateRank,
  sync: ({ lastSyncAt }) => lastSyncAt?.getTime() ?? null,
  sample: ({ lastSampleAt }) => lastSampleAt?.getTime() ?? null,
  fetched: ({ lastFetchedAt }) => lastFetchedAt?.getTime() ?? null,
  battery: ({ batteryPercent }) => batteryPercent,
  worn: ({ participant }, more) => more.get(participant) ?? null,
  message: ({ participant }, more) => more.get(participant) ?? null,
};

/**
 * Compares two participants for this order; `more` holds what a status does not: worn minutes or the last message, by
 * short id. Who has nothing to compare comes last either way, and ids decide between equals, so that a page is the same
 * each time it is read. Null for the order by urgency, which is not a column's.
 */
export function compareBy(
  sort: SortWord,
  more: ReadonlyMap<string, number>,
): ((a: ParticipantStatus, b: ParticipantStatus) => number) | null {
  const column = columnOf(sort);
  if (column === "") return null;
  const sign = isDescending(sort) ? -1 : 1;
  if (column === "id") return (a, b) => sign * byId(a, b);
  const key = keys[column];
  return (a, b) => {
    const [x, y] = [key(a, more), key(b, more)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || byId(a, b);
    return sign * (x - y) || byId(a, b);
  };
}

const byId = (a: ParticipantStatus, b: ParticipantStatus) =>
  a.participant < b.participant ? -1 : 1;

import type { Flag, ParticipantStatus } from "../sql/status.ts";
import { FLAGS } from "../sql/status.ts";
import type { StripDay } from "../sql/strips.ts";
import { decimalHours, hoursInWords } from "./format.ts";
import type { StatusQuery } from "./status-query.ts";
import { statusUrl } from "./status-query.ts";
import type { Heading, SortColumn, SortWord } from "./status-sort.ts";
import {
  compareBy,
  headings,
  SORT_COLUMNS,
  sortInWords,
  sortOptions,
  stateRank,
} from "./status-sort.ts";
import type { StudyRules } from "./study-rules.ts";
import type { Strip } from "./wear-strip.ts";
import { wearStrip } from "./wear-strip.ts";
import type { Chip, MomentOrReason } from "./words.ts";
import { batteryWords, chipsOf, clocksOf, outcomeChip, stateWords } from "./words.ts";

const PAGE_SIZE = 50;

/** What is counted, and after how many hours where all studies agree. */
function labelOf(show: StatusQuery["show"], { common }: StudyRules): string {
  const { inactiveHours } = common;
  const labels: Readonly<Record<StatusQuery["show"], string>> = {
    all: "Participants",
    data_at_risk: "Data at risk",
    low_wear: "Low wear",
    low_sleep: "Low sleep",
    no_sync:
      inactiveHours === null ? "No sync, by their study’s limit" : `No sync for ${inactiveHours} h`,
    connection: "Connection needs attention",
    incomplete: "Runs incomplete",
    ...stateWords,
  };
  return labels[show];
}

export type Tile = Readonly<{
  href: string;
  count: number;
  label: string;
  current: boolean;
  tone: string;
}>;

export type RowView = Readonly<{
  participant: string;
  href: string;
  place: string;
  chips: readonly Chip[];
  sync: MomentOrReason;
  sample: MomentOrReason;
  fetch: MomentOrReason;
  outcome: Chip;
  strip: Strip;
  mean: string;
  hasMean: boolean;
  battery: string;
  hasBattery: boolean;
  /** Whether a message could ever go to them: nobody who has withdrawn is chosen. */
  mayBeChosen: boolean;
  runsUrl: string;
}>;

export type StatusView = Readonly<{
  tiles: readonly Tile[];
  rows: readonly RowView[];
  anyParticipant: boolean;
  matching: number;
  summary: string;
  previousUrl: string;
  nextUrl: string;
  /** A valid day in words, `10 h`, or whose it is where studies differ. */
  validDay: string;
  /** Headings as links that sort. */
  headings: Readonly<Record<SortColumn, Heading>>;
  /** The orders to choose from where there are no headings. */
  orders: ReturnType<typeof sortOptions>;
  urgentUrl: string;
}>;

type Context = Readonly<{
  now: Date;
  query: StatusQuery;
  rules: StudyRules;
  /** Wear strips by short id. */
  strips: ReadonlyMap<string, readonly StripDay[]>;
  /** By what the visitor may sort: everything, unless said. */
  columns?: readonly SortColumn[];
  /** Address of a participant's runs; empty where the visitor gets none. */
  runsUrl: (row: ParticipantStatus) => string;
}>;

type Judged = Readonly<{ row: ParticipantStatus; flags: readonly Flag[] }>;

/** Which participants a page shows, out of everybody, and the tiles that count them all. */
export type SelectedRows = Readonly<{
  tiles: readonly Tile[];
  shown: readonly ParticipantStatus[];
  everybody: number;
  manyStudies: boolean;
  matching: number;
  page: number;
  pages: number;
}>;

/** What a list is sorted by that a status does not hold, by short id. */
type Sorting = Readonly<{ sortedBy?: ReadonlyMap<string, number> }>;

/** Filters, sorts and pages everybody's status. */
export function selectRows(
  rows: readonly ParticipantStatus[],
  { query, rules, sortedBy = new Map() }: Pick<Context, "query" | "rules"> & Sorting,
): SelectedRows {
  const judged = rows.map((row) => ({ row, flags: row.flags }));
  const compare = compareBy(query.sort, sortedBy);
  const found = judged
    .filter((each) => matches(each, query))
    .sort(compare === null ? mostUrgentFirst : (a, b) => compare(a.row, b.row));
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const page = Math.min(query.page, pages);
  return {
    tiles: tilesOf(judged, query, rules),
    shown: found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map(({ row }) => row),
    everybody: rows.length,
    manyStudies: new Set(rows.map(({ study }) => study)).size > 1,
    matching: found.length,
    page,
    pages,
  };
}

/** Everything the status page shows of the rows selected. */
export function statusView(selected: SelectedRows, context: Context): StatusView {
  const { query, rules } = context;
  const { validDayMinutes } = rules.common;
  const { tiles, shown, manyStudies, matching, page, pages } = selected;
  const urlOf = (sort: SortWord) => statusUrl({ ...query, sort, page: 1 });
  return {
    tiles,
    rows: shown.map((row) => rowView(row, context, manyStudies)),
    anyParticipant: selected.everybody > 0,
    matching,
    summary: summaryOf(selected, query, rules),
    previousUrl: page > 1 ? statusUrl({ ...query, page: page - 1 }) : "",
    nextUrl: page < pages ? statusUrl({ ...query, page: page + 1 }) : "",
    headings: headings(query.sort, urlOf),
    orders: sortOptions(query.sort, context.columns ?? SORT_COLUMNS),
    urgentUrl: query.sort === "" ? "" : urlOf(""),
    validDay: validDayMinutes === null ? "the study’s valid day" : hoursInWords(validDayMinutes),
  };
}

function matches({ row, flags }: Judged, { show, q }: StatusQuery): boolean {
  const holds = show === row.state || flags.some((flag) => flag === show);
  if (show !== "all" && !holds) return false;
  return row.participant.toLowerCase().includes(q.toLowerCase());
}

function urgency({ row, flags }: Judged): number {
  const [first] = flags;
  return first === undefined ? FLAGS.length + stateRank(row) : FLAGS.indexOf(first);
}

function mostUrgentFirst(a: Judged, b: Judged): number {
  return urgency(a) - urgency(b) || (a.row.participant < b.row.participant ? -1 : 1);
}

function tilesOf(
  judged: readonly Judged[],
  { show, sort }: StatusQuery,
  rules: StudyRules,
): Tile[] {
  const counts = new Map<Flag, number>();
  for (const { flags } of judged) {
    for (const flag of flags) counts.set(flag, (counts.get(flag) ?? 0) + 1);
  }
  return (["all", ...FLAGS] as const).map((each) => {
    const count = each === "all" ? judged.length : (counts.get(each) ?? 0);
    const worrying = each === "no_sync" || each === "data_at_risk" ? "bad" : "warn";
    return {
      href: statusUrl({ show: each, q: "", sort, page: 1 }),
      count,
      label: labelOf(each, rules),
      current: each === show,
      tone: each === "all" || count === 0 ? "quiet" : worrying,
    };
  });
}

function summaryOf(
  { matching: found, page, shown }: SelectedRows,
  { show, q, sort }: StatusQuery,
  rules: StudyRules,
): string {
  const label = labelOf(show, rules);
  const what = show === "all" ? "" : `, ${label.charAt(0).toLowerCase()}${label.slice(1)}`;
  const search = q === "" ? "" : `, id containing “${q}”`;
  const first = (page - 1) * PAGE_SIZE + 1;
  const part = found > PAGE_SIZE ? `${first}–${first + shown.length - 1} of ` : "";
  const noun = found === 1 ? "participant" : "participants";
  const order = found > 1 ? `, ${sortInWords(sort)}` : "";
  return `${part}${found} ${noun}${what}${search}${order}`;
}

function rowView(
  row: ParticipantStatus,
  { now, runsUrl, strips, rules }: Context,
  manyStudies: boolean,
): RowView {
  const { participant, site, arm, study } = row;
  const { sync, sample, fetch, battery } = clocksOf(row, now);
  const strip = wearStrip(strips.get(participant) ?? [], row, rules.of(row));
  const { meanWearMinutes } = strip;
  return {
    participant,
    href: `/participants/${encodeURIComponent(participant)}`,
    place: [manyStudies ? study : null, site, arm].filter((word) => word !== null).join(" · "),
    chips: chipsOf(row, now, rules.of(row)),
    sync,
    sample,
    fetch,
    outcome: outcomeChip(row.lastOutcome),
    strip,
    mean: meanWearMinutes === null ? noMean(strip) : decimalHours(meanWearMinutes),
    hasMean: meanWearMinutes !== null,
    battery: batteryWords(row, battery.reason),
    hasBattery: row.batteryPercent !== null,
    mayBeChosen: row.state !== "withdrawn",
    runsUrl: runsUrl(row),
  };
}

function noMean({ marks }: Strip): string {
  return marks.some(({ state }) => state === "no-data") ? "no data so far" : "no day read yet";
}

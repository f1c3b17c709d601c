import { Hono } from "hono";
import { reachable, requires } from "../auth/visitor.ts";
import type { LastMessage } from "../sql/last-messages.ts";
import type { ParticipantStatus } from "../sql/status.ts";
import { FLAGS } from "../sql/status.ts";
import { endingChip } from "./connection-words.ts";
import type { AppEnv } from "./deps.ts";
import { relativeTime } from "./format.ts";
import { judgeHealth } from "./health.ts";
import { statusChip } from "./message-words.ts";
import type { Fault, Pages } from "./page.ts";
import { StatusQuery, statusUrl } from "./status-query.ts";
import type { StatusReader, StatusReading } from "./status-reader.ts";
import type { SortColumn } from "./status-sort.ts";
import { SORT_COLUMNS } from "./status-sort.ts";
import type { RowView } from "./status-view.ts";
import { selectRows, statusView } from "./status-view.ts";
import { studyRules } from "./study-rules.ts";

/** GET /: the participants, who needs attention first. */
export function statusRoutes(reader: StatusReader, pages: Pages, startedAt: Date): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  // For links from dashboards and mails: the same list under a name that says what it lists.
  routes.get("/participants", requires("status.read"), (c) => {
    const { state = "all", ...others } = c.req.query();
    const show = linkedStates.get(state) ?? state;
    return c.redirect(statusUrl(StatusQuery.parse({ ...others, show })), 303);
  });
  routes.get("/", requires("status.read"), async (c) => {
    const columns = pages.mayWrite(c) ? SORT_COLUMNS : WITHOUT_MESSAGES;
    const query = queryOf(c.req.query(), columns);
    const { rows: everybody, readAt, studies, health, counter } = await reader.all();
    const rows = reachable(c.get("visitor"), "participant.read", everybody);
    const rules = studyRules(studies);
    const sortedBy = await readSortedBy(reader, rows, query);
    const selected = selectRows(rows, { query, rules, sortedBy });
    // Side by side: each may have to wait for a statement of the daily run, and one wait is enough.
    const { shown } = selected;
    const [strips, last, endings] = await Promise.all([
      reader.strips(shown),
      reader.lastMessages(shown),
      reader.endings(shown, readAt),
    ]);
    const runsUrl = (row: ParticipantStatus) => pages.runsUrl(c, row);
    const view = statusView(selected, { now: readAt, query, rules, strips, runsUrl, columns });
    return pages.send(c, {
      view: "status",
      fragment: "status-rows",
      title: "Participants",
      studies: studies.map(({ name }) => name),
      fault: faultOf(judgeHealth(health, { now: readAt, startedAt }), health, readAt),
      data: {
        ...view,
        rows: view.rows.map((row) => withSides(row, { last, endings, readAt })),
        query,
        isFlagged: FLAGS.some((flag) => flag === query.show),
        counter,
        url: statusUrl(query),
        clearUrl: statusUrl({ ...query, q: "", page: 1 }),
        hasRuns: view.rows.some(({ runsUrl }) => runsUrl !== ""),
        asOf: readAt.toISOString(),
        asOfWords: `${readAt.toISOString().slice(11, 19)} UTC`,
      },
    });
  });
  return routes;
}

/** What stands in other tables than somebody's status: the last message, and that their grant is about to end. */
function withSides(
  row: RowView,
  {
    last,
    endings,
    readAt,
  }: Readonly<{
    last: ReadonlyMap<string, LastMessage>;
    endings: ReadonlyMap<string, Date>;
    readAt: Date;
  }>,
) {
  const { participant, chips } = row;
  const ending = endingChip(endings.get(participant) ?? null, readAt);
  return {
    ...row,
    chips: ending === null ? chips : [...chips, ending],
    lastMessage: lastMessageWords(last.get(participant), readAt),
  };
}

/** What dashboards and digests call a tile. */
const linkedStates: ReadonlyMap<string, string> = new Map([
  ["inactive", "no_sync"],
  ["consent_needed", "connection"],
  ["few_nights", "low_sleep"],
]);

const WITHOUT_MESSAGES = SORT_COLUMNS.filter((column) => column !== "message");

/** What the address asks for; an order by what the visitor is not shown is none. */
function queryOf(asked: Readonly<Record<string, string>>, columns: readonly SortColumn[]) {
  const query = StatusQuery.parse(asked);
  const isShown = query.sort === "" || columns.some((column) => query.sort.endsWith(column));
  return isShown ? query : { ...query, sort: "" as const };
}

/** What is sorted by and only read for those a page shows: then it is read for everybody. */
async function readSortedBy(
  reader: StatusReader,
  rows: readonly ParticipantStatus[],
  { sort }: StatusQuery,
): Promise<ReadonlyMap<string, number>> {
  if (sort.endsWith("message")) {
    const last = await reader.lastMessages(rows);
    return new Map([...last].map(([participant, { madeAt }]) => [participant, madeAt.getTime()]));
  }
  return sort.endsWith("worn") ? reader.meanWear(rows) : new Map();
}

/** When somebody was last written to and what became of it; only those who may read messages are shown it. */
function lastMessageWords(last: LastMessage | undefined, now: Date): string {
  if (last === undefined) return "none yet";
  return `${relativeTime(last.madeAt, now)}: ${statusChip(last).words.toLowerCase()}`;
}

/** The banner of a page that shows less than the truth through our fault; null when it does not. */
export function faultOf(
  status: ReturnType<typeof judgeHealth>,
  { lastGoodRunAt, faultyStudies }: StatusReading["health"],
  now: Date,
): Fault | null {
  if (status === "pipeline_fault")
    return {
      title: "Too many connections were refused at once.",
      detail: `That is no participant's doing: none of ${faultyStudies.join(", ")} was changed, and nobody needs to be written to about it. Whoever runs Wearflow has to look (npm run wearflow -- fault list).`,
    };
  if (status !== "stale") return null;
  const since =
    lastGoodRunAt === null
      ? "No ingest run has been complete since this installation started, over 26 h ago."
      : `The last complete ingest run was ${relativeTime(lastGoodRunAt, now)}.`;
  return {
    title: "What you see is old, by our fault.",
    detail: `${since} Devices may have synced since. Tell whoever runs Wearflow, and blame nobody for missing data.`,
  };
}

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParticipantStatus } from "../sql/status.ts";
import { StudySettings } from "../sql/studies.ts";
import { StatusQuery, statusUrl } from "./status-query.ts";
import { selectRows, statusView } from "./status-view.ts";
import { studyRules } from "./study-rules.ts";

const now = new Date("2026-11-25T12:00:00Z");
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);

function row(participant: string, facts: Partial<ParticipantStatus> = {}): ParticipantStatus {
  return {
    study: "sleep-2",
    participant,
    state: "active",
    arm: null,
    site: null,
    enrolledOn: "2026-10-01",
    endedOn: null,
    timeZone: "Europe/Oslo",
    today: "2026-11-25",
    connection: "active",
    connectionReason: "consent given",
    lastSyncAt: hoursAgo(2),
    batteryPercent: 50,
    batterySeenAt: hoursAgo(1),
    lastSampleAt: hoursAgo(3),
    lastFetchedAt: hoursAgo(1),
    lastOutcome: "complete",
    lastDetail: "",
    flags: [],
    ...facts,
  };
}

type Studies = Parameters<typeof studyRules>[0];
const study = (slug: string, settings: Partial<StudySettings>) => ({
  slug,
  settings: { ...StudySettings.parse({}), ...settings },
});

function view(
  rows: readonly ParticipantStatus[],
  search: Record<string, string> = {},
  studies: Studies = [],
) {
  const query = StatusQuery.parse(search);
  const context = { now, query, rules: studyRules(studies) };
  return statusView(selectRows(rows, context), {
    ...context,
    strips: new Map(),
    runsUrl: () => "",
  });
}
const ids = (rows: readonly ParticipantStatus[], search?: Record<string, string>) =>
  view(rows, search).rows.map(({ participant }) => participant);

const rows = [
  row("A1"),
  row("A2", { state: "withdrawn" }),
  row("A3", { flags: ["incomplete"] }),
  row("A4", { flags: ["connection"] }),
  row("B6", { flags: ["no_sync"] }),
  row("B5", { flags: ["no_sync", "low_wear"] }),
  row("C1", { flags: ["data_at_risk", "no_sync"] }),
  row("C2", { flags: ["low_sleep"] }),
  row("C3", { flags: ["low_wear", "incomplete"] }),
];

test("the list goes from the most urgent to the least, then by id", () => {
  assert.deepEqual(ids(rows), ["C1", "B5", "B6", "A4", "C3", "C2", "A3", "A1", "A2"]);
});

test("every tile counts exactly the rows its link shows", () => {
  for (const { href, count } of view(rows).tiles) {
    const search = Object.fromEntries(new URL(href, "http://localhost").searchParams);
    assert.equal(view(rows, search).matching, count, href);
  }
});

test("a search finds part of an id in any case, within the chosen tile", () => {
  assert.deepEqual(ids(rows, { q: "b" }), ["B5", "B6"]);
  assert.deepEqual(ids(rows, { q: "a", show: "no_sync" }), []);
});

test("fifty rows a page, with links that keep the filter; a page beyond the end shows the last", () => {
  const many = Array.from({ length: 120 }, (_, index) => row(`S${1000 + index}`));
  const first = view(many, { q: "s1" });
  assert.equal(first.rows.length, 50);
  assert.deepEqual([first.previousUrl, first.nextUrl], ["", "/?q=s1&page=2"]);
  const last = view(many, { q: "s1", page: "99" });
  assert.equal(last.rows.length, 20);
  assert.deepEqual([last.previousUrl, last.nextUrl], ["/?q=s1&page=2", ""]);
  assert.match(last.summary, /^101–120 of 120 participants/);
});

test("a state narrows the list as a flag does, and filter, search and order stay while one pages", () => {
  assert.deepEqual(ids(rows, { show: "withdrawn" }), ["A2"]);
  const many = Array.from({ length: 120 }, (_, index) =>
    row(`S${1000 + index}`, { state: "paused", batteryPercent: index % 5 }),
  );
  const first = view([...many, ...rows], { show: "paused", q: "s1", sort: "-battery" });
  assert.equal(first.nextUrl, "/?show=paused&q=s1&sort=-battery&page=2");
  assert.match(first.summary, /^1–50 of 120 participants, paused, .*by battery, highest first$/);
  const pages = [1, 2, 3].flatMap((page) =>
    ids([...many, ...rows], { show: "paused", sort: "-battery", page: String(page) }),
  );
  assert.equal(new Set(pages).size, 120);
  assert.deepEqual(pages.slice(0, 2), ["S1004", "S1009"]);
  assert.equal(first.tiles[2]?.href, "/?show=no_sync&sort=-battery");
});

test("an address with words it does not know shows the plain list", () => {
  const query = StatusQuery.parse({ show: "<script>", page: "-3", q: "x".repeat(500) });
  assert.equal(statusUrl(query), "/");
});

test("a cell without a value says why, and each reason differs", () => {
  const blank = { lastSyncAt: null, lastSampleAt: null, batteryPercent: null, batterySeenAt: null };
  const reason = (facts: Partial<ParticipantStatus>) => {
    const [shown] = view([row("A1", { ...blank, ...facts })]).rows;
    return [shown?.sync.reason, shown?.sample.reason, shown?.battery, shown?.mean];
  };
  assert.deepEqual(reason({}), [
    "never synced",
    "no sample so far",
    "not reported",
    "no day read yet",
  ]);
  const unread = { lastFetchedAt: null, lastOutcome: null };
  assert.equal(reason(unread)[0], "not read yet");
  assert.equal(reason({ ...unread, connection: null })[0], "not connected yet");
  assert.equal(reason({ ...unread, connection: null, state: "invited" })[0], "not started yet");
  assert.equal(reason({ connection: "revoked" })[0], "not permitted to read");
});

test("a partial run is never shown in the words or the colour of a complete one", () => {
  const [shown] = view([row("A1", { lastOutcome: "partial", flags: ["incomplete"] })]).rows;
  assert.deepEqual(shown?.outcome, { tone: "warn", words: "partial" });
  assert.notEqual(shown?.chips[0]?.tone, "ok");
});

test("everybody is judged by their own study's settings, and a number is named only where all studies share it", () => {
  const studies = [study("sleep-2", { inactiveHours: 72 }), study("pilot", { inactiveHours: 24 })];
  const two = [
    row("A1", { lastSyncAt: hoursAgo(50) }),
    row("P1", { lastSyncAt: hoursAgo(30), study: "pilot", flags: ["no_sync"] }),
  ];
  const both = view(two, { show: "no_sync" }, studies);
  assert.deepEqual(
    both.rows.map(({ participant, chips }) => [participant, chips[0]?.words]),
    [["P1", "No sync 24 h"]],
  );
  assert.equal(both.tiles[2]?.label, "No sync, by their study’s limit");
  assert.equal(both.validDay, "10 h");
  const one = [study("sleep-2", { inactiveHours: 72, validDayMinutes: 510 })];
  const alone = view(two.slice(0, 1), {}, one);
  assert.deepEqual([alone.tiles[2]?.label, alone.validDay], ["No sync for 72 h", "8 h 30 min"]);
  const differing = [...one, study("pilot", {})];
  assert.equal(view(two, {}, differing).validDay, "the study’s valid day");
});

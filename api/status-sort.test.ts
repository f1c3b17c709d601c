import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParticipantStatus } from "../sql/status.ts";
import { StatusQuery, statusUrl } from "./status-query.ts";
import { compareBy, headings, SORT_COLUMNS, SORT_WORDS, sortOptions } from "./status-sort.ts";

const at = (hour: number) => new Date(Date.UTC(2026, 10, 25, hour));

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
    connectionReason: "",
    lastSyncAt: null,
    batteryPercent: null,
    batterySeenAt: null,
    lastSampleAt: null,
    lastFetchedAt: null,
    lastOutcome: null,
    lastDetail: null,
    flags: [],
    ...facts,
  };
}

const sorted = (
  rows: readonly ParticipantStatus[],
  sort: StatusQuery["sort"],
  more: ReadonlyMap<string, number> = new Map(),
) => {
  const compare = compareBy(sort, more);
  assert.ok(compare);
  return rows.toSorted(compare).map(({ participant }) => participant);
};

test("each column sorts both ways, who has nothing to compare comes last either way, ids decide between equals", () => {
  const facts = [1, 2, 2].map((n) => ({
    lastSyncAt: at(n),
    lastSampleAt: at(n),
    lastFetchedAt: at(n),
    batteryPercent: n,
    state: (["active", "paused", "paused"] as const)[n === 1 ? 0 : 1],
  }));
  const rows = [
    row("C", facts[2]),
    row("D", { state: "withdrawn" }),
    row("A", facts[0]),
    row("B", facts[1]),
  ];
  const more = new Map([
    ["A", 0],
    ["B", 7],
    ["C", 7],
  ]);
  for (const column of SORT_COLUMNS.filter((each) => each !== "id" && each !== "state")) {
    assert.deepEqual(sorted(rows, column, more), ["A", "B", "C", "D"], column);
    assert.deepEqual(sorted(rows, `-${column}`, more), ["B", "C", "A", "D"], column);
  }
  assert.deepEqual(sorted(rows, "state"), ["A", "B", "C", "D"]);
  assert.deepEqual(sorted(rows, "-state"), ["D", "B", "C", "A"]);
  assert.deepEqual(sorted(rows, "-id"), ["D", "C", "B", "A"]);
  assert.equal(compareBy("", more), null);
});

test("the order does not depend on the order the rows were read in", () => {
  const rows = Array.from({ length: 60 }, (_, index) =>
    row(`S${index}`, { batteryPercent: index % 3 }),
  );
  for (const sort of SORT_WORDS.filter((each) => each !== ""))
    assert.deepEqual(sorted(rows, sort), sorted(rows.toReversed(), sort), sort);
});

test("a heading sorts by its column, then the other way round, keeps the filter and says so to everybody", () => {
  const query = StatusQuery.parse({ show: "paused", q: "s2", sort: "sync", page: "3" });
  const urlOf = (sort: StatusQuery["sort"]) => statusUrl({ ...query, sort, page: 1 });
  const shown = headings(query.sort, urlOf);
  assert.equal(shown.sync.href, "/?show=paused&q=s2&sort=-sync");
  assert.equal(shown.sync.ariaSort, "ascending");
  assert.equal(shown.battery.href, "/?show=paused&q=s2&sort=battery");
  assert.equal(shown.battery.ariaSort, "");
  assert.equal(headings("-sync", urlOf).sync.ariaSort, "descending");
  assert.equal(headings("-sync", urlOf).sync.href, "/?show=paused&q=s2&sort=sync");
});

test("where there are no headings every order can be chosen by its words, and no two read alike", () => {
  const options = sortOptions("-worn", SORT_COLUMNS);
  assert.equal(options.length, SORT_WORDS.length);
  assert.equal(new Set(options.map(({ words }) => words)).size, options.length);
  assert.deepEqual(
    options.filter(({ isCurrent }) => isCurrent).map(({ value }) => value),
    ["-worn"],
  );
});

test("T18: an order nobody offers is the plain one", () => {
  for (const sort of ["short_id; drop table x", "--sync", "toString", "SYNC", "-"])
    assert.equal(StatusQuery.parse({ sort }).sort, "");
});

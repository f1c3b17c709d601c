import assert from "node:assert/strict";
import { test } from "node:test";
import type { Enrolled } from "../sql/enrolment.ts";
import type { Known } from "./judge-participants.ts";
import { isDate, judgeParticipants } from "./judge-participants.ts";
import type { ParticipantText } from "./participant-file.ts";

const enrolled: Enrolled = {
  shortId: "P-9",
  study: "sleep",
  timeZone: "Europe/Oslo",
  enrolledOn: "2026-11-01",
  site: "Oslo",
  arm: null,
};
const known: Known = {
  study: "sleep",
  sites: ["Oslo", "Leeds"],
  arms: [],
  timeZones: new Set(["Europe/Oslo", "UTC", "EST", "Etc/GMT+2", "Factory"]),
  enrolled: new Map([
    ["P-9", enrolled],
    ["Q-1", { ...enrolled, shortId: "Q-1", study: "other" }],
  ]),
  today: "2026-11-25",
};
const row = (change: Partial<ParticipantText> = {}): ParticipantText => ({
  line: 2,
  id: "P-1",
  time_zone: "Europe/Oslo",
  enrolled_on: "2026-11-01",
  site: "Oslo",
  arm: "",
  state: "",
  ...change,
});
const faults = (...rows: ParticipantText[]) =>
  judgeParticipants(rows, known).problems.map(
    ({ line, column, what, todo }) => `${line} ${column}: ${what}; ${todo}`,
  );

test("a good row becomes a participant, invited unless it says active", () => {
  const { people, problems } = judgeParticipants(
    [row(), row({ line: 3, id: "P-2", state: "active", site: "" })],
    known,
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    people.map(({ shortId, state, site, arm }) => [shortId, state, site, arm]),
    [
      ["P-1", "invited", "Oslo", null],
      ["P-2", "active", null, null],
    ],
  );
});

test("an id that is missing, too long, or a name or address is refused", () => {
  for (const id of ["", "P 1", "ola@example.org", "-P1", "P".repeat(31), "Ø-1"]) {
    assert.match(String(faults(row({ id }))[0]), /^2 id: (is missing|“.*” is not a short id)/, id);
  }
});

test("an id twice in the file is told on its second line, with the first", () => {
  assert.deepEqual(faults(row(), row({ line: 7 })), [
    "7 id: P-1 is on line 2 too; take one of the lines out",
  ]);
});

test("a time zone must be a place all of us know, and a near miss is set right", () => {
  const zones = {
    "europe/oslo": "write Europe/Oslo",
    "America/New York": "write America/New_York",
  };
  for (const [zone, todo] of Object.entries(zones)) {
    assert.equal(
      faults(row({ time_zone: zone }))[0],
      `2 time_zone: “${zone}” is not a time zone; ${todo}`,
    );
  }
  for (const zone of ["EST", "Etc/GMT+2", "Factory", "Oslo", "+02:00", "Mars/Base"]) {
    assert.match(String(faults(row({ time_zone: zone }))[0]), /such as Europe\/Oslo$/, zone);
  }
  assert.deepEqual(faults(row({ time_zone: "UTC" })), []);
});

test("a date must be one, and near", () => {
  for (const bad of [
    "",
    "1.11.2026",
    "2026-02-30",
    "2026-13-01",
    "2026-1-1",
    "2028-01-01",
    "1999-01-01",
  ]) {
    assert.match(String(faults(row({ enrolled_on: bad }))[0]), /^2 enrolled_on: /, bad);
  }
  assert.deepEqual(faults(row({ enrolled_on: "2027-11-25" })), []);
  assert.equal(isDate("2028-02-29"), true);
});

test("an unknown site or arm is told with the known ones", () => {
  assert.match(
    String(faults(row({ site: "oslo" }))[0]),
    /site: “oslo” is not a known site; the study has Oslo, Leeds/,
  );
  assert.match(
    String(faults(row({ arm: "A" }))[0]),
    /arm: “A” is not a known arm; the study has no arms yet/,
  );
});

test("nobody begins paused, withdrawn or completed", () => {
  for (const state of ["paused", "withdrawn", "completed", "Active"]) {
    assert.match(String(faults(row({ state }))[0]), /^2 state: /, state);
  }
});

test("a participant enrolled with the same is fine whatever became of them since; a difference is named", () => {
  const same = row({ id: "P-9", state: "active" });
  const { people, alreadyEnrolled, problems } = judgeParticipants([same], known);
  assert.deepEqual([people, alreadyEnrolled, problems], [[], ["P-9"], []]);
  assert.deepEqual(
    faults(row({ id: "P-9", enrolled_on: "2026-11-02", site: "Leeds" })).map(
      (text) => text.split(";")[0],
    ),
    [
      "2 enrolled_on: P-9 is enrolled already, with 2026-11-01",
      "2 site: P-9 is enrolled already, with Oslo",
    ],
  );
});

test("an id of another study is refused", () => {
  assert.match(String(faults(row({ id: "Q-1" }))[0]), /id: Q-1 is enrolled in study other/);
});

test("a row's every problem is listed", () => {
  const all = row({ id: "a b", time_zone: "", enrolled_on: "x", site: "y", arm: "z", state: "w" });
  assert.equal(faults(all).length, 6);
});

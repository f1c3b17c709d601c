import assert from "node:assert/strict";
import { test } from "node:test";
import { GAP_CAUSES } from "../imputation/gap-cause.ts";
import { DAY_STATES } from "./day-state.ts";
import type { DayTold } from "./sentences.ts";
import { CAUSE_WORDS, daySentence, gapSentence } from "./sentences.ts";

const words = (instant: Date) => instant.toISOString().slice(0, 16);
const at = (hour: number) => new Date(Date.UTC(2026, 10, 10, hour));
const day: DayTold = {
  state: "valid",
  validSoFar: false,
  notReadYet: false,
  refused: false,
  atEdge: false,
  worn: "11 h",
  needed: "10 h",
  newestAt: at(1),
  saveUntil: at(9),
};
const gap = {
  startsAt: at(1),
  endsAt: at(4),
  recoverableUntil: at(8),
  recoveredAt: null,
  evidence: { beforePercent: 40, afterPercent: 97 },
};

test("S63, S68: every state has a sentence of its own, and each is a whole one", () => {
  const sentences = DAY_STATES.map((state) => daySentence({ ...day, state }, words, at(2)));
  assert.equal(new Set(sentences).size, DAY_STATES.length);
  for (const sentence of sentences) assert.match(sentence, /^[A-Z].*\.$/);
});

test("what the first reading has not come to says so, as a day and as a gap", () => {
  const told = daySentence({ ...day, state: "pending", notReadYet: true }, words, at(2));
  assert.match(told, /^Not read yet: the first reading after consent is under way/);
  const unread = { ...gap, recoverableUntil: null, evidence: { notReadYet: true } } as const;
  assert.match(gapSentence({ ...unread, cause: "not_yet_synced" }, words, at(2)), /not read yet/);
});

test("what was refused says that it lies in quarantine, as a day and as a gap", () => {
  const told = daySentence({ ...day, state: "pipeline_fault", refused: true }, words, at(2));
  assert.match(told, /quarantine.*Do not write about wear/);
  const refused = { ...gap, recoverableUntil: null, evidence: { refused: true } } as const;
  assert.match(gapSentence({ ...refused, cause: "pipeline_fault" }, words, at(2)), /quarantine/);
});

test("what is ours or without a grant says so, and that nobody is written to about wear", () => {
  for (const state of ["pipeline_fault", "not_authorised"] as const)
    assert.match(
      daySentence({ ...day, state }, words, at(2)),
      /Do not write about wear|do not write about wear/,
    );
});

test("an unsynced day says since when, until when it can be saved, and what to ask for", () => {
  const sentence = daySentence({ ...day, state: "unsynced" }, words, at(2));
  assert.match(sentence, /not synced since 2026-11-10T01:00/);
  assert.match(sentence, /from 2026-11-10T09:00 on it is overwritten/);
  assert.match(sentence, /open the app/);
});

test("every cause has words and a sentence that says from when to when", () => {
  for (const cause of GAP_CAUSES) {
    assert.ok(CAUSE_WORDS[cause].length > 0);
    assert.match(
      gapSentence({ ...gap, cause }, words, at(5)),
      /^From 2026-11-10T01:00 to 2026-11-10T04:00: .*\.$/,
    );
  }
});

test("a gap that can be saved says until when, and once that has passed, that it is going", () => {
  const unsynced = { ...gap, cause: "not_yet_synced" as const };
  assert.match(gapSentence(unsynced, words, at(5)), /overwritten from 2026-11-10T08:00 on/);
  assert.match(gapSentence(unsynced, words, at(9)), /since 2026-11-10T08:00 overwrites/);
});

test("a recovered gap says so, and what it was", () => {
  const recovered = { ...gap, cause: "not_yet_synced" as const, recoveredAt: at(6) };
  assert.match(
    gapSentence(recovered, words, at(7)),
    /was missing \(not synced yet\) and has arrived after all, 2026-11-10T06:00/,
  );
});

test("a charge tells the battery before and after", () => {
  assert.match(
    gapSentence({ ...gap, cause: "charging" }, words, at(5)),
    /40 % before and 97 % after/,
  );
});

test("what a device began to overwrite in the past is told as the past, and what is left can still be saved", () => {
  const sentence = daySentence({ ...day, state: "unsynced" }, words, at(12));
  assert.match(sentence, /Since 2026-11-10T09:00 it overwrites the oldest minutes/);
  assert.doesNotMatch(sentence, /before then/);
});

test("a first or last day of which too little counts says so, with what was worn", () => {
  for (const state of ["before_enrolment", "after_participation"] as const)
    assert.match(
      daySentence({ ...day, state, atEdge: true }, words, at(2)),
      /in the course of this day.*counts neither way\. Worn 11 h\./,
    );
});

test("what lies on a device that was exchanged asks for a sync of that one", () => {
  const told = { ...gap, cause: "not_yet_synced", evidence: { replaced: true } } as const;
  assert.match(gapSentence(told, words, at(2)), /device that was exchanged.*that device/);
});

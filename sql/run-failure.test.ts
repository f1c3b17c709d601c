import assert from "node:assert/strict";
import { test } from "node:test";
import { failureOf } from "./run-failure.ts";

const READ = "heart rate: 14 days read, 0 left out; steps and 9 more: 14 days read, 0 left out";

test("a run that makes way for another, or meets what was not granted, has failed at nothing", () => {
  const madeWay =
    "older heart-rate, older steps: left for the next run, because somebody asked for a reading now";
  for (const rest of [madeWay, "sleep: permission not granted", "older days follow"])
    assert.equal(failureOf("partial", `${READ}; ${rest}`), null, rest);
});

test("what a run could not read is the provider's fault where the provider failed, else ours", () => {
  assert.equal(failureOf("partial", `${READ}; sleep: SourceUnavailable`), "source_outage");
  for (const detail of [
    "heart rate: 13 days read, 1 left out; steps: 14 days read, 0 left out",
    `${READ}; devices: UnexpectedReply`,
    "heart rate: permission not granted; not believed, because too many connections were refused at once",
  ])
    assert.equal(failureOf("partial", detail), "pipeline_fault", detail);
  assert.equal(failureOf("complete", READ), null);
});

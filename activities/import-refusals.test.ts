import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ImportWorld } from "../testing/import-world.ts";
import { createImportWorld, study, timeZone } from "../testing/import-world.ts";
import { enrol } from "../testing/people.ts";
import { persist } from "../testing/persist.ts";

let world: ImportWorld;
before(async () => {
  world = await createImportWorld();
});
after(() => world.stop());

const SAMPLES = `select to_char(s.time at time zone 'UTC', 'MM-DD HH24:MI:SS') as at, s.value
  from study.sample s join study.participant p on p.id = s.participant_id
  where p.short_id = $1::text order by s.time`;

test("unreadable lines are in quarantine with file and line, whosever they are, once however often they are read", async () => {
  const folder = await world.folderOf("torn", {
    "heart.csv": [
      "Id,Time,Value",
      "12,4/12/2016 9:00:00 AM,70",
      "12,4/31/2016 9:00:05 AM,70",
      "??,4/12/2016 9:00:10 AM,70",
      "12,4/12/2016 9:00:15 AM,7000",
    ],
    "notes.csv": ["who,what", "12,nothing"],
  });
  const { files, archive } = await world.importAll(folder);
  assert.deepEqual(archive.notRead, ["notes.csv"]);
  assert.deepEqual([files[0]?.counts.inserted, files[0]?.counts.unreadable], [1, 3]);
  assert.deepEqual(
    files[0]?.listed.map(({ line }) => line),
    [3, 4, 5],
  );
  await world.importAll(folder);
  const kept = await world.rowsOf(
    `select p.short_id as who, q.reason, q.detail, q.payload, q.times_seen as seen
     from study.quarantine q left join study.participant p on p.id = q.participant_id
     where q.detail like 'heart.csv:%' order by q.detail`,
  );
  assert.deepEqual(
    kept.map(({ who, reason, seen }) => [who, reason, seen]),
    [
      ["F-12", "bad_time", 2],
      [null, "unparseable_point", 2],
      ["F-12", "implausible_value", 2],
    ],
  );
  assert.equal(kept[2]?.["payload"], "heart.csv:5: Value: 12,4/12/2016 9:00:15 AM,7000");
  assert.equal(kept[0]?.["payload"], "heart.csv:3: 12,4/31/2016 9:00:05 AM,70");
});

test("no line ends an import: absurd dates, endless lines, bytes that are no text, nights of a week, values beyond number", async () => {
  const nights = [
    "Id,date,value,logId",
    "17,4/12/2016 1:00:30 AM,1,9\u00001",
    "17,4/12/2016 1:00:30 AM,4,91",
  ];
  for (let day = 1; day < 4; day += 1)
    for (let minute = 0; minute < 1380; minute += 1)
      nights.push(
        `17,4/${day}/2016 ${Math.floor(minute / 60) % 12 || 12}:${String(minute % 60).padStart(2, "0")}:30 ${minute < 720 ? "AM" : "PM"},1,92`,
      );
  const folder = await world.folderOf("absurd", {
    "heart.csv": [
      "Id,Time,Value",
      "17,4/12/0216 9:00:00 AM,70",
      "17,4/12/2916 9:00:00 AM,70",
      `17,4/12/2016 9:00:00 AM,${"7".repeat(200_000)}`,
      "17,4/12/2016 9:00:00 AM,1E999",
      `17,\u0000\uD800,70`,
      `${"9".repeat(28)},4/12/2016 9:00:00 AM,70`,
      "17,4/12/2016 9:00:05 AM,70",
    ],
    "stages.csv": nights,
    "day.csv": [
      "Id,SleepDay,TotalSleepRecords,TotalMinutesAsleep,TotalTimeInBed",
      "17,4/12/2016,99999999999999,-1,20",
    ],
  });
  const { archive, files } = await world.importAll(folder);
  assert.deepEqual(
    archive.people.filter(({ shortId }) => shortId !== "F-17"),
    [],
  );
  assert.deepEqual(
    archive.files.map(({ kind }, at) => [kind, files[at]?.counts.unreadable]),
    [
      ["sleepDay", 2],
      ["heartrate_seconds", 6],
      ["minuteSleep", 2],
    ],
  );
  assert.deepEqual(await world.rowsOf(SAMPLES, "F-17"), [{ at: "04-12 13:00:05", value: 700 }]);
  assert.deepEqual(
    await world.rowsOf("select minutes_in_bed from study.session where provider_session_id = '92'"),
    [{ minutes_in_bed: 3000 }],
  );
});

test("a line of nobody belongs to the study it was handed in for and goes with it", async () => {
  assert.deepEqual(
    await world.rowsOf(
      `select s.slug, count(*)::int as n from study.quarantine q join study.study s on s.id = q.study_id
       where q.participant_id is null group by s.slug`,
    ),
    [{ slug: study, n: 2 }],
  );
});

test("nothing is stored of somebody who has withdrawn, and it is said", async () => {
  const folder = await world.folderOf("gone", {
    "heart.csv": ["Id,Time,Value", "15,4/12/2016 9:00:00 AM,70"],
  });
  await world.importAll(folder);
  await world.database.app.query(
    "update study.participant set state = 'withdrawn' where short_id = 'F-15'",
  );
  await world.folderOf("gone", {
    "heart.csv": ["Id,Time,Value", "15,4/12/2016 9:00:30 AM,70", "15,4/12/2016,torn"],
  });
  const { files, enrolled } = await world.importAll(folder);
  assert.deepEqual(enrolled?.leftOut, ["F-15"]);
  assert.deepEqual([files[0]?.counts.inserted, files[0]?.counts.leftOut], [0, 1]);
  assert.equal((await world.rowsOf(SAMPLES, "F-15")).length, 1);
  assert.deepEqual(
    await world.rowsOf("select payload from study.quarantine where payload like '%torn'"),
    [],
  );
});

test("an unknown study, somebody of another study, a changed file and a missing folder are said in words and not retried", async () => {
  const folder = await world.folderOf("words", {
    "heart.csv": ["Id,Time,Value", "16,4/12/2016 9:00:00 AM,70"],
  });
  const { result: archive } = await persist(world.activities.surveyArchive, { folder });
  const [file] = archive?.files ?? [];
  assert.ok(archive && file);
  const { people } = archive;
  const types: (string | null | undefined)[] = [];
  const unknown = await persist(world.activities.enrolExportedPeople, {
    study: "none",
    timeZone,
    people,
  });
  types.push(unknown.failures[0]?.type);
  await enrol(world.database.app, "F-16");
  const elsewhere = await persist(world.activities.enrolExportedPeople, {
    study,
    timeZone,
    people,
  });
  types.push(elsewhere.failures[0]?.type);
  await world.folderOf("words", { "heart.csv": ["Id,Time,Value"] });
  const changed = await persist(world.activities.importFile, { folder, file, study });
  types.push(changed.failures[0]?.type);
  const missing = await persist(world.activities.surveyArchive, { folder: "/nowhere/to/be/found" });
  types.push(missing.failures[0]?.type);
  assert.deepEqual(types, ["UnknownStudy", "OtherStudy", "ChangedFile", "UnreadableFile"]);
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ImportWorld } from "../testing/import-world.ts";
import { createImportWorld, study, timeZone } from "../testing/import-world.ts";
import { persist } from "../testing/persist.ts";
import { needs } from "../testing/requirements.ts";
import { createImportActivities } from "./import.ts";

let world: ImportWorld;
before(async () => {
  world = await createImportWorld();
});
after(() => world.stop());

const SAMPLES = `select to_char(s.time at time zone 'UTC', 'MM-DD HH24:MI:SS') as at, s.value
  from study.sample s join study.participant p on p.id = s.participant_id
  where p.short_id = $1::text order by s.time`;

/** `mm:ss` of this second of an hour. */
const clockOf = (second: number) =>
  `${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}`;

test("an export enrols its people as completed, stores what it says, and makes all days but the last final", async () => {
  const folder = await world.folderOf("first", {
    "heart.csv": [
      "Id,Time,Value",
      "11,4/12/2016 11:59:55 PM,70",
      "11,4/13/2016 12:00:05 AM,71",
      "11,4/14/2016 8:00:00 AM,72",
    ],
  });
  const { files, enrolled } = await world.importAll(folder);
  assert.deepEqual(enrolled, { enrolled: 1, widened: 0, leftOut: [] });
  assert.equal(files[0]?.counts.inserted, 3);
  assert.deepEqual(await world.rowsOf(SAMPLES, "F-11"), [
    { at: "04-13 03:59:55", value: 700 },
    { at: "04-13 04:00:05", value: 710 },
    { at: "04-14 12:00:00", value: 720 },
  ]);
  assert.deepEqual(
    await world.rowsOf(
      "select state, enrolled_on, ended_on, time_zone from reporting.participant_status where participant = 'F-11'",
    ),
    [
      {
        state: "completed",
        enrolled_on: "2016-04-12",
        ended_on: "2016-04-14",
        time_zone: timeZone,
      },
    ],
  );
  assert.deepEqual(
    await world.rowsOf(
      "select day, heart_rate_minutes as minutes, wear_minutes as worn, final from reporting.participant_day where participant = 'F-11' order by day",
    ),
    [
      // An exact 70 beside a long gap is the tracker's placeholder and proves no wear.
      { day: "2016-04-12", minutes: 1, worn: 0, final: true },
      { day: "2016-04-13", minutes: 1, worn: 1, final: true },
      { day: "2016-04-14", minutes: 1, worn: 1, final: false },
    ],
  );
});

test("the same again changes nothing; a later file with another value wins, and what was final is kept as a revision", async () => {
  const again = await world.importAll(await world.folderOf("first", {}));
  const { inserted, updated, unchanged } = again.files[0]?.counts ?? {};
  assert.deepEqual([inserted, updated, unchanged, again.enrolled?.enrolled], [0, 0, 3, 0]);
  const later = await world.folderOf("later", {
    "heart.csv": ["Id,Time,Value", "11,4/12/2016 11:59:55 PM,75", "11,4/13/2016 12:00:05 AM,71"],
  });
  const { files } = await world.importAll(later);
  assert.deepEqual([files[0]?.counts.updated, files[0]?.counts.unchanged], [1, 1]);
  assert.deepEqual(await world.rowsOf("select old_value, new_value from study.sample_revision"), [
    { old_value: 700, new_value: 750 },
  ]);
});

test("files that contradict each other change nothing the second time, in whichever order they are read again", async () => {
  const one = await world.folderOf("one", {
    "heart.csv": ["Id,Time,Value", "21,4/12/2016 9:00:00 AM,70", "21,4/12/2016 9:00:05 AM,70"],
    "sleep.csv": [
      "Id,SleepDay,TotalSleepRecords,TotalMinutesAsleep,TotalTimeInBed",
      "21,4/12/2016,1,300,320",
    ],
    "stages.csv": ["Id,date,value,logId", "21,4/12/2016 1:00:30 AM,1,800"],
  });
  const other = await world.folderOf("other", {
    "heart.csv": ["Id,Time,Value", "21,4/12/2016 9:00:00 AM,75"],
    "sleep.csv": [
      "Id,SleepDay,TotalSleepRecords,TotalMinutesAsleep,TotalTimeInBed",
      "21,4/12/2016,2,300,320",
    ],
    "stages.csv": ["Id,date,value,logId", "21,4/12/2016 1:00:30 AM,3,800"],
  });
  await world.importAll(one);
  const second = await world.importAll(other);
  assert.deepEqual(
    second.files.map(({ counts }) => counts.updated),
    [1, 1, 1],
  );
  for (const folder of [one, other, one]) {
    const { files } = await world.importAll(folder);
    assert.deepEqual(
      files.map(({ counts }) => counts.inserted + counts.updated),
      [0, 0, 0],
    );
  }
  assert.deepEqual(
    (await world.rowsOf(SAMPLES, "F-21")).map(({ value }) => value),
    [750, 700],
  );
});

test("another export of the same people moves their first and last day outwards, their active time and the audit with them", async () => {
  const later = await world.folderOf("may", {
    "heart.csv": ["Id,Time,Value", "22,5/2/2016 9:00:00 AM,70", "22,5/3/2016 9:00:00 AM,70"],
  });
  await world.importAll(later);
  const { enrolled } = await world.importAll(
    await world.folderOf("april", {
      "heart.csv": ["Id,Time,Value", "22,4/30/2016 9:00:00 AM,70", "22,5/5/2016 9:00:00 AM,70"],
    }),
  );
  assert.deepEqual(enrolled, { enrolled: 0, widened: 1, leftOut: [] });
  assert.equal((await world.importAll(later)).enrolled?.widened, 0);
  assert.deepEqual(
    await world.rowsOf(
      `select p.enrolled_on, p.ended_on, s.state, to_char(s.until_at at time zone 'UTC', 'MM-DD HH24') as until
       from study.participant p join study.participant_state_span s on s.participant_id = p.id
       where p.short_id = 'F-22' and s.state = 'active'`,
    ),
    [{ enrolled_on: "2016-04-30", ended_on: "2016-05-05", state: "active", until: "05-06 04" }],
  );
  assert.deepEqual(
    await world.rowsOf("select detail from audit.entry where action = 'participant.widen'"),
    [{ detail: { participants: ["F-22"] } }],
  );
});

test("a file sorted by time, in which participants alternate, is stored in a statement a participant and batch", async () => {
  const lines = ["Id,Time,Value"];
  for (let second = 0; second < 3000; second += 1)
    lines.push(`${23 + (second % 3)},4/12/2016 9:${clockOf(second)} AM,70`);
  const { files } = await world.importAll(await world.folderOf("mixed", { "heart.csv": lines }));
  assert.equal(files[0]?.counts.inserted, 3000);
  assert.deepEqual(
    await world.rowsOf(
      `select f.samples, count(*)::int as pages from study.fetch f
       join study.participant p on p.id = f.participant_id
       where p.short_id in ('F-23', 'F-24', 'F-25') group by f.samples`,
    ),
    [{ samples: 1000, pages: 3 }],
  );
});

test("sleep minutes become one session with stages; two exports that each hold a piece of a night make it whole", async () => {
  const night = ["Id,date,value,logId"];
  for (let minute = 0; minute < 40; minute += 1)
    night.push(`13,4/13/2016 1:${String(10 + minute)}:30 AM,${minute < 30 ? 1 : 3},900`);
  const [head = "", ...minutes] = night;
  await world.importAll(
    await world.folderOf("dusk", { "sleep.csv": [head, ...minutes.slice(0, 25)] }),
  );
  const whole = await world.folderOf("dawn", { "sleep.csv": [head, ...minutes.slice(15)] });
  const { files } = await world.importAll(whole);
  assert.deepEqual([files[0]?.counts.inserted, files[0]?.counts.unchanged], [15, 10]);
  const session = `select to_char(s.starts_at at time zone 'UTC', 'HH24:MI:SS') as starts, s.day, s.minutes_asleep,
      s.minutes_in_bed, array_agg(g.stage order by g.starts_at) as stages
    from study.session s join study.session_stage g on g.session_id = s.id
    where s.provider_session_id = '900' group by s.id`;
  const expected = [
    {
      starts: "05:10:30",
      day: "2016-04-13",
      minutes_asleep: 30,
      minutes_in_bed: 40,
      stages: ["asleep", "awake"],
    },
  ];
  assert.deepEqual(await world.rowsOf(session), expected);
  assert.deepEqual(
    (await world.importAll(await world.folderOf("dusk", {}))).files[0]?.counts.unchanged,
    25,
  );
  assert.deepEqual(await world.rowsOf(session), expected);
});

test("the real night of 2016-03-13 keeps all its 340 minutes, though twenty-one of them never were", async (t) => {
  const data = needs(t, "shared-data");
  if (data === null) return;
  const folder = join(data, "fitabase");
  const { result: archive } = await persist(world.activities.surveyArchive, { folder });
  const file = archive?.files.find(({ kind }) => kind === "minuteSleep");
  assert.ok(archive && file);
  await persist(world.activities.enrolExportedPeople, { study, timeZone, people: archive.people });
  const { result } = await persist(world.activities.importFile, { folder, file, study });
  assert.equal(result?.counts.inserted, 340);
  assert.deepEqual(
    await world.rowsOf(
      `select to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI:SS') as starts, minutes_in_bed,
         to_char(ends_at at time zone 'UTC', 'MM-DD HH24:MI:SS') as ends
       from study.session where provider_session_id = '11114919637'`,
    ),
    [{ starts: "03-13 07:39:30", minutes_in_bed: 340, ends: "03-13 13:19:30" }],
  );
});

test("an attempt that follows a dead one goes on behind its last line and tells the instants by the whole file", async () => {
  const lines = ["Id,Time,Value", "14,11/6/2016 12:59:59 AM,60"];
  for (let pass = 0; pass < 2; pass += 1)
    for (let second = 0; second < 3600; second += 1)
      lines.push(`14,11/6/2016 1:${clockOf(second)} AM,${60 + pass}`);
  const folder = await world.folderOf("autumn", { "heart.csv": [...lines, ...lines.slice(1)] });
  const { app } = world.database;
  let pages = 0;
  const query = (text: string, values: unknown[]) => {
    const isPage = text.includes("insert into study.sample ");
    if (isPage) pages += 1;
    return isPage && pages === 2
      ? Promise.reject(new Error("the worker died"))
      : app.query(text, values);
  };
  const dying = createImportActivities({
    db: Object.assign(Object.create(app), { query }),
    clock: () => new Date(),
    log: { error: () => undefined },
  });
  const { result: archive } = await persist(dying.surveyArchive, { folder });
  const [file] = archive?.files ?? [];
  assert.ok(archive && file);
  await persist(dying.enrolExportedPeople, { study, timeZone, people: archive.people });
  const { result, failures } = await persist(dying.importFile, { folder, file, study });
  assert.equal(failures.length, 1);
  const { lines: read, readings, inserted, unchanged } = result?.counts ?? {};
  assert.deepEqual([read, readings, inserted, unchanged], [14_402, 14_402, 7201, 7201]);
  const stored = await world.rowsOf(SAMPLES, "F-14");
  assert.equal(stored.length, 7201);
  assert.deepEqual(
    [stored[1], stored[3600], stored[3601]],
    [
      { at: "11-06 05:00:00", value: 600 },
      { at: "11-06 05:59:59", value: 600 },
      { at: "11-06 06:00:00", value: 610 },
    ],
  );
});

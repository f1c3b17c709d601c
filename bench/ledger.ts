import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { consentAgain } from "../testing/consent-again.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { seeded } from "../testing/pages.ts";
import { runOnce } from "../testing/run-once.ts";
import { compare, newTally } from "./ledger/compare.ts";
import type { Incident } from "./ledger/incidents.ts";
import { drawIncidents } from "./ledger/incidents.ts";
import type { Span, Story } from "./ledger/oracle.ts";
import { createOracle } from "./ledger/oracle.ts";
import { report } from "./ledger/report.ts";

/**
 * npm run bench:ledger -- --seed 1 --participants 200 --days 60: everybody is read once a day over real HTTP, while the
 * provider fails, grants lapse, runs stay away and people pause; every tenth day each judged day and each gap is held
 * against the simulator's events. Disagreements go to a file, to be read one by one.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    participants: { type: "string", default: "200" },
    days: { type: "string", default: "60" },
    disagreements: { type: "string", default: "" },
    only: { type: "string", default: "" },
  },
});
const [seed, count, days] = [values.seed, values.participants, values.days].map(Number) as [
  number,
  number,
  number,
];
const EPOCH = "2026-09-25";
/** Everybody is read at this hour (UTC), the same for all: nobody's clock goes back. */
const READ_AT_HOUR = 13;
const COMPARED_EVERY = 10;

const random = seeded(seed);
const instantOf = (day: number) =>
  Date.parse(`${EPOCH}T00:00:00Z`) + day * 86_400_000 + READ_AT_HOUR * 3_600_000;
const world = await ingestWorld({
  seed,
  epoch: EPOCH,
  firstNow: new Date(instantOf(0)).toISOString(),
  participants: count,
  stories: ["all"],
});
const { simulator } = world.upstream;
const { db } = world.deps;

type Person = {
  participant: string;
  index: number;
  persona: string;
  enrolledOn: string;
  incidents: readonly Incident[];
  connected: boolean;
  runs: { at: number; looked: boolean; read: boolean }[];
  lapses: { from: number; to: number }[];
  pauses: { from: number; to: number }[];
};
const people: Person[] = simulator.roster.map(({ participant, enrolledOn }, index) => {
  const start = new Date(instantOf(0));
  const { persona } = simulator.truth(participant, start, start);
  // Stories bring what goes wrong with them.
  const incidents = index < count ? drawIncidents(random, days) : [];
  return {
    participant,
    index,
    persona,
    enrolledOn,
    incidents,
    connected: false,
    runs: [],
    lapses: [],
    pauses: [],
  };
});

const wanted = people.filter(
  ({ participant }) => values.only === "" || values.only.split(",").includes(participant),
);
const tally = newTally();
for (let day = 1; day <= days; day++) {
  const at = instantOf(day);
  world.setNow(new Date(at).toISOString());
  for (const person of wanted) await live(person, day, at);
  if (day % COMPARED_EVERY === 0 || day === days)
    for (const person of wanted)
      if (person.connected) {
        const oracle = createOracle(storyOf(person, at), at);
        const what = `day ${day} ${person.participant} (${person.persona})`;
        await compare(db, person.participant, oracle, { tally, what });
      }
}
await world.stop();
if (values.disagreements !== "")
  await writeFile(values.disagreements, tally.disagreements.join("\n"));
const { summary, table } = report(tally);
console.log(table);
console.log(`seed ${seed}, ${people.length} people, ${days} days`);
console.log(JSON.stringify(summary));
if (summary.wrongly_blamed > 0) process.exitCode = 1;

/** One day of one person: what goes wrong begins or ends, and they are read or not. */
async function live(person: Person, day: number, at: number): Promise<void> {
  if (!person.connected) {
    if (person.enrolledOn >= new Date(at).toISOString().slice(0, 10)) return;
    await world.connectPerson(person.index);
    await setSince(person, at);
    person.connected = true;
  }
  for (const incident of person.incidents) await turn(person, incident, day, at);
  const now = person.incidents.filter(({ from, to }) => from <= day && day < to);
  if (now.some(({ kind }) => kind === "no_runs" || kind === "pause")) return;
  const upstream = now.find((incident) => incident.kind === "upstream");
  const { participant } = person;
  world.upstream.simulator.faults.clear();
  if (upstream?.kind === "upstream") world.fault({ ...upstream.fault, participant });
  await runOnce(world, participant);
  const refused = person.lapses.some(({ from, to }) => from <= at && at < to);
  const looked = !refused && (upstream?.kind !== "upstream" || upstream.looks);
  person.runs.push({ at, looked, read: looked && upstream === undefined });
}

async function turn(person: Person, incident: Incident, day: number, at: number): Promise<void> {
  const { participant } = person;
  const [begins, ends] = [incident.from === day, incident.to === day];
  if (incident.kind === "lapse" && begins) {
    simulator.revoke(participant);
    person.lapses.push({ from: at, to: Number.POSITIVE_INFINITY });
  }
  if (incident.kind === "lapse" && ends) {
    await consentAgain(world, participant);
    await setSince(person, at);
    end(person.lapses, at);
  }
  if (incident.kind === "pause" && (begins || ends)) await pauseOrResume(person, begins, at);
}

async function pauseOrResume(person: Person, pauses: boolean, at: number): Promise<void> {
  await setState(person.participant, pauses ? "paused" : "active", at);
  if (pauses) person.pauses.push({ from: at, to: Number.POSITIVE_INFINITY });
  else end(person.pauses, at);
}

function end(spans: { to: number }[], at: number): void {
  const last = spans.at(-1);
  if (last) last.to = at;
}

/** The database's clock is not the bench's. */
async function setSince({ participant }: Person, at: number): Promise<void> {
  await db.query(
    `update study.connection c set status_since = $2::timestamptz from study.participant p
     where p.id = c.participant_id and p.short_id = $1::text`,
    [participant, new Date(at)],
  );
}

async function setState(participant: string, to: string, at: number): Promise<void> {
  await db.query(
    `with before as (select id, state from study.participant where short_id = $1::text),
     changed as (update study.participant p set state = $2::text from before where p.id = before.id)
     insert into study.participant_state_change (participant_id, at, from_state, to_state, actor, reason)
     select id, $3::timestamptz, state, $2::text, 'bench', 'bench' from before`,
    [participant, to, new Date(at)],
  );
}

function storyOf(person: Person, at: number): Story {
  const { participant, persona, runs, pauses } = person;
  const truth = simulator.truth(
    participant,
    new Date(Date.parse(EPOCH) - 86_400_000),
    new Date(at),
  );
  const taken = truth.events.find(({ kind }) => kind === "consent_taken_back");
  const forEver: readonly Span[] = taken
    ? [{ from: Date.parse(taken.at), to: Number.POSITIVE_INFINITY }]
    : [];
  const lapses = [...person.lapses, ...forEver];
  const isRefused = (time: number) => lapses.some(({ from, to }) => from <= time && time < to);
  const believed = runs.map((run) =>
    isRefused(run.at) ? { ...run, looked: false, read: false } : run,
  );
  return { truth, runs: believed, lapses, pauses, devicesKnown: persona !== "settings withheld" };
}

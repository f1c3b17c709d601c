import { judgeIdle } from "../../activities/judge-idle.ts";
import { consentAgain } from "../../testing/consent-again.ts";
import type { IngestWorld } from "../../testing/ingest-world.ts";
import { ingestWorld } from "../../testing/ingest-world.ts";
import { seeded } from "../../testing/pages.ts";
import { runOnce } from "../../testing/run-once.ts";
import { compare } from "./compare.ts";
import { compareNights } from "./compare-nights.ts";
import type { Incident } from "./incidents.ts";
import { drawIncidents } from "./incidents.ts";
import { createOracle } from "./oracle.ts";
import type { Person } from "./person.ts";
import { end, storyOf } from "./person.ts";
import type { Tally } from "./tally.ts";
import { newTally } from "./tally.ts";

export type Shard = Readonly<{
  seed: number;
  participants: number;
  days: number;
  /** Of so many shards the one with this number, from 0 on. */
  shard: number;
  shards: number;
  /** Only these of it; null: all. */
  only: readonly string[] | null;
}>;

const EPOCH = "2026-09-25";
/** Everybody is read at this hour (UTC), the same for all: nobody's clock goes back. */
const READ_AT_HOUR = 13;
const COMPARED_EVERY = 10;
/** What days, wear and nights are judged by. The other data types cost time and change nothing here. */
const JUDGED_BY = /^(heart-rate$|steps\b|sleep\b)/;

const instantOf = (day: number) =>
  Date.parse(`${EPOCH}T00:00:00Z`) + day * 86_400_000 + READ_AT_HOUR * 3_600_000;

/** Lets a shard's people live, reads them once a day, and holds what was judged against what happened. */
export async function liveThrough(asked: Shard): Promise<Tally> {
  const { seed, participants, days } = asked;
  const world = await ingestWorld({
    seed,
    epoch: EPOCH,
    firstNow: new Date(instantOf(0)).toISOString(),
    participants,
    stories: ["all"],
  });
  const people = everybody(world, asked).filter((person) => belongs(person, asked));
  const tally = newTally();
  tally.people = people.length;
  for (let day = 1; day <= days; day++) {
    const at = instantOf(day);
    world.setNow(new Date(at).toISOString());
    for (const person of people) await live(world, person, day, at);
    await judgeIdle(world.deps.db, new Date(at));
    const isCompared = day % COMPARED_EVERY === 0 || day === days;
    const compared = isCompared ? people.filter(({ connected }) => connected) : [];
    for (const person of compared)
      await look(world, person, { tally, day, at, isLast: day === days });
  }
  await world.stop();
  return tally;
}

function belongs({ participant, index }: Person, { shard, shards, only }: Shard): boolean {
  return index % shards === shard && (only === null || only.includes(participant));
}

/** Holds one person against the truth as of now. */
async function look(
  world: IngestWorld,
  person: Person,
  { tally, day, at, isLast }: Readonly<{ tally: Tally; day: number; at: number; isLast: boolean }>,
): Promise<void> {
  const { participant, persona } = person;
  const against = { tally, what: `day ${day} ${participant} (${persona})`, isLast };
  const story = storyOf(world.upstream.simulator, person, EPOCH, at);
  await compare(world.deps.db, participant, createOracle(story, at), against);
  if (isLast) await compareNights(world, participant, against);
}

/** The same people with the same incidents, however many shards they live in. */
function everybody(
  { upstream }: IngestWorld,
  { seed, participants, days }: Pick<Shard, "seed" | "participants" | "days">,
): Person[] {
  const random = seeded(seed);
  const start = new Date(instantOf(0));
  return upstream.simulator.roster.map(({ participant, enrolledOn }, index) => ({
    participant,
    index,
    persona: upstream.simulator.truth(participant, start, start).persona,
    enrolledOn,
    // Stories bring what goes wrong with them.
    incidents: index < participants ? drawIncidents(random, days) : [],
    connected: false,
    runs: [],
    lapses: [],
    pauses: [],
  }));
}

/** One day of one person: what goes wrong begins or ends, and they are read or not. */
async function live(world: IngestWorld, person: Person, day: number, at: number): Promise<void> {
  if (!person.connected) {
    if (person.enrolledOn >= new Date(at).toISOString().slice(0, 10)) return;
    await world.connectPerson(person.index);
    await setSince(world, person, at);
    person.connected = true;
  }
  for (const incident of person.incidents) await turn(world, person, incident, { day, at });
  const now = person.incidents.filter(({ from, to }) => from <= day && day < to);
  if (now.some(({ kind }) => kind === "no_runs" || kind === "pause")) return;
  const upstream = now.find((incident) => incident.kind === "upstream");
  const { participant } = person;
  world.upstream.simulator.faults.clear();
  if (upstream?.kind === "upstream") world.fault({ ...upstream.fault, participant });
  await runOnce(world, participant, { reads: (dataType) => JUDGED_BY.test(dataType) });
  const refused = person.lapses.some(({ from, to }) => from <= at && at < to);
  const looked = !refused && (upstream?.kind !== "upstream" || upstream.looks);
  person.runs.push({ at, looked, read: looked && upstream === undefined });
}

async function turn(
  world: IngestWorld,
  person: Person,
  incident: Incident,
  { day, at }: Readonly<{ day: number; at: number }>,
): Promise<void> {
  const { participant } = person;
  const [begins, ends] = [incident.from === day, incident.to === day];
  if (incident.kind === "lapse" && begins) {
    world.upstream.simulator.revoke(participant);
    person.lapses.push({ from: at, to: Number.POSITIVE_INFINITY });
  }
  // What would have begun before somebody took part does not end, either.
  if (incident.kind === "lapse" && ends && isOpen(person.lapses)) {
    await consentAgain(world, participant);
    await setSince(world, person, at);
    end(person.lapses, at);
  }
  if (incident.kind === "pause" && begins) {
    await setState(world, participant, "paused", at);
    person.pauses.push({ from: at, to: Number.POSITIVE_INFINITY });
  }
  if (incident.kind === "pause" && ends && isOpen(person.pauses)) {
    await setState(world, participant, "active", at);
    end(person.pauses, at);
  }
}

const isOpen = (spans: readonly Readonly<{ to: number }>[]) =>
  spans.at(-1)?.to === Number.POSITIVE_INFINITY;

/** The database's clock is not the bench's. */
async function setSince({ deps }: IngestWorld, { participant }: Person, at: number): Promise<void> {
  await deps.db.query(
    `with person as (select id from study.participant where short_id = $1::text),
     began as (
       update study.participant_state_change c set at = $3::timestamptz from person
       where c.participant_id = person.id and c.from_state is null)
     update study.connection c set status_since = $2::timestamptz from person where c.participant_id = person.id`,
    [participant, new Date(at), EPOCH],
  );
}

async function setState(
  { deps }: IngestWorld,
  participant: string,
  to: string,
  at: number,
): Promise<void> {
  await deps.db.query(
    `with before as (select id, state from study.participant where short_id = $1::text),
     changed as (update study.participant p set state = $2::text from before where p.id = before.id)
     insert into study.participant_state_change (participant_id, at, from_state, to_state, actor, reason)
     select id, $3::timestamptz, state, $2::text, 'bench', 'bench' from before`,
    [participant, to, new Date(at)],
  );
}

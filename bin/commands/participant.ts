import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { judgeParticipant } from "../../activities/judge-participant.ts";
import { checkFile, checkParticipants } from "../../set-up/check-participants.ts";
import type { Problem } from "../../set-up/participant-file.ts";
import { decodeText } from "../../set-up/participant-file.ts";
import { readMove } from "../../set-up/read-move.ts";
import { readReason } from "../../set-up/reason.ts";
import { addParticipants } from "../../sql/enrolment.ts";
import type { MovedDays } from "../../sql/moved-days.ts";
import type { StateVerb } from "../../sql/participant-changes.ts";
import {
  changeState,
  moveParticipant,
  mustFindParticipant,
  readParticipantHistory,
  STATE_VERBS,
} from "../../sql/participant-changes.ts";
import { announceChange } from "../../sql/participants.ts";
import type { Command, Installation } from "./installation.ts";

const options = {
  study: { type: "string" },
  "time-zone": { type: "string" },
  enrolled: { type: "string" },
  site: { type: "string" },
  arm: { type: "string" },
  state: { type: "string" },
  from: { type: "string" },
  "last-day": { type: "string" },
  why: { type: "string" },
  apply: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
type Verb = (subject: string, values: Values, installation: Installation) => Promise<void>;

const FOLLOWS = "Schedules follow within 5 minutes.";

/** participant add|import|activate|pause|resume|withdraw|complete|move|show: who takes part, and how. */
export const participant: Command = {
  usage:
    "participant add ID --study S --time-zone Z --enrolled DATE [--site N] [--arm N] [--state invited|active] --why WHY | import FILE.csv --study S [--apply --why WHY] | activate|pause|resume|withdraw|complete ID [--last-day DATE] --why WHY | move ID --time-zone Z [--from INSTANT] --why WHY | show ID",
  async run([verb = "", ...args], installation) {
    const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    const [subject] = positionals;
    if (run === undefined || subject === undefined || positionals.length > 1) {
      throw new Error(`what to do, and to whom? npm run wearflow -- ${participant.usage}`);
    }
    await run(subject, values, installation);
  },
};

const verbs: Readonly<Record<string, Verb>> = {
  add: addOne,
  import: importFile,
  move,
  show,
  ...Object.fromEntries(STATE_VERBS.map((verb) => [verb, changing(verb)])),
};

async function addOne(id: string, values: Values, { db, actor }: Installation): Promise<void> {
  const study = values.study ?? "";
  const row = {
    line: 0,
    id,
    time_zone: values["time-zone"] ?? "",
    enrolled_on: values.enrolled ?? "",
    site: values.site ?? "",
    arm: values.arm ?? "",
    state: values.state ?? "",
  };
  const { people, problems } = await checkParticipants(db, { study, rows: [row], now: new Date() });
  refuse(problems);
  if (people.length === 0) {
    console.log(`${id} is enrolled so already; nothing was changed.`);
    return;
  }
  await addParticipants(db, { study, people }, { by: actor, why: readReason(values.why) });
  console.log(`${id} is enrolled in ${study}. ${FOLLOWS}`);
}

async function importFile(file: string, values: Values, { db, actor }: Installation) {
  const study = values.study ?? "";
  const bytes = await readFile(file);
  const { people, alreadyEnrolled, problems } = await checkFile(db, {
    study,
    text: decodeText(bytes),
    now: new Date(),
  });
  if (alreadyEnrolled.length > 0) {
    console.log(`${alreadyEnrolled.length} are enrolled so already; nothing to do for them.`);
  }
  refuse(problems);
  if (values.apply !== true) {
    console.log(
      `${people.length} would be enrolled in ${study}. Nothing was changed: this was a dry run; --apply enrols them.`,
    );
    return;
  }
  const why = readReason(values.why);
  if (people.length === 0) return;
  const detail = { file_sha256: createHash("sha256").update(bytes).digest("hex") };
  await addParticipants(db, { study, people, detail }, { by: actor, why });
  console.log(`${people.length} are enrolled in ${study}. ${FOLLOWS}`);
}

/** Lists every problem and refuses, if there is one. */
function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ line, column, what, todo }) => {
    const where = [line > 0 ? `line ${line}` : "", column].filter((word) => word !== "").join(", ");
    return `  ${where === "" ? "" : `${where}: `}${what}; ${todo}`;
  });
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new Error(`${count}; nobody was enrolled\n${lines.join("\n")}`);
}

function changing(verb: StateVerb): Verb {
  return async (shortId, values, { db, actor }) => {
    const lastDay = values["last-day"] ?? null;
    const because = { by: actor, why: readReason(values.why) };
    await changeState(db, { shortId, verb, lastDay }, because);
    const { state, endedOn } = await mustFindParticipant(db, shortId);
    const until = endedOn === null ? "" : `, last day ${endedOn}; the data is kept`;
    console.log(`${shortId} is ${state} now${until}. ${FOLLOWS}`);
  };
}

async function move(shortId: string, values: Values, { db, actor }: Installation): Promise<void> {
  const why = readReason(values.why);
  const { timeZone, from } = await readMove(db, {
    timeZone: values["time-zone"] ?? "",
    from: values.from ?? "",
    now: new Date(),
  });
  const moved = await moveParticipant(db, { shortId, timeZone, from }, { by: actor, why });
  const since = from === null ? "now on" : from.toISOString();
  const lives = `${shortId} lives by ${timeZone} from ${since}`;
  if (moved === null) {
    console.log(`${lives}; days that end after it are read again. ${FOLLOWS}`);
    return;
  }
  console.log(
    `${lives}. Nothing is read of them now: ${await judgeMovedDays(db, shortId, moved)}.`,
  );
}

/** Judges what was counted anew, which no run will, and says what became of it. */
async function judgeMovedDays(
  db: Installation["db"],
  shortId: string,
  { settled, left }: MovedDays,
): Promise<string> {
  if (left.length > 0)
    return `samples of the ${left.length} days that it moves are no longer kept, so all of these stay as they were counted`;
  if (settled.length === 0) return "it moves no day that was counted";
  const { id } = await mustFindParticipant(db, shortId);
  await judgeParticipant(db, id, { touched: settled }, new Date());
  await announceChange(db);
  return `the ${settled.length} days that it moves were counted and judged anew from what is stored`;
}

async function show(shortId: string, _values: Values, { db }: Installation): Promise<void> {
  const { study, arm, state, enrolledOn, endedOn } = await mustFindParticipant(db, shortId);
  const { states, zones } = await readParticipantHistory(db, shortId);
  console.log(`${shortId} · study ${study} · arm ${arm ?? "none"} · ${state}`);
  console.log(
    `  enrolled ${enrolledOn}, ${endedOn === null ? "no last day" : `last day ${endedOn}`}`,
  );
  for (const { from, timeZone } of zones) {
    console.log(
      `  ${from === null ? "from the beginning" : `from ${from.toISOString()}`}: ${timeZone}`,
    );
  }
  for (const { at, from, to, by, why } of states) {
    console.log(`  ${at.toISOString()} ${from ?? "new"} → ${to}, ${by}: ${why}`);
  }
}

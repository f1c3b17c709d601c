import { parseArgs } from "node:util";
import { readReason } from "../../set-up/reason.ts";
import { changesBetween, readSettings, settingsAsText } from "../../set-up/settings-text.ts";
import { StudySettings } from "../../sql/studies.ts";
import type { Place, StudySetUp } from "../../sql/study-changes.ts";
import {
  addPlace,
  changeSettings,
  createStudy,
  findSetUp,
  readSetUp,
} from "../../sql/study-changes.ts";
import type { Command, Installation } from "./installation.ts";

type Given = Readonly<{
  positionals: readonly string[];
  name: string | undefined;
  why: string | undefined;
}>;
type Verb = (given: Given, installation: Installation) => Promise<void>;

const FOLLOWS = "Schedules follow within 5 minutes.";

/** study create|set|show|add-site|add-arm: a study, its rules, sites and arms. */
export const study: Command = {
  usage:
    "study create SLUG --name NAME --why WHY | set SLUG KEY=VALUE … --why WHY | show [SLUG] | add-site SLUG NAME --why WHY | add-arm SLUG NAME --why WHY",
  async run([verb = "", ...args], installation) {
    const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    if (run === undefined) throw new Error(`what to do? npm run wearflow -- ${study.usage}`);
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { name: { type: "string" }, why: { type: "string" } },
    });
    await run({ positionals, name: values.name, why: values.why }, installation);
  },
};

const verbs: Readonly<Record<string, Verb>> = {
  async create({ positionals: [slug = "", ...pairs], name = "", why }, { db, actor }) {
    const settings = settingsFrom(StudySettings.parse({}), pairs);
    await createStudy(db, { slug, name, settings }, { by: actor, why: readReason(why) });
    console.log(`Study ${slug} is made. Add sites and arms, then participants.`);
  },

  async set({ positionals: [slug = "", ...pairs], why }, { db, actor }) {
    const [current] = (await findSetUp(db, slug)).versions;
    if (pairs.length === 0)
      throw new Error("set what? Write KEY=VALUE, such as validDayMinutes=480");
    const settings = settingsFrom(current.settings, pairs);
    const changes = changesBetween(current.settings, settings);
    if (Object.keys(changes).length === 0) {
      console.log(`Nothing to change: that is what version ${current.version} says.`);
      return;
    }
    const change = { slug, basedOn: current.version, settings, changes };
    await changeSettings(db, change, { by: actor, why: readReason(why) });
    for (const line of changeLines(current.settings, settings)) console.log(line);
    console.log(`Version ${current.version + 1} holds from now on. ${FOLLOWS}`);
  },

  async show({ positionals: [slug] }, { db }) {
    const studies = slug === undefined ? await readSetUp(db) : [await findSetUp(db, slug)];
    if (studies.length === 0) console.log("There is no study yet: study create");
    for (const each of studies) for (const line of studyLines(each)) console.log(line);
  },

  "add-site": (given, installation) => add("site", given, installation),
  "add-arm": (given, installation) => add("arm", given, installation),
};

async function add(
  place: Place,
  { positionals: [slug = "", name = ""], why }: Given,
  { db, actor }: Installation,
): Promise<void> {
  await findSetUp(db, slug);
  await addPlace(db, { slug, place, name }, { by: actor, why: readReason(why) });
  console.log(`Study ${slug} has the ${place} ${name} now.`);
}

/** The settings with these `key=value` in place of what was; throws with every problem, a line each. */
function settingsFrom(before: StudySettings, pairs: readonly string[]): StudySettings {
  const texts = Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new Error(`“${pair}” is not KEY=VALUE`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
  const { settings, problems } = readSettings(before, texts);
  if (settings !== null) return settings;
  const lines = Object.entries(problems).map(([key, problem]) => `  ${key} ${problem}`);
  throw new Error(`these settings cannot be kept:\n${lines.join("\n")}`);
}

function changeLines(before: StudySettings, after: StudySettings): string[] {
  return Object.entries(changesBetween(before, after)).map(
    ([key, { from, to }]) => `    ${key}: ${from || "(empty)"} → ${to || "(empty)"}`,
  );
}

function studyLines({ slug, name, participants, sites, arms, versions }: StudySetUp): string[] {
  const [current] = versions;
  const history = versions.flatMap(({ version, settings, by, why, at }, index) => [
    `  version ${version}, ${at.toISOString()}, ${by}: ${why}`,
    ...changeLines(versions[index + 1]?.settings ?? StudySettings.parse({}), settings),
  ]);
  return [
    `${slug} · ${name} · ${participants} participants`,
    `  sites: ${sites.join(", ") || "none"}`,
    `  arms: ${arms.join(", ") || "none"}`,
    `  settings (version ${current.version}):`,
    ...Object.entries(settingsAsText(current.settings)).map(
      ([key, text]) => `    ${key}=${text || "none"}`,
    ),
    ...history,
  ];
}

import { parseArgs } from "node:util";
import { createToken } from "../../auth/secret-token.ts";
import { publicUrlOf } from "../../config.ts";
import { isEmail } from "../../messages/email-address.ts";
import { readReason } from "../../set-up/reason.ts";
import { setDigestEmail } from "../../sql/digests.ts";
import type { Because } from "../../sql/refusal.ts";
import type { NewStaff, StaffRole, StaffSite } from "../../sql/staff.ts";
import {
  addStaff,
  changeStaff,
  endSessions,
  listStaff,
  setDisabled,
  siteWords,
} from "../../sql/staff.ts";
import { LINK_HOURS, makeStaffLink } from "../../sql/staff-links.ts";
import type { Command, Installation } from "./installation.ts";

const ROLES: readonly StaffRole[] = ["coordinator", "researcher", "ops", "admin"];

type Options = Readonly<{ role?: string; site?: string; why?: string; to?: string }>;
type Verb = (installation: Installation, login: string, options: Options) => Promise<void>;

/** staff add|change|list|link|disable|enable|end-sessions: who may sign in to the pages, and as what. */
export const staff: Command = {
  usage: `staff list | add|change LOGIN --role ${ROLES.join("|")} [--site STUDY/SITE or all] --why WHY | link|disable|enable|end-sessions LOGIN --why WHY | digest LOGIN --to ADDRESS|nobody --why WHY`,
  async run([verb = "", ...args], installation) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        role: { type: "string" },
        site: { type: "string" },
        why: { type: "string" },
        to: { type: "string" },
      },
    });
    const [login] = positionals;
    if (verb === "list") return list(installation);
    const act = verbs[verb];
    if (act === undefined || login === undefined) {
      throw new Error(`usage: npm run wearflow -- ${staff.usage}`);
    }
    await act(installation, login, values);
  },
};

const verbs: Readonly<Record<string, Verb>> = {
  async add(installation, login, options) {
    const person = { login, ...rightsOf(options) };
    await addStaff(installation.db, person, because(installation, options));
    console.log(rightsWords(person));
    await link(installation, login, options);
  },
  async change(installation, login, options) {
    const person = { login, ...rightsOf(options) };
    await changeStaff(installation.db, person, because(installation, options));
    console.log(rightsWords(person));
  },
  link,
  async disable(installation, login, options) {
    await setDisabled(installation.db, { login, disabled: true }, because(installation, options));
    console.log(`${login} is shut out; every session of theirs has ended.`);
  },
  async enable(installation, login, options) {
    await setDisabled(installation.db, { login, disabled: false }, because(installation, options));
    console.log(`${login} may sign in again.`);
  },
  async digest(installation, login, options) {
    const email = options.to === "nobody" ? null : (options.to?.trim() ?? "");
    if (email !== null && !isEmail(email))
      throw new Error("--to must be one plain address, or nobody");
    await setDigestEmail(installation.db, { login, email }, because(installation, options));
    console.log(email === null ? `${login} gets no digest.` : `${login} gets the daily digest.`);
  },
  async "end-sessions"(installation, login, options) {
    const ended = await endSessions(installation.db, login, because(installation, options));
    console.log(`${ended} sessions of ${login} have ended.`);
  },
};

async function list({ db }: Installation): Promise<void> {
  const everybody = await listStaff(db);
  if (everybody.length === 0) console.log("Nobody has an account yet.");
  for (const { login, role, site, disabledAt, proof } of everybody) {
    const where = role === "coordinator" ? ` at ${siteWords(site)}` : "";
    const how = { password: "password", oidc: "identity provider", none: "no password yet" }[proof];
    console.log(`${login}: ${role}${where}, ${disabledAt === null ? how : "shut out"}`);
  }
}

/** Prints the link by which somebody sets their password; it is handed to them, and stands nowhere else. */
async function link(installation: Installation, login: string, options: Options): Promise<void> {
  const { token, tokenHash } = createToken();
  await makeStaffLink(installation.db, { login, tokenHash }, because(installation, options));
  const page = publicUrlOf(installation.config);
  console.log(
    `Link to set the password (once, within ${LINK_HOURS} h): ${page}/sign-in/link?token=${token}`,
  );
}

function because({ actor }: Installation, { why }: Options): Because {
  return { by: actor, why: readReason(why) };
}

function rightsOf(options: Options): Readonly<{ role: StaffRole; site: StaffSite | null }> {
  const role = ROLES.find((each) => each === options.role);
  if (role === undefined) throw new Error(`--role must be one of ${ROLES.join(", ")}`);
  return { role, site: siteOf(role, options.site) };
}

function rightsWords({ login, role, site }: NewStaff): string {
  return `${login.toLowerCase()} is ${role}${site ? ` at ${siteWords(site)}` : ""}.`;
}

/** A coordinator's site must be said, also where it is every site; nobody else has one. */
function siteOf(role: StaffRole, text: string | undefined): StaffSite | null {
  if (role !== "coordinator") {
    if (text !== undefined) throw new Error("only a coordinator has a --site");
    return null;
  }
  if (text === "all") return null;
  const [, study, name] = /^([^/]+)\/(.+)$/.exec(text ?? "") ?? [];
  if (study === undefined || name === undefined) {
    throw new Error("a coordinator needs --site STUDY/SITE, or --site all");
  }
  return { study, name };
}

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createTokenCipher } from "../../sql/token-cipher.ts";
import { runTexts } from "../../testing/history-texts.ts";
import type { Bench } from "./bench.ts";
import { post, saveCard, sendOne } from "./erasure.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";
import type { Installation } from "./installation.ts";

/** What tokens, codes and signed links look like, those that were exchanged since too. */
const SHAPES = /ya29\.[\w-]|\b1\/\/[\w-]{4}|\b4\/0[\w-]|[?&](s|code|state|token)=[\w-]{8}/;

/** T26S: after everything that was disturbed here, and a consent link and a message beside it. */
export const secretsStayOutside: FaultTest<Bench> = {
  id: "T26S",
  promise:
    "no token, key, client secret, consent link, name or address stands in any history, in Temporal's files or in a log line",
  async run({ installation, people }) {
    const who = people.at(-2) ?? "";
    const person = { name: "Ottilie Hemmelig", email: "ottilie.hemmelig@home.example" };
    await saveCard(installation, who, {
      ...person,
      language: "nb",
      consent: "yes",
    });
    await post(installation, `/participants/${who}/consent`, { account: "same" });
    const { rows } = await installation.owner.query<{ study: string }>(
      "select s.slug as study from study.study s join study.participant p on p.study_id = s.id where p.short_id = $1::text",
      [who],
    );
    await sendOne(installation, { who, study: rows[0]?.study ?? "" });
    const tokens = await tokensOf(installation);
    const marks = [...installation.secrets, ...tokens, person.email, "Ottilie", "Hemmelig"];
    const hitIn = (text: string) => SHAPES.test(text) || marks.some((each) => text.includes(each));
    const found = { runs: 0, hits: 0, told: false };
    for await (const text of runTexts(installation.client)) {
      found.runs += 1;
      if (hitIn(text)) found.hits += 1;
      // That payloads are looked into: the message's run says by its short id whom it is about.
      found.told ||= text.includes(`"participant":"${who}"`);
    }
    const files = await filesWith(installation, marks);
    const logs = installation.allWords().split("\n").filter(hitIn).length;
    return {
      passed: found.hits + files + logs === 0 && found.told && tokens.length >= people.length,
      figure: figureOf({
        secrets_looked_for: marks.length,
        histories_read: found.runs,
        hits_in_histories: found.hits,
        hits_in_files_of_temporal: files,
        hits_in_logs: logs,
      }),
    };
  },
};

/** Every token that can be used now. */
async function tokensOf({ owner, tokenKey }: Installation): Promise<readonly string[]> {
  const cipher = createTokenCipher(tokenKey);
  const { rows } = await owner.query<{ id: number; keyId: string; ciphertext: Buffer }>(
    `select participant_id as id, token_key_id as "keyId", token_ciphertext as ciphertext
     from study.connection where token_ciphertext is not null`,
  );
  return rows.flatMap(({ id, ...sealed }) => {
    const { accessToken, refreshToken } = cipher.open(sealed, id);
    return [accessToken, refreshToken];
  });
}

/** Temporal's own files, as they lie there. */
async function filesWith({ folder }: Installation, marks: readonly string[]): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.startsWith("temporal"));
  let hits = 0;
  for (const name of names) {
    const bytes = await readFile(join(folder, name)).catch(() => null);
    if (marks.some((mark) => bytes?.includes(mark))) hits += 1;
  }
  return hits;
}

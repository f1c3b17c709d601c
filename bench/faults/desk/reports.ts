import { generateKeyPairSync } from "node:crypto";
import { permutations } from "../../../testing/permutations.ts";
import type { FaultTest } from "../finding.ts";
import { figureOf } from "../finding.ts";
import type { Desk, Report } from "./desk.ts";
import { countOf, handIn, leftMessage, signedReport, WHO } from "./desk.ts";

const TIMES = 46;

/** T10: the provider says everything many times. */
export const repeatedReports: FaultTest<Desk> = {
  id: "T10",
  promise: "a report that comes 46 times, alone and in batches, has one effect",
  async run(desk) {
    const message = await leftMessage(desk);
    const one = signedReport(desk, [{ event: "delivered", message }]);
    const batch = signedReport(desk, Array(TIMES).fill({ event: "delivered", message }));
    const answers = new Set<number>();
    for (let time = 0; time < TIMES; time += 1) answers.add(await handIn(desk, one));
    answers.add(await handIn(desk, batch));
    const effects = await countOf(desk, "study.message_event");
    return {
      passed: effects === 1 && (await desk.world.status(message)) === "delivered",
      figure: figureOf({ reports: 2 * TIMES, effects, answers: [...answers].join(" ") }),
    };
  },
};

/** T11: reports in any order. */
export const shuffledReports: FaultTest<Desk> = {
  id: "T11",
  promise:
    "four reports in each of their 24 orders: the message ends as bounced and its person is not written to any more",
  async run(desk) {
    let right = 0;
    const orders = permutations(["processed", "deferred", "delivered", "bounce"] as const);
    for (const order of orders) {
      const message = await leftMessage(desk);
      for (const event of order) await handIn(desk, signedReport(desk, [{ event, message }]));
      const refused = await countOf(desk, "pii.contact where do_not_contact");
      if ((await desk.world.status(message)) === "bounced" && refused === 1) right += 1;
      await desk.post(`/participants/${WHO}/contact/refusal`, { wish: "some", why: "to test" });
    }
    return {
      passed: right === orders.length && orders.length === 24,
      figure: figureOf({ orders: orders.length, right_in_the_end: right }),
    };
  },
};

/** T12: reports nobody signed. */
export const forgedReports: FaultTest<Desk> = {
  id: "T12",
  promise:
    "forged, altered and replayed reports are refused and in the audit, which they cannot fill",
  async run(desk) {
    const message = await leftMessage(desk);
    const forgeries = forgeriesOf(desk, message);
    let accepted = 0;
    const audited = await desk.audited("report.refused");
    for (let round = 0; round < 40; round += 1)
      for (const forgery of forgeries) if ((await handIn(desk, forgery)) < 400) accepted += 1;
    const rows = (await desk.audited("report.refused")) - audited;
    const status = await desk.world.status(message);
    const genuine = await handIn(desk, signedReport(desk, [{ event: "delivered", message }]));
    return {
      passed: accepted === 0 && status === "accepted" && genuine === 204 && rows > 0 && rows < 6,
      figure: figureOf({
        kinds: forgeries.length,
        forgeries: forgeries.length * 40,
        accepted_forgeries: accepted,
        rows_of_audit: rows,
        genuine_one: genuine,
      }),
    };
  },
};

function forgeriesOf(desk: Desk, message: string): Report[] {
  const good = signedReport(desk, [{ event: "delivered", message }]);
  const stranger = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const bounced = signedReport(desk, [{ event: "bounce", message }]);
  return [
    signedReport(stranger, [{ event: "bounce", message }]),
    { ...good, signature: bounced.signature },
    { ...good, raw: good.raw.replace("delivered", "bounce") },
    { ...good, raw: ` ${good.raw}` },
    { ...good, timestamp: String(Number(good.timestamp) + 1) },
    signedReport(desk, [{ event: "bounce", message }], 3600),
    signedReport(desk, [{ event: "bounce", message }], -3600),
    { ...good, signature: "" },
    { ...good, signature: "AAAA" },
    { ...good, signature: "\u00ff".repeat(64) },
    { ...good, timestamp: "1e9" },
    { ...good, timestamp: "" },
  ];
}

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { grafanaFiles } from "../grafana/files.ts";
import { USUAL_APP } from "../grafana/frame.ts";

/** npm run grafana -- [--app URL]: writes the dashboards and alert rules that Grafana reads; URL is where the pages are. */
const { values } = parseArgs({ options: { app: { type: "string", default: USUAL_APP } } });
for (const [path, text] of grafanaFiles({ app: new URL(values.app).origin }))
  await writeFile(new URL(`../grafana/${path}`, import.meta.url), text);

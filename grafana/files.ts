import { stringify } from "yaml";
import { adherence } from "./adherence.ts";
import { alertFile } from "./alerts.ts";
import type { DashboardOptions } from "./frame.ts";
import { imputation } from "./imputation.ts";
import { participant } from "./participant.ts";
import { pipeline } from "./pipeline.ts";

const dashboards = { adherence, participant, pipeline, imputation };

/** Every file that is made, by its path in this folder. */
export function grafanaFiles(options: DashboardOptions): ReadonlyMap<string, string> {
  const made = Object.entries(dashboards).map(
    ([name, build]) =>
      [`dashboards/${name}.json`, `${JSON.stringify(build(options).build(), null, 2)}\n`] as const,
  );
  const alerts = `# Made by npm run grafana; grafana/alerts.ts is what to change.\n${stringify(JSON.parse(JSON.stringify(alertFile())))}`;
  return new Map([...made, ["provisioning/alerting/rules.yaml", alerts]]);
}

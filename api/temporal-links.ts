/**
 * Address of one participant's runs in the Temporal UI. A schedule names its runs
 * `ingest/<study>/<participant>-<time>`; the century in the prefix keeps S-1 apart from S-1-2.
 */
export function runsUrl(
  temporal: Readonly<{ uiUrl: string; namespace: string }>,
  { study, participant }: Readonly<{ study: string; participant: string }>,
): string {
  const query = `WorkflowId STARTS_WITH "ingest/${study}/${participant}-20"`;
  const base = temporal.uiUrl.replace(/\/+$/, "");
  const namespace = encodeURIComponent(temporal.namespace);
  return `${base}/namespaces/${namespace}/workflows?query=${encodeURIComponent(query)}`;
}

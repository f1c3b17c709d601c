type TemporalUi = Readonly<{ uiUrl: string; namespace: string }>;

/** Address of an installation's workflows in the Temporal UI, whose first page shows another namespace. */
export function workflowsUrl({ uiUrl, namespace }: TemporalUi): string {
  return `${uiUrl.replace(/\/+$/, "")}/namespaces/${encodeURIComponent(namespace)}/workflows`;
}

/**
 * Address of one participant's runs in the Temporal UI. A schedule names its runs
 * `ingest/<study>/<participant>-<time>`; the century in the prefix keeps S-1 apart from S-1-2.
 */
export function runsUrl(
  temporal: TemporalUi,
  { study, participant }: Readonly<{ study: string; participant: string }>,
): string {
  const query = `WorkflowId STARTS_WITH "ingest/${study}/${participant}-20"`;
  return `${workflowsUrl(temporal)}?query=${encodeURIComponent(query)}`;
}

import type { Client } from "@temporalio/client";

/** Everything Temporal knows of every run, as text: its history, its description, and the payloads in them as they read. */
export async function historyTexts(client: Client): Promise<string> {
  const texts: string[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    texts.push(workflowId);
    texts.push(JSON.stringify(await handle.fetchHistory()));
    texts.push(JSON.stringify(await handle.describe()));
  }
  const all = texts.join("\n");
  // Payloads are base64 in a history: looked into as well.
  const inside = [...all.matchAll(/"data":"([A-Za-z0-9+/=_-]+)"/g)].map(([, data = ""]) =>
    Buffer.from(data, "base64").toString("utf8"),
  );
  const bytes = [...all.matchAll(/"data":\[([\d,]+)\]/g)].map(([, list = ""]) =>
    Buffer.from(list.split(",").map(Number)).toString("utf8"),
  );
  return [all, ...inside, ...bytes].join("\n");
}

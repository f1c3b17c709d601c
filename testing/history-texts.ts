import type { Client } from "@temporalio/client";

/** Everything Temporal knows of each run, as text: its history, its description, and the payloads in them as they read. */
export async function* runTexts(client: Client): AsyncGenerator<string> {
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const all = JSON.stringify([workflowId, await handle.fetchHistory(), await handle.describe()]);
    // Payloads are base64 in a history, and bytes in a description: looked into as well.
    const inside = [...all.matchAll(/"data":"([A-Za-z0-9+/=_-]+)"/g)].map(([, data = ""]) =>
      Buffer.from(data, "base64").toString("utf8"),
    );
    const bytes = [...all.matchAll(/"data":\[([\d,]+)\]/g)].map(([, list = ""]) =>
      Buffer.from(list.split(",").map(Number)).toString("utf8"),
    );
    yield [all, ...inside, ...bytes].join("\n");
  }
}

/** The texts of every run, one after the other. */
export async function historyTexts(client: Client): Promise<string> {
  const texts: string[] = [];
  for await (const text of runTexts(client)) texts.push(text);
  return texts.join("\n");
}

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** How SendGrid answers one request; `hang` takes it and never answers. */
export type SendgridAnswer = Readonly<{
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  hang?: boolean;
}>;

/** SendGrid's mail address on loopback, answering in turn as told, the last answer for ever; and what it was sent. */
export async function startSendgrid(answers: readonly SendgridAnswer[]) {
  const bodies: Record<string, unknown>[] = [];
  const server = createServer(async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = answers[Math.min(bodies.length, answers.length - 1)] ?? { status: 500 };
    bodies.push(JSON.parse(Buffer.concat(chunks).toString()));
    if (answer.hang) return;
    reply.writeHead(answer.status, answer.headers).end(answer.body ?? "");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    bodies,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export type Received = Readonly<{ recipients: readonly string[]; raw: string }>;

/** How an SMTP server behaves: refuses recipients with a code, or takes everything and never says whether it did. */
export type SmtpManner = Readonly<{ code?: number; silent?: boolean }>;

/** An SMTP server on loopback, and what it received. */
export async function startSmtp({ code, silent = false }: SmtpManner = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    onRcptTo(_address, _session, done) {
      done(code === undefined ? null : Object.assign(new Error("no"), { responseCode: code }));
    },
    async onData(stream, session, done) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      received.push({ recipients, raw: Buffer.concat(chunks).toString() });
      if (!silent) done();
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** What programs of a node answer on ports of their own, asked through the API server. Needs `get nodes/proxy`. */
import { nodePath } from '../src/bundle/paths.ts';
import { asRecord, parseJson } from '../src/core/json.ts';
import { formatTime, now } from '../src/core/time.ts';
import type { CollectorContext } from './collector.ts';
import { ApiFailure, gapOf, reasonOfStatus } from './failure.ts';
import { refusedByNobody } from './scrape.ts';

export interface NodeQuestion {
  readonly node: string;
  readonly port: number;
  /** With its slash. */
  readonly path: string;
  /** Where the answer goes, below `nodes/<node>/`. */
  readonly file: string;
  /** What the gap is about when nobody can tell. */
  readonly about: string;
}

/**
 * Asks once, and writes `{at, status, body}` as it answered, or `{at, refused}` when nobody listens there. One that is
 * unwell answers 503 with a document of its own; so does the API server, with a Status, for one that is not there.
 */
export async function askOnNode(context: CollectorContext, question: NodeQuestion): Promise<void> {
  const { node, port, path, file, about } = question;
  const at = formatTime(now(), 3);
  try {
    const { status, body } = await context.api.request({
      path: `/api/v1/nodes/${encodeURIComponent(node)}:${port}/proxy${path}`,
      accept: '*/*',
      signal: context.signal,
      limitMs: 5000,
      anyStatus: true,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const text = context.redactor
      .text({ evidence: 'node', name: node }, Buffer.concat(chunks))
      .toString('utf8');
    const parsed = parseJson(Buffer.from(text));
    const { kind, message } = asRecord(parsed);
    const words = typeof message === 'string' ? message : text;
    let answer: unknown = { at, status, body: parsed ?? text };
    if (kind === 'Status' || (status >= 400 && parsed === undefined)) {
      const failure = new ApiFailure(reasonOfStatus(status), words.slice(0, 500), { status });
      if (!refusedByNobody(failure)) throw failure;
      answer = { at, refused: failure.message };
    }
    await context.write(nodePath(node, file), `${JSON.stringify(answer)}\n`);
    context.count(1);
  } catch (error) {
    context.gap(
      gapOf({ key: `node:${node}/${about}`, evidence: 'node', subject: { node, path: about } }, error),
    );
  }
}

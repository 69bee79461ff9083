/** One scrape of metrics through the API server: filtered as it streams past, bounded, redacted, written. */
import { StringDecoder } from 'node:string_decoder';
import type { Gap } from '../src/bundle/format.ts';
import type { CollectorContext } from './collector.ts';
import { ApiFailure, failureOf, gapOf } from './failure.ts';
import { keepsLine, type Scraped } from './families.ts';

export interface ScrapeTarget {
  /** From the server's root. */
  readonly path: string;
  readonly scraped: Scraped;
  /** Where it goes. */
  readonly file: (label: 'first' | 'last') => string;
  readonly key: string;
  readonly evidence: 'metrics' | 'node';
  readonly subject: Gap['subject'];
  /** Nobody listening there is the usual thing, and no gap. */
  readonly mayRefuse?: boolean;
}

/** Of what is kept; more than any of these has is an exporter gone wild. */
const MOST_KEPT = 4 * 1024 * 1024;
const MOST_READ = 64 * 1024 * 1024;
const LONGEST_LINE = 1024 * 1024;
const LIMIT_MS = 5000;

/** Scrapes once; what came to nothing is a gap. Undefined when it came, else why not. */
export async function scrape(
  context: CollectorContext,
  target: ScrapeTarget,
  label: 'first' | 'last',
): Promise<ApiFailure | undefined> {
  try {
    const { body } = await context.api.request({
      path: target.path,
      accept: 'text/plain;version=0.0.4',
      signal: label === 'first' ? context.signal : context.budget.lastSignal,
      limitMs: LIMIT_MS,
    });
    const kept = await filtered(body, target.scraped);
    const origin = { evidence: target.evidence, ...originOf(target.subject) };
    await context.write(target.file(label), context.redactor.text(origin, kept));
    context.count(1);
    return undefined;
  } catch (error) {
    const failure = failureOf(error);
    if (target.mayRefuse === true && refusedByNobody(failure)) return failure;
    const last = label === 'last';
    const { evidence, subject } = target;
    context.gap(
      gapOf({ key: `${target.key}${last ? '/last' : ''}`, evidence, subject, partial: last }, failure),
    );
    return failure;
  }
}

/** The API server's proxy says so with a 503 in the dialler's words. */
export function refusedByNobody(failure: ApiFailure): boolean {
  return failure.status === 503 && failure.message.includes('connection refused');
}

/** Lines that tell something. @throws ApiFailure when there are too many of them. */
export async function filtered(body: AsyncIterable<Buffer>, scraped: Scraped): Promise<Buffer> {
  const decoder = new StringDecoder('utf8');
  const kept: string[] = [];
  let bytes = 0;
  let read = 0;
  let rest = '';
  const take = (line: string): void => {
    if (!keepsLine(scraped, line)) return;
    bytes += line.length + 1;
    if (bytes > MOST_KEPT) throw new ApiFailure('too-large', `more than ${MOST_KEPT} bytes of metrics`);
    kept.push(line);
  };
  for await (const chunk of body) {
    read += chunk.length;
    if (read > MOST_READ) throw new ApiFailure('too-large', `more than ${MOST_READ} bytes`);
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new ApiFailure('invalid', 'a line of more than 1 MiB is no metric');
    for (const line of lines) take(line);
  }
  if (rest !== '') take(rest);
  return Buffer.from(kept.map((line) => `${line}\n`).join(''));
}

function originOf({ namespace, pod, node }: Gap['subject']): { namespace?: string; name?: string } {
  const name = pod ?? node;
  return { ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) };
}

/** Resolves in the last second of the capture. */
export async function finaleOf(context: CollectorContext): Promise<void> {
  const { finale } = context.budget;
  if (finale.aborted) return;
  await new Promise((resolve) => {
    finale.addEventListener('abort', resolve, { once: true });
  });
}

/** Resolves when the lists of a kind have come (the first of them, with several namespaces), or at the finale. */
export async function listedOf(context: CollectorContext, plural: string): Promise<void> {
  const { finale } = context.budget;
  if (finale.aborted) return;
  await new Promise<void>((resolve) => {
    finale.addEventListener('abort', () => resolve(), { once: true });
    context.lists.onListed(({ resource }) => {
      if (resource.plural === plural) resolve();
    });
  });
}

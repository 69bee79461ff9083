/** Watches from each list's resourceVersion to the end of the capture: the changes meanwhile are free evidence. */
import { setTimeout as sleep } from 'node:timers/promises';
import { changesPath } from '../../src/bundle/paths.ts';
import { resourceId } from '../../src/core/ids.ts';
import { asRecord, isRecord } from '../../src/core/json.ts';
import { formatTime, now } from '../../src/core/time.ts';
import type { Collector, CollectorContext } from '../collector.ts';
import { ApiFailure, gapOf, reasonOfStatus } from '../failure.ts';
import { WATCHED } from '../kinds.ts';
import { type Listed, resourcePath } from '../lists.ts';

/** Namespaces of which each kind may have a watch of its own: no kind takes what another needs. Cluster DNS is one of them. */
const SHARE = 3;
/** Each is a connection of its own. */
const MOST_WATCHES = SHARE * WATCHED.length;
/** Of one watch; a cluster that changes faster than this is cut, and the gap says so. */
const MOST_BYTES = 8 * 1024 * 1024;
/** What came is written this often, so that a capture that is killed has it. */
const WRITE_EVERY_MS = 1000;
const LONGEST_LINE = 16 * 1024 * 1024;

interface Recording {
  readonly listed: Listed;
  /** Of a watch over all namespaces: those whose changes are kept. */
  readonly only?: ReadonlySet<string>;
  lines: Buffer[];
  bytes: number;
  events: number;
  readonly from: string;
  to?: string;
}

const collector: Collector = {
  id: 'watches',
  title: 'changes while capturing',
  tier: 'throughout',
  async run(context) {
    const recordings: Recording[] = [];
    const running: Array<Promise<void>> = [];
    const begin = (listed: Listed, only?: ReadonlySet<string>): Promise<'done' | 'refused'> => {
      const recording: Recording = {
        listed,
        ...(only === undefined ? {} : { only }),
        lines: [],
        bytes: 0,
        events: 0,
        from: formatTime(now()),
      };
      recordings.push(recording);
      return record(context, recording);
    };
    context.lists.onListed(allotting(context, begin, running));
    const { finale } = context.budget;
    const parts = new Map<string, number>();
    while (!finale.aborted) {
      await sleep(WRITE_EVERY_MS, undefined, { signal: finale, ref: false }).catch(() => undefined);
      await writeNew(context, recordings, parts);
    }
    await Promise.all(running);
    await writeNew(context, recordings, parts);
    tell(context, recordings);
  },
};
export default collector;

/**
 * Who gets a watch. Of few namespaces each list has its own. Of many, each kind has one over all of them, from which the
 * rest is left out before anything is kept: versions of one kind are of one sequence in all namespaces
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions). Where that is refused, each kind has as
 * many as its share, and the gap tells of the rest.
 */
function allotting(
  context: CollectorContext,
  begin: (listed: Listed, only?: ReadonlySet<string>) => Promise<'done' | 'refused'>,
  running: Array<Promise<unknown>>,
): (listed: Listed) => void {
  const { namespaces = [] } = context.scope;
  const only = new Set(namespaces);
  const shares = new Map<string, number>();
  /** Lists that one watch over all namespaces stands for; undefined where it was refused. */
  const wide = new Map<string, Listed[] | undefined>();
  const apart = (listed: Listed, id: string): void => {
    const share = (shares.get(id) ?? 0) + 1;
    shares.set(id, share);
    if (share <= SHARE) running.push(begin(listed));
    // One gap a kind: with many namespaces there would be hundreds.
    else if (share === SHARE + 1) {
      const error = new ApiFailure(
        'out-of-scope',
        `no more than ${SHARE} namespaces have a watch on ${id}, ${MOST_WATCHES} in all`,
      );
      context.gap(gapOf(gapFor({ ...listed, namespace: undefined }), error));
    }
  };
  const together = async (listed: Listed, id: string): Promise<void> => {
    const stoodFor = [listed];
    wide.set(id, stoodFor);
    if ((await begin({ ...listed, namespace: undefined }, only)) === 'done') return;
    wide.set(id, undefined);
    for (const one of stoodFor) apart(one, id);
  };
  return (listed) => {
    const { resource, namespace, selector, resourceVersion } = listed;
    const id = resourceId(resource.group, resource.plural);
    if (!WATCHED.includes(id) || resourceVersion === undefined || context.budget.finale.aborted) return;
    const isOfMany =
      only.size > SHARE &&
      namespace !== undefined &&
      only.has(namespace) &&
      Object.keys(selector).length === 0;
    if (!isOfMany) return apart(listed, id);
    if (!wide.has(id)) running.push(together(listed, id));
    else if (wide.get(id) === undefined) apart(listed, id);
    else wide.get(id)?.push(listed);
  };
}

function gapFor({ resource, namespace }: Listed) {
  const id = resourceId(resource.group, resource.plural);
  return {
    key: `watch:${id}${namespace === undefined ? '' : `@${namespace}`}`,
    evidence: 'watch',
    subject: { resource: id, ...(namespace === undefined ? {} : { namespace }) },
    partial: true,
  } as const;
}

/** Runs one watch until the finale; what ends it before that is a gap, unless it asked for more than was wanted and may not. */
async function record(context: CollectorContext, recording: Recording): Promise<'done' | 'refused'> {
  const { resource, namespace, selector, resourceVersion } = recording.listed;
  const { finale } = context.budget;
  try {
    const response = await context.api.request({
      path: resourcePath(resource, namespace),
      query: { ...selector, watch: 'true', resourceVersion },
      signal: finale,
      idleMs: 0,
      limitMs: 0,
    });
    let rest: Buffer[] = [];
    let restLength = 0;
    for await (const chunk of response.body) {
      let from = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
        keep(context, recording, Buffer.concat([...rest, chunk.subarray(from, end)]));
        rest = [];
        restLength = 0;
        from = end + 1;
      }
      if (from < chunk.length) rest.push(chunk.subarray(from));
      restLength += chunk.length - from;
      if (restLength > LONGEST_LINE) throw new ApiFailure('too-large', 'one change is larger than 16 MiB');
    }
    if (!finale.aborted) throw new ApiFailure('gone', 'the server ended the watch');
  } catch (error) {
    const refused =
      error instanceof ApiFailure && error.reason === 'forbidden' && recording.only !== undefined;
    if (refused && recording.events === 0) return 'refused';
    if (!finale.aborted) context.gap(gapOf(gapFor(recording.listed), error));
  }
  recording.to = formatTime(now());
  return 'done';
}

function keep(context: CollectorContext, recording: Recording, line: Buffer): void {
  const { resource } = recording.listed;
  if (line.length === 0) return;
  const event = eventOf(line);
  if (event.type === 'BOOKMARK') return;
  if (event.type === 'ERROR') {
    const { code, message } = asRecord(event.object);
    const status = typeof code === 'number' ? code : 500;
    const words = typeof message === 'string' ? message : 'the watch failed';
    throw new ApiFailure(reasonOfStatus(status), words, { status });
  }
  const namespace = asRecord(asRecord(event.object)['metadata'])['namespace'];
  if (recording.only !== undefined && !(typeof namespace === 'string' && recording.only.has(namespace)))
    return;
  // What starts meanwhile is probed at the end.
  const id = resourceId(resource.group, resource.plural);
  if (event.type !== 'DELETED' && context.inventory.wants(id)) context.inventory.observe(id, event.object);
  const raw = Buffer.from(JSON.stringify(event.object));
  const object = context.redactor.object(id, raw);
  recording.bytes += object.length;
  if (recording.bytes > MOST_BYTES)
    throw new ApiFailure('too-large', 'more than 8 MiB of changes; the first are kept');
  const head = `{"at":${JSON.stringify(formatTime(now(), 6))},"type":${JSON.stringify(event.type)},"object":`;
  recording.lines.push(Buffer.concat([Buffer.from(head), object, Buffer.from('}\n')]));
  recording.events += 1;
}

interface WatchEvent {
  readonly type?: unknown;
  readonly object?: unknown;
}

function eventOf(line: Buffer): WatchEvent {
  try {
    const event: unknown = JSON.parse(line.toString('utf8'));
    if (!isRecord(event)) throw new TypeError('no object');
    return event;
  } catch (error) {
    throw new ApiFailure('invalid', 'a change is no JSON', { cause: error });
  }
}

/** What came since the last time: one file a kind and time, whatever the number of namespaces it was watched in. */
async function writeNew(
  context: CollectorContext,
  recordings: readonly Recording[],
  parts: Map<string, number>,
): Promise<void> {
  const fresh = new Map<string, { readonly recording: Recording; readonly lines: Buffer[] }>();
  for (const recording of recordings) {
    if (recording.lines.length === 0) continue;
    const { group, plural } = recording.listed.resource;
    const known = fresh.get(resourceId(group, plural))?.lines ?? [];
    fresh.set(resourceId(group, plural), { recording, lines: [...known, ...recording.lines] });
    recording.lines = [];
  }
  for (const [id, { recording, lines }] of fresh) {
    const { group, version, plural } = recording.listed.resource;
    const part = (parts.get(id) ?? 0) + 1;
    parts.set(id, part);
    try {
      await context.write(changesPath(group, version, plural, part), Buffer.concat(lines));
      context.count(lines.length);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      context.gap(gapOf(gapFor({ ...recording.listed, namespace: undefined }), error));
    }
  }
}

function tell(context: CollectorContext, recordings: readonly Recording[]): void {
  context.note({
    watched: recordings.map(({ listed, only, from, to, events }) => ({
      resource: resourceId(listed.resource.group, listed.resource.plural),
      ...(listed.namespace === undefined ? {} : { namespace: listed.namespace }),
      ...(only === undefined ? {} : { namespaces: only.size }),
      from,
      to,
      events,
    })),
  });
}

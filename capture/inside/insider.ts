/** Runs programs in pods for all probes of a capture: each pod is read once, each image's tools are found out once. */
import type { CollectorContext } from '../collector.ts';
import { execIn, type ExecOutcome } from '../exec.ts';
import { ApiFailure, failureOf, gapOf } from '../failure.ts';
import type { PlaceDigest } from '../network/digest.ts';
import type { Question } from '../dns-server.ts';
import { debugContainer } from './debug-pod.ts';
import { DNS_WAYS, type DnsWay } from './dns-ways.ts';
import type { Asked } from './dns-words.ts';
import { type Connected, CONNECT_WAYS, type ConnectWay, READ_WAYS, type ReadWay } from './ways.ts';

/** What a program in a pod said. */
export interface Said<T> {
  readonly container: string;
  readonly way: string;
  readonly value: T;
  readonly ms: number;
}

export interface Insider {
  /** `/etc/resolv.conf`, `/etc/hosts` and the kernel's socket tables, as one text; read once unless `anew`. @throws ApiFailure */
  read(context: CollectorContext, place: PlaceDigest, anew?: boolean): Promise<Said<string>>;
  /** One TCP connect from the pod. @throws ApiFailure when it could not be tried. */
  connect(
    context: CollectorContext,
    place: PlaceDigest,
    host: string,
    port: number,
  ): Promise<Said<Connected>>;
  /** One DNS question to a server from the pod. @throws ApiFailure when it could not be asked. */
  ask(
    context: CollectorContext,
    place: PlaceDigest,
    server: string,
    question: Question,
  ): Promise<Said<{ readonly asked: Asked; readonly transport: DnsWay['transport'] }>>;
}

const FILES = ['/etc/resolv.conf', '/etc/hosts'] as const;
const TABLES = [
  '/proc/net/tcp',
  '/proc/net/tcp6',
  '/proc/net/udp',
  '/proc/net/udp6',
  '/proc/sys/net/ipv6/bindv6only',
] as const;
const READ_BYTES = 512 * 1024;
const CONNECT_SECONDS = 3;
const ASK_SECONDS = 3;
const DNS_PORT = 53;
const MOST_DEBUG_PODS = 10;

/** One for each capture, found by what its collectors share. */
const insiders = new WeakMap<object, Insider>();

export function insiderOf(context: CollectorContext): Insider {
  const known = insiders.get(context.inventory) ?? createInsider();
  insiders.set(context.inventory, known);
  return known;
}

/** What no container of a pod has; told once an image. */
export class NoTool extends ApiFailure {
  readonly images: readonly string[];
  constructor(images: readonly string[], what: string) {
    super('unavailable', `no program to ${what} with in ${images.join(', ')}, as in distroless images`);
    this.images = images;
  }
}

interface State {
  /** By way and image: it is not there. */
  readonly lacks: Set<string>;
  readonly texts: Map<string, Promise<Said<string>>>;
  readonly debug: Map<string, Promise<string>>;
  /** By namespace where this user may not run programs: asked once. */
  readonly forbidden: Map<string, ApiFailure>;
}

function createInsider(): Insider {
  const state: State = { lacks: new Set(), texts: new Map(), debug: new Map(), forbidden: new Map() };
  return {
    read(context, place, anew = false) {
      const key = `${place.namespace}/${place.name}`;
      const text = (anew ? undefined : state.texts.get(key)) ?? readText(context, state, place);
      state.texts.set(key, text);
      return text;
    },
    async connect(context, place, host, port) {
      return await anyWay<ConnectWay, Connected>(context, state, place, CONNECT_WAYS, 'connect', {
        command: (way) => way.command(host, port, CONNECT_SECONDS),
        limitMs: (CONNECT_SECONDS + 2) * 1000,
        value: (way, outcome) => Promise.resolve(way.read(outcome)),
      });
    },
    async ask(context, place, server, question) {
      return await anyWay<DnsWay, { asked: Asked; transport: DnsWay['transport'] }>(
        context,
        state,
        place,
        DNS_WAYS,
        'ask DNS',
        {
          command: (way) => way.command(server, DNS_PORT, question, ASK_SECONDS),
          limitMs: (2 * ASK_SECONDS + 2) * 1000,
          value(way, outcome) {
            const asked = way.read(outcome, question);
            return Promise.resolve(asked && { asked, transport: way.transport });
          },
        },
      );
    },
  };
}

async function readText(context: CollectorContext, state: State, place: PlaceDigest): Promise<Said<string>> {
  return await anyWay<ReadWay, string>(context, state, place, READ_WAYS, 'read files', {
    command: (way) => way.command([...FILES, ...TABLES]),
    limitMs: 5000,
    async value(way, { stdout, truncated, code }, run) {
      // A missing table (no IPv6) makes `cat` fail and the others readable all the same.
      if (stdout === '') return code === 0 ? '' : undefined;
      if (!truncated) return stdout;
      // Listeners come first in each table, so that the beginning of each is enough.
      const parts = [stdout.slice(0, stdout.search(/^\s*sl\s+local_address/m))];
      for (const table of TABLES) {
        const outcome = await run(way.command([table]));
        if (outcome.kind === 'exited') parts.push(outcome.stdout);
      }
      return parts.join('\n');
    },
  });
}

interface Task<Way, T> {
  command(way: Way): readonly string[];
  readonly limitMs: number;
  /** Undefined: this way does not work here. */
  value(
    way: Way,
    outcome: Extract<ExecOutcome, { kind: 'exited' }>,
    run: (command: readonly string[]) => Promise<ExecOutcome>,
  ): Promise<T | undefined>;
}

/** The containers in turn, in each the ways in turn, at last the ephemeral container if there may be one. */
async function anyWay<Way extends { readonly id: string }, T>(
  context: CollectorContext,
  state: State,
  place: PlaceDigest,
  ways: readonly Way[],
  what: string,
  task: Task<Way, T>,
): Promise<Said<T>> {
  if (place.running.length === 0) throw new ApiFailure('unavailable', 'no container of the pod runs');
  for (const { name, image } of place.running) {
    const said = await inContainer(context, state, place, name, image, ways, task);
    if (said !== undefined) return said;
  }
  const { debugImage } = context.scope;
  const images = [...new Set(place.running.map(({ image }) => image))];
  if (debugImage === undefined) throw new NoTool(images, what);
  const key = `${place.namespace}/${place.name}`;
  if (!state.debug.has(key) && state.debug.size >= MOST_DEBUG_PODS) {
    throw new ApiFailure('out-of-scope', `ephemeral containers are put into ${MOST_DEBUG_PODS} pods at most`);
  }
  const starting = state.debug.get(key) ?? debugIn(context, place, debugImage);
  state.debug.set(key, starting);
  const container = await starting;
  // The pod's own container of that very image may hide its tools.
  const said = await inContainer(context, state, place, container, `debug ${debugImage}`, ways, task);
  if (said === undefined) throw new NoTool([debugImage], what);
  return { ...said, way: `debug-pod: ${said.way}` };
}

async function debugIn(context: CollectorContext, place: PlaceDigest, image: string): Promise<string> {
  context.warn(
    `Putting an ephemeral container of ${image} into pod ${place.namespace}/${place.name}: it ends by itself, but stays in the pod's list until the pod goes.`,
  );
  return await debugContainer(context, place, image);
}

async function inContainer<Way extends { readonly id: string }, T>(
  context: CollectorContext,
  state: State,
  place: PlaceDigest,
  container: string,
  /** What its tools are known by: those of one image are found out once. */
  image: string,
  ways: readonly Way[],
  task: Task<Way, T>,
): Promise<Said<T> | undefined> {
  const { namespace, name: pod } = place;
  const run = async (command: readonly string[]): Promise<ExecOutcome> =>
    await execIn(context.api, {
      namespace,
      pod,
      container,
      command,
      signal: context.signal,
      limitMs: task.limitMs,
      maxBytes: READ_BYTES,
    });
  for (const way of ways) {
    const lack = `${way.id} ${image}`;
    if (state.lacks.has(lack)) continue;
    const forbidden = state.forbidden.get(namespace);
    if (forbidden !== undefined) throw forbidden;
    if (context.signal.aborted) throw failureOf(context.signal.reason);
    const started = Date.now();
    const outcome = await run(task.command(way));
    const ms = Date.now() - started;
    if (outcome.kind === 'failed') {
      if (outcome.failure.reason === 'forbidden') state.forbidden.set(namespace, outcome.failure);
      throw outcome.failure;
    }
    // Another container of the pod may run.
    if (outcome.kind === 'not-running') return undefined;
    const value = outcome.kind === 'exited' ? await task.value(way, outcome, run) : undefined;
    if (value !== undefined) return { container, way: way.id, value, ms };
    state.lacks.add(lack);
  }
  return undefined;
}

/** Tells why nothing came: once a namespace where it is forbidden, once an image that has no tool, else once a pod. */
export function tellMissing(
  context: CollectorContext,
  probe: string,
  place: PlaceDigest,
  error: unknown,
): void {
  const failure = failureOf(error);
  const { namespace, name: pod } = place;
  const [key, subject] =
    failure.reason === 'forbidden'
      ? [`probe:${probe}@${namespace}`, { probe, namespace }]
      : failure instanceof NoTool
        ? [`probe:${probe}/image:${failure.images.join(',')}`, { probe, namespace, pod }]
        : [`probe:${probe}/${namespace}/${pod}`, { probe, namespace, pod }];
  context.gap(gapOf({ key, evidence: 'probe', subject, partial: true }, failure));
}

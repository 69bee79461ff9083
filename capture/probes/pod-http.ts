/** What pods answer on their own address to the requests that their own probes make, through the API server's proxy. */
import type { ProbeResult } from '../../src/bundle/format.ts';
import type { HttpDetail } from '../../src/bundle/probes.ts';
import { createRefusals, type Refusals, resultOf, targetsKnown } from '../asking.ts';
import type { CollectorContext } from '../collector.ts';
import { inOrder, tellLeftOut } from '../inside/look.ts';
import { askLate, noteAsked } from '../late.ts';
import type { HttpCheck } from '../network/declared.ts';
import { type PortTarget, placeTargets } from '../network/port-targets.ts';
import type { Probe } from '../probe.ts';
import { getProxied } from '../proxied.ts';

const MOST = 300;
const AT_A_TIME = 6;

const probe: Probe = {
  id: 'pod-http',
  title: 'pods asked what their own probes ask',
  async *run(context) {
    await targetsKnown(context);
    const { network, telling } = context.inventory;
    const pods = placeTargets(network, context.scope, telling);
    const ports = pods.flatMap((one) => one.ports);
    tellLeftOut(context, 'pod-http', 'ports were', ports.length - MOST);
    noteAsked(
      context,
      'pod-http',
      pods.map(({ place }) => place),
    );
    yield* askAll(context, ports.slice(0, MOST));
  },
  async *late(context) {
    const { network, telling } = context.inventory;
    yield* askLate(context, 'pod-http', placeTargets(network, context.scope, telling), (pods) =>
      askAll(
        context,
        pods.flatMap((one) => one.ports).filter((target) => whyNot(target) === undefined),
      ),
    );
  },
};
export default probe;

async function* askAll(context: CollectorContext, ports: readonly PortTarget[]): AsyncGenerator<ProbeResult> {
  const refusals = createRefusals(context, 'pod-http');
  const work = (target: PortTarget): Promise<readonly ProbeResult[]> => ask(context, target, refusals);
  for await (const results of inOrder(ports, AT_A_TIME, work, context.signal)) yield* results;
}

async function ask(
  context: CollectorContext,
  target: PortTarget,
  refusals: Refusals,
): Promise<readonly ProbeResult[]> {
  const { place, port, protocol, checks } = target;
  const to = `pod/${place.namespace}/${place.name}:${port}`;
  const unasked = whyNot(target);
  if (unasked !== undefined) {
    const detail: HttpDetail = { port, reason: unasked };
    return [resultOf('apiserver', to, 'not-probed', { ...detail, protocol: protocol.toLowerCase() })];
  }
  const results: ProbeResult[] = [];
  for (const check of checks) {
    if (refusals.has(place.namespace) || context.signal.aborted) break;
    try {
      const answer = await getProxied(context.api, proxyPath(target, check), context.signal);
      const { outcome, ms, status, text } = answer;
      const detail: HttpDetail = {
        ...declaredOf(check),
        ...(status === undefined ? {} : { status }),
        ...(text === undefined ? {} : { text }),
      };
      results.push(resultOf('apiserver', to, outcome, detail, ms));
    } catch (error) {
      refusals.tell(error, place.namespace, place.name);
      break;
    }
  }
  return results;
}

function whyNot({ place, protocol, checks }: PortTarget): string | undefined {
  if (protocol !== 'TCP') return `${protocol} cannot be asked through the API server`;
  if (checks.length === 0) return 'no HTTP probe of the pod declares what may be sent to this port';
  return place.running.length === 0 ? 'no container of the pod runs' : undefined;
}

/** The fields of a result that say what was sent, and who declared that it may be. */
export function declaredOf(check: HttpCheck): HttpDetail {
  const { container, port, path, scheme, declaredBy, headers } = check;
  // Probes' own headers may be credentials; without them an answer may differ from what the kubelet gets.
  return { container, port, path, scheme, declaredBy, ...(headers ? { headersLeftOut: true } : {}) };
}

function proxyPath({ place, port }: PortTarget, { scheme, path }: HttpCheck): string {
  const name = encodeURIComponent(place.name);
  const namespace = encodeURIComponent(place.namespace);
  const target = `${scheme === 'https' ? 'https:' : ''}${name}:${port}`;
  return `/api/v1/namespaces/${namespace}/pods/${target}/proxy${path}`;
}

/** Which ports of pods are open on localhost in their network namespace: without a byte sent, by port-forward. */
import type { ProbeResult } from '../../src/bundle/format.ts';
import type { PortForwardDetail } from '../../src/bundle/probes.ts';
import { createRefusals, type Refusals, resultOf, targetsKnown } from '../asking.ts';
import type { CollectorContext } from '../collector.ts';
import { inOrder, tellLeftOut } from '../inside/look.ts';
import { askLate, noteAsked } from '../late.ts';
import { type PlaceTargets, placeTargets } from '../network/port-targets.ts';
import { dialPorts, type PortAnswer } from '../port-forward.ts';
import type { Probe } from '../probe.ts';

const MOST_PODS = 150;
const MOST_PORTS = 12;
const AT_A_TIME = 6;

const probe: Probe = {
  id: 'port-forward',
  title: 'ports open on the localhost of pods',
  async *run(context) {
    await targetsKnown(context);
    const { network, telling } = context.inventory;
    const pods = placeTargets(network, context.scope, telling);
    const few = pods.slice(0, MOST_PODS);
    if (pods.length > few.length) tellLeftOut(context, 'port-forward', 'pods were', pods.length - few.length);
    else
      tellLeftOut(
        context,
        'port-forward',
        'ports were',
        few.reduce((sum, { ports }) => sum + Math.max(0, ports.length - MOST_PORTS), 0),
      );
    noteAsked(
      context,
      'port-forward',
      pods.map(({ place }) => place),
    );
    yield* dialAll(context, few);
  },
  async *late(context) {
    const { network, telling } = context.inventory;
    yield* askLate(context, 'port-forward', placeTargets(network, context.scope, telling), (pods) =>
      dialAll(context, pods),
    );
  },
};
export default probe;

async function* dialAll(
  context: CollectorContext,
  targets: readonly PlaceTargets[],
): AsyncGenerator<ProbeResult> {
  const refusals = createRefusals(context, 'port-forward');
  const work = (target: PlaceTargets): Promise<readonly ProbeResult[]> => dial(context, target, refusals);
  for await (const results of inOrder(targets, AT_A_TIME, work, context.signal)) yield* results;
}

async function dial(
  context: CollectorContext,
  { place, ports }: PlaceTargets,
  refusals: Refusals,
): Promise<readonly ProbeResult[]> {
  const from = `pod/${place.namespace}/${place.name}`;
  const wanted = ports.slice(0, MOST_PORTS);
  const stopped = place.running.length === 0;
  const unasked = wanted
    .filter(({ protocol }) => stopped || protocol !== 'TCP')
    .map(({ port, protocol }) => {
      const reason = stopped ? 'no container of the pod runs' : `a port-forward carries no ${protocol}`;
      return resultOf(from, `${from}:${port}`, 'not-probed', {
        port,
        reason,
        protocol: protocol.toLowerCase(),
      });
    });
  const tcp = wanted.filter(({ protocol }) => !stopped && protocol === 'TCP').map(({ port }) => port);
  if (tcp.length === 0 || refusals.has(place.namespace) || context.signal.aborted) return unasked;
  try {
    const answers = await dialPorts(context.api, place, tcp, context.signal);
    return [
      ...unasked,
      ...answers.map((answer) => {
        const detail: PortForwardDetail = {
          port: answer.port,
          ...(place.hostNetwork ? { hostNetwork: true } : {}),
          ...(answer.text === undefined ? {} : { text: answer.text }),
        };
        return resultOf(from, `${from}:${answer.port}`, OUTCOME[answer.state], detail, answer.ms);
      }),
    ];
  } catch (error) {
    refusals.tell(error, place.namespace, place.name);
    return unasked;
  }
}

const OUTCOME: Readonly<Record<PortAnswer['state'], ProbeResult['outcome']>> = {
  open: 'ok',
  refused: 'refused',
  unclear: 'error',
};

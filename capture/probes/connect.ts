/** TCP connects from client pods to the Services they name and the pods behind them (`--allow-exec`): the proof about ClusterIPs, kube-proxy and policies. */
import { isIP } from 'node:net';
import type { ProbeResult } from '../../src/bundle/format.ts';
import type { ConnectDetail } from '../../src/bundle/probes.ts';
import { formatTime, now } from '../../src/core/time.ts';
import type { CollectorContext } from '../collector.ts';
import { insiderOf, tellMissing } from '../inside/insider.ts';
import { inOrder, pathsTaken, tellLeftOut } from '../inside/look.ts';
import { type Connect, connects } from '../inside/targets.ts';
import { CONFIG_MAPS } from '../kinds.ts';
import type { Probe } from '../probe.ts';

const MOST_CONNECTS = 120;
const AT_A_TIME = 4;

const probe: Probe = {
  id: 'connect',
  title: 'connects from client pods',
  async *run(context) {
    if (context.scope.allowExec !== true) return;
    // ConfigMaps tell what pods name by their env.
    await pathsTaken(context, [CONFIG_MAPS]);
    const { network, telling } = context.inventory;
    const wanted = connects(network, context.scope, telling);
    tellLeftOut(context, 'connect', 'connects were', wanted.length - MOST_CONNECTS);
    const few = wanted.slice(0, MOST_CONNECTS);
    for await (const result of inOrder(few, AT_A_TIME, (one) => attempt(context, one), context.signal)) {
      if (result !== undefined) yield result;
    }
  },
};
export default probe;

async function attempt(
  context: CollectorContext,
  { client, to, host, port }: Connect,
): Promise<ProbeResult | undefined> {
  try {
    const { container, way, value, ms } = await insiderOf(context).connect(context, client, host, port);
    const address = value.address ?? (isIP(host) === 0 ? undefined : host);
    const detail: ConnectDetail = {
      container,
      way,
      host,
      port,
      ...(address === undefined ? {} : { address }),
      ...(value.text === undefined || value.text === '' ? {} : { text: value.text }),
    };
    const from = `pod/${client.namespace}/${client.name}`;
    return { at: formatTime(now()), from, to, outcome: value.outcome, ms, detail };
  } catch (error) {
    tellMissing(context, 'connect', client, error);
    return undefined;
  }
}

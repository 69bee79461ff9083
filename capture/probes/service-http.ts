/**
 * What Services answer through the API server's proxy, where a pod behind them declares what may be asked. The proxy picks
 * a ready endpoint itself: it says nothing of the ClusterIP, kube-proxy or DNS.
 */
import type { ProbeResult } from '../../src/bundle/format.ts';
import { createRefusals, type Refusals, resultOf, targetsKnown } from '../asking.ts';
import type { CollectorContext } from '../collector.ts';
import { inOrder, tellLeftOut } from '../inside/look.ts';
import { type ServiceTarget, serviceTargets } from '../network/port-targets.ts';
import type { Probe } from '../probe.ts';
import { getProxied } from '../proxied.ts';
import { declaredOf } from './pod-http.ts';

const MOST = 100;
const AT_A_TIME = 4;

const probe: Probe = {
  id: 'service-http',
  title: 'Services asked through the proxy',
  async *run(context) {
    await targetsKnown(context);
    const { network, telling } = context.inventory;
    const targets = serviceTargets(network, context.scope, telling);
    tellLeftOut(context, 'service-http', 'Service ports were', targets.length - MOST);
    const refusals = createRefusals(context, 'service-http');
    const work = (target: ServiceTarget): Promise<ProbeResult | undefined> => ask(context, target, refusals);
    for await (const result of inOrder(targets.slice(0, MOST), AT_A_TIME, work, context.signal)) {
      if (result !== undefined) yield result;
    }
  },
};
export default probe;

async function ask(
  context: CollectorContext,
  { service, port, check }: ServiceTarget,
  refusals: Refusals,
): Promise<ProbeResult | undefined> {
  const { namespace, name } = service;
  if (refusals.has(namespace) || context.signal.aborted) return undefined;
  const target = `${check.scheme === 'https' ? 'https:' : ''}${encodeURIComponent(name)}:${port.port}`;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${target}/proxy${check.path}`;
  try {
    const { outcome, ms, status, text } = await getProxied(context.api, path, context.signal);
    const detail = {
      ...declaredOf(check),
      port: port.port,
      ...(port.name === undefined || port.name === '' ? {} : { portName: port.name }),
      ...(status === undefined ? {} : { status }),
      ...(text === undefined ? {} : { text }),
    };
    return resultOf('apiserver', `service/${namespace}/${name}:${port.port}`, outcome, detail, ms);
  } catch (error) {
    refusals.tell(error, namespace);
    return undefined;
  }
}

/** What requests travel through, and what changes by the second: EndpointSlices, pods, Services; cluster DNS always. */
import type { Collector, CollectorContext } from '../collector.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  DNS_LABEL,
  DNS_NAMESPACE,
  ENDPOINT_SLICES,
  EVENTS,
  LEASES,
  NODES,
  PODS,
  SERVICES,
} from '../kinds.ts';

const collector: Collector = {
  id: 'paths',
  title: 'EndpointSlices, pods, Services',
  tier: 'paths',
  async run(context) {
    const kinds = [ENDPOINT_SLICES, PODS, SERVICES, NODES];
    await Promise.all([...kinds.map((kind) => context.lists.take(context, kind)), takeDns(context)]);
  },
};
export default collector;

/** With `-n`, cluster DNS lies outside the scope, and no case is decided without it. */
async function takeDns(context: CollectorContext): Promise<void> {
  const { namespaces } = context.scope;
  if (namespaces === undefined || namespaces.includes(DNS_NAMESPACE)) return;
  const labelSelector = `${DNS_LABEL.key}=${DNS_LABEL.value}`;
  await Promise.all([
    ...[PODS, SERVICES, ENDPOINT_SLICES, DEPLOYMENTS].map((kind) =>
      context.lists.takeFrom(context, kind, DNS_NAMESPACE, { labelSelector }),
    ),
    context.lists.takeFrom(context, CONFIG_MAPS, DNS_NAMESPACE, { fieldSelector: 'metadata.name=coredns' }),
    // Who leads the controllers and the scheduler, and since when not.
    context.lists.takeFrom(context, LEASES, DNS_NAMESPACE, {}),
    context.lists.takeFrom(context, EVENTS, DNS_NAMESPACE, { fieldSelector: 'involvedObject.kind=Pod' }),
  ]);
}

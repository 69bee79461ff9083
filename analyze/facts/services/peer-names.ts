/** Names of single pods of a StatefulSet, which its governing Service gives. */
import { nearestName } from '../../../src/k8s/near-miss.ts';
import { text } from '../../ingest/read.ts';
import type { Facts } from '../facts.ts';
import { dig } from '../read.ts';
import type { Fault } from './shown-addresses.ts';

/** `db-0.peers`, `db-0.peers.shop`, `db-0.peers.shop.svc.cluster.local`. */
const PEER = /^([a-z0-9][a-z0-9-]*)-\d+\.([a-z0-9][a-z0-9-]*)(?:\.([a-z0-9][a-z0-9-]*))?(?:\.svc(?:\..+)?)?$/;

/**
 * What is wrong with the name of a pod of a StatefulSet: it is resolved under the Service that spec.serviceName names, which
 * somebody has to make (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id).
 *
 * @returns `undefined` for a host that is no such name, `'fine'` for one whose Service is there.
 */
export function peerFault(facts: Facts, host: string, from: string): Fault | 'fine' | undefined {
  const [, set = '', service = '', namespace = from] = PEER.exec(host) ?? [];
  const owner = facts.workloads
    .in(namespace)
    .find(({ kind, name }) => kind === 'StatefulSet' && name === set);
  if (owner === undefined || !facts.coverage('services', namespace).known) return undefined;
  const governing = text(dig(facts.body(owner), 'spec', 'serviceName')) ?? '';
  const here = facts.services.in(namespace);
  const what = `names of the pods of StatefulSet ${namespace}/${set}`;
  const named = (why: string): Fault => ({ why, near: undefined, service: undefined });
  if (governing === '') return named(`there are no ${what}: its spec.serviceName is not set`);
  if (service !== governing)
    return named(`the ${what} end in .${governing} (spec.serviceName), not in .${service}`);
  if (here.some(({ name }) => name === governing)) return 'fine';
  const near =
    nearestName(
      governing,
      here.map(({ name }) => name),
    ) ?? here.find(({ headless, selector }) => headless && selector !== undefined)?.name;
  return {
    why: `Service ${namespace}/${governing}, which gives the ${what} (spec.serviceName), does not exist`,
    near: near === undefined ? undefined : `Service ${namespace}/${near} is there`,
    service: undefined,
  };
}

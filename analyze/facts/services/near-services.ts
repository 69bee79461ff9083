/** What may be meant by the name of a Service that does not exist. */
import { matchesSet } from '../../../src/k8s/labels.ts';
import { nearestName } from '../../../src/k8s/near-miss.ts';
import { items } from '../../ingest/read.ts';
import { kubectl } from '../commands.ts';
import type { Facts } from '../facts.ts';
import { dig } from '../read.ts';
import { podSpecOf } from '../users.ts';
import type { WorkloadFact } from '../workloads.ts';
import { lastingWorkloads } from './backing.ts';

export interface Near {
  /** Follows `Service shop/x does not exist; `. */
  readonly words: string;
  /** The command that makes the Service, where only that is missing. */
  readonly mend?: string;
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** A Service with nearly that name beside it, or with that very name in another namespace. */
export function nearService(facts: Facts, { namespace, name }: Named): Near | undefined {
  const here = facts.services.in(namespace).map((one) => one.name);
  const typo = nearestName(name, here);
  if (typo !== undefined) return { words: `Service ${namespace}/${typo} is there` };
  const namesakes = facts.services.all.filter((one) => one.name === name);
  // A Service takes pods of its own namespace only: one that would take those here, and has none there, is misplaced.
  const misplaced = namesakes.find(
    ({ namespace: there, selector }) =>
      selector !== undefined &&
      facts.pods.select(namespace, selector).length > 0 &&
      facts.pods.select(there, selector).length === 0,
  );
  if (misplaced !== undefined)
    return {
      words: `Service ${misplaced.namespace}/${name} is there, and its selector meets pods of ${namespace} only`,
    };
  const [first, ...more] = namesakes;
  if (first === undefined) return undefined;
  return more.length === 0
    ? { words: `Service ${first.namespace}/${name} is there` }
    : {
        words: `${namesakes.length} other namespaces have one (${namesakes
          .slice(0, 3)
          .map((one) => one.namespace)
          .join(', ')}${namesakes.length > 3 ? ', …' : ''})`,
      };
}

/** What `kubectl expose` takes of them (kubectl/pkg/polymorphichelpers/canbeexposed.go): no StatefulSet, no DaemonSet. */
const EXPOSED = new Set(['Deployment', 'ReplicaSet', 'ReplicationController']);

/** A workload of that very name, whose pods no Service takes, or one of another name. */
export function nearWorkload(facts: Facts, { namespace, name }: Named, port?: number): Near | undefined {
  const meant = lastingWorkloads(facts, namespace).find((one) => one.name === name);
  if (meant === undefined) return undefined;
  const before = facts.services
    .in(namespace)
    .find(({ selector }) => selector !== undefined && matchesSet(selector, meant.templateLabels));
  if (before !== undefined)
    return { words: `Service ${namespace}/${before.name} is there, before ${meant.kind} ${name}` };
  const target = onlyPort(facts, meant);
  const words = `${meant.kind} ${namespace}/${name} is there, and no Service takes its pods`;
  return port === undefined || !EXPOSED.has(meant.kind)
    ? { words }
    : {
        words,
        mend: kubectl(
          namespace,
          'expose',
          `${meant.kind.toLowerCase()}/${name}`,
          `--name=${name}`,
          `--port=${port}`,
          ...(target === undefined ? [] : [`--target-port=${target}`]),
        ),
      };
}

/** The one port that the template declares, if it is one. */
function onlyPort(facts: Facts, workload: WorkloadFact): number | undefined {
  const containers = items(podSpecOf(workload, facts.body(workload))['containers']);
  const ports = containers.flatMap((one) => items(one['ports']).map((port) => dig(port, 'containerPort')));
  const [only] = ports;
  return ports.length === 1 && typeof only === 'number' ? only : undefined;
}

/** A Service with the selector of another one: its port leads nowhere in the pods it takes, and its namesake's have it. */
import { formatSet, matchesSet } from '../../../src/k8s/labels.ts';
import { missOf } from '../../../src/k8s/near-miss.ts';
import { plural } from '../../../src/core/text.ts';
import { items } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import { kubectl } from '../commands.ts';
import { fieldEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { dig } from '../read.ts';
import { templatePath } from '../revisions.ts';
import type { ServicePath } from '../services.ts';
import { podSpecOf } from '../users.ts';
import { lastingWorkloads } from './backing.ts';
import { selectorPatch } from './selector-patch.ts';

/**
 * What is wrong with a port that leads nowhere in any of the pods which its Service takes, where they are all of other
 * workloads and do not declare it, while the workload of the Service's own name declares it and is not taken: the selector is
 * that of another Service, and leading the port elsewhere would send clients to a stranger.
 *
 * @returns the finding as it was where that is not so.
 */
export function byItsSelector(facts: Facts, path: ServicePath, finding: CheckFinding): CheckFinding {
  const { service, port, pods } = path;
  const { selector, namespace, name } = service;
  const target = port?.targetPort ?? port?.port;
  const taken = pods.filter(({ terminating }) => !terminating);
  const makers = taken.map((pod) => facts.workloads.top(pod));
  const meant = lastingWorkloads(facts, namespace).find((one) => one.name === name);
  const isCopied =
    selector !== undefined &&
    target !== undefined &&
    meant !== undefined &&
    !matchesSet(selector, meant.templateLabels) &&
    makers.every((one) => one !== undefined && one.id !== meant.id) &&
    declares(items(podSpecOf(meant, facts.body(meant))['containers']), target) &&
    !taken.some((pod) => declares(items(dig(facts.body(pod), 'spec', 'containers')), target));
  if (!isCopied) return finding;
  const [maker] = makers;
  const others = new Set(makers.map((one) => one?.name)).size - 1;
  const whose = `${plural(taken.length, 'pod')} of ${maker?.kind ?? ''} ${maker?.name ?? ''}${others > 0 ? ` and ${plural(others, 'other')}` : ''}`;
  const what = `${meant.kind} ${meant.name}`;
  const labels = `${templatePath(meant)}.metadata.labels`;
  return {
    ...finding,
    summary: `Service ${namespace}/${name} selects ${formatSet(selector)}, which takes ${whose}, where port ${target} leads nowhere, and not those of ${what}, which declares it`,
    detail: `The Service is called like ${what}, and has the selector of something else. ${finding.summary}.`,
    evidence: [
      fieldEvidence(facts, service, 'spec.selector', selector),
      fieldEvidence(facts, meant, labels, meant.templateLabels),
      ...finding.evidence,
    ],
    involves: [...finding.involves, meant.ref],
    remedy: {
      summary: `Give the Service the selector that takes the pods of ${what}.`,
      confirm: [
        kubectl(namespace, 'get', 'service', name, '-o', 'yaml'),
        kubectl(namespace, 'get', 'pods', '--show-labels'),
      ],
      mend: selectorPatch(service, missOf(selector, meant.templateLabels)?.differences ?? []),
    },
  };
}

/** By number, or by name. */
function declares(
  containers: ReadonlyArray<Readonly<Record<string, unknown>>>,
  target: number | string,
): boolean {
  return containers.some((container) =>
    items(container['ports']).some((one) => one['containerPort'] === target || one['name'] === target),
  );
}

/** One function a station: what this layer of the path looked at, what it found, and what follows for the one above. */
import { formatTime } from '../../src/core/time.ts';
import { plural } from '../../src/core/text.ts';
import { formatSet } from '../../src/k8s/labels.ts';
import type { Evidence } from '../model/finding.ts';
import type { ReplayStep } from '../model/replay.ts';
import { label, podLayerAt, podsAt, revisionsAt, serviceAt, type StateAt } from './at.ts';
import { changeEvidence, changeLines, field, nameOf, podEvidence, podLines, portLines } from './lines.ts';
import { livedAt } from './pod-spans.ts';
import { EVIDENCE_SHOWN, byOnset, judged, step, type Scene } from './scene.ts';
import { edgeRules, nodesBeneath, policiesOver } from './surroundings.ts';

export function clientStep({ subject }: Scene): ReplayStep {
  const { path } = subject;
  const target = path.host ?? (subject.serviceName === undefined ? path.key : nameOf(subject));
  return {
    station: 'client',
    title: path.client ?? 'Any client',
    status: 'none',
    looked: [`asks for ${target}${path.port === undefined ? '' : `, port ${path.port}`}`],
    found: 'A request begins here.',
    evidence: [],
    means: 'The name has to become an address first.',
    basis: 'observed',
    findings: [],
  };
}

export function dnsStep(scene: Scene): ReplayStep {
  const { subject } = scene;
  const { service } = subject;
  const ip = service?.clusterIp;
  const address = ip === 'None' ? 'the addresses of its ready pods (headless)' : (ip ?? 'no address');
  const quiet = service === undefined ? '' : `By the API the name stands for ${address}.`;
  const state = judged(scene, 'dns', byOnset(scene, 'dns'), quiet);
  return step('dns', service === undefined ? 'DNS' : `DNS name ${nameOf(subject)}`, state, {
    looked:
      service === undefined
        ? []
        : [
            `name ${nameOf(subject)}`,
            `type ${service.type}, ${ip === 'None' ? 'headless' : `ClusterIP ${ip ?? 'none'}`}`,
          ],
    shown: service === undefined ? [] : [field(service, 'spec.clusterIP', ip ?? null)],
    pass: 'The client gets an address to connect to.',
    fail: 'The client gets no address, and never connects.',
  });
}

export function edgeStep(scene: Scene): ReplayStep {
  const rules = edgeRules(scene.store, scene.subject);
  const gap = scene.subject.missing.ingresses;
  const quiet =
    rules.looked.length === 0
      ? (gap ?? 'No Ingress or route in the bundle leads here.')
      : `${plural(rules.looked.length, 'rule')} ${rules.looked.length === 1 ? 'leads' : 'lead'} here.`;
  const state = judged(scene, 'edge', byOnset(scene, 'edge'), quiet);
  return step('edge', rules.looked.length === 0 ? 'Edge' : 'Ingress and routes', state, {
    looked: gap === undefined ? rules.looked : [...rules.looked, gap],
    shown: rules.evidence,
    pass: 'What comes in from outside is handed to the Service.',
    fail: 'What comes from outside stops here; clients inside the cluster do not pass it.',
  });
}

export function serviceStep(scene: Scene): ReplayStep {
  const { subject, at, now } = scene;
  const { service, path } = subject;
  const { matched, lived } = podsAt(subject, at);
  const state = judged(
    scene,
    'service',
    () => serviceAt(subject, at),
    `Its selector takes ${plural(matched.length, 'pod')}.`,
  );
  const port = path.port === undefined ? '' : `, port ${path.port}`;
  const title =
    subject.serviceName === undefined
      ? 'Service'
      : `Service ${subject.serviceName.namespace}/${subject.serviceName.name}${port}`;
  const selector = service?.selector === undefined ? 'none' : formatSet(service.selector);
  return step('service', title, state, {
    looked: [
      ...(service === undefined
        ? ['the Service is not in the bundle']
        : [`selector ${selector}${now ? '' : ' (as captured)'}`]),
      ...portLines(scene),
      ...podLines(now ? 'pods now' : 'pods then', lived, service?.selector),
      ...changeLines(scene, ['Service', 'EndpointSlice', 'Endpoints']),
      ...(now
        ? []
        : revisionsAt(subject, at).map(
            (revision) => `rolled out then: ${label(revision)}, labels ${formatSet(revision.labels)}`,
          )),
    ],
    shown: [
      ...(service === undefined ? [] : [field(service, 'spec.selector', service.selector ?? null)]),
      ...changeEvidence(scene, ['Service', 'EndpointSlice', 'Endpoints']),
      ...(now
        ? []
        : revisionsAt(subject, at).map((revision): Evidence => ({
            kind: 'field',
            object: {
              apiVersion: 'apps/v1',
              kind: revision.kind,
              namespace: revision.namespace,
              name: revision.name,
            },
            path: 'spec.template.metadata.labels',
            value: revision.labels,
            ...(revision.createdAt === undefined ? {} : { at: formatTime(revision.createdAt) }),
            ...revision.place,
          }))),
    ],
    pass: 'A connection to it is sent on to one of its ready pods.',
    fail: 'There is no pod to send a connection to: clients are refused, an edge answers 503.',
  });
}

export function policyStep(scene: Scene): ReplayStep {
  const { subject, at } = scene;
  const { matched, lived } = podsAt(subject, at);
  const policies = policiesOver(scene.store, subject, matched.length > 0 ? matched : lived);
  const gap = subject.missing.policies;
  const none = gap ?? 'No NetworkPolicy in the bundle selects its pods.';
  const quiet =
    policies.looked.length === 0
      ? none
      : `${plural(policies.looked.length, 'policy', 'policies')} ${policies.looked.length === 1 ? 'selects' : 'select'} its pods; what they let through is not judged here.`;
  const state = judged(scene, 'policy', byOnset(scene, 'policy'), quiet);
  return step('policy', 'NetworkPolicies', state, {
    looked: gap === undefined ? policies.looked : [...policies.looked, gap],
    shown: policies.evidence,
    pass: 'What the Service sends reaches the pod.',
    fail: 'What the Service sends is dropped on the way: clients wait until they give up.',
  });
}

export function podStep(scene: Scene): ReplayStep {
  const { subject, at, now } = scene;
  const { matched, lived } = podsAt(subject, at);
  const pods = matched.length > 0 ? matched : lived;
  const whose =
    matched.length > 0 || lived.length === 0
      ? `${plural(pods.length, 'pod')} behind the Service.`
      : `${plural(pods.length, 'pod')} of the workload, none of them selected by the Service.`;
  const state = judged(scene, 'pod', () => podLayerAt(subject, at), whose);
  return step('pod', pods.length === 1 ? `Pod ${pods[0]?.namespace}/${pods[0]?.name}` : 'Pods', state, {
    looked: [
      ...podLines(now ? 'now' : 'then', pods, subject.service?.selector),
      ...changeLines(scene, ['Pod']),
    ],
    shown: pods.slice(0, EVIDENCE_SHOWN).map((pod) => podEvidence(pod)),
    pass:
      matched.length > 0
        ? 'What reaches a pod is taken by an application that says it is ready.'
        : 'They would take what reached them, but the Service sends them nothing.',
    fail: 'Pods that are not ready are taken out of the Service; with none left it has no endpoints.',
  });
}

export function platformStep(scene: Scene): ReplayStep {
  const { subject, at } = scene;
  const pods = subject.pods.filter((pod) => livedAt(pod, at));
  const nodes = nodesBeneath(scene.store, pods);
  const steady =
    nodes.looked.length > 0 &&
    nodes.ready.every((ready) => ready === 'True') &&
    nodes.since.every((since) => since !== null && since <= at);
  const before = (): StateAt =>
    steady && (subject.path.layers.platform === 'pass' || subject.path.layers.platform === 'unknown')
      ? {
          status: 'unknown',
          basis: 'inferred',
          found: 'The nodes beneath the pods had been Ready since before then.',
          because: 'nothing else about the platform is recorded for this time',
        }
      : byOnset(scene, 'platform')();
  const quiet =
    nodes.looked.length === 0
      ? 'No node of these pods is in the bundle.'
      : `${plural(nodes.looked.length, 'node')} beneath the pods.`;
  return step('platform', 'Nodes beneath', judged(scene, 'platform', before, quiet), {
    looked: nodes.looked,
    shown: nodes.evidence,
    pass: 'The nodes carry what runs on them.',
    fail: 'What runs on these nodes is cut off with them.',
  });
}

/** Admission webhooks, and whether anything behind them can answer the API server. */
import {
  matchesSelector,
  parseLabels,
  parseSelector,
  type LabelSelector,
  type Labels,
} from '../../../src/k8s/labels.ts';
import { SECOND } from '../../../src/core/time.ts';
import { fields, integer, items, text, type Fields } from '../../ingest/read.ts';
import { calledService } from './admission-words.ts';
import { justCreated } from '../services/backing.ts';
import type { Facts } from '../facts.ts';
import type { KeptObject } from '../objects.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import { isStarting } from '../probes/readiness.ts';
import type { Refusal } from './refusals.ts';
import type { ServiceFact } from '../services.ts';

export const WEBHOOK_LISTS = [
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
] as const;

export interface Webhook {
  readonly configuration: KeptObject;
  readonly index: number;
  readonly name: string;
  /** `Ignore` lets the request pass when the call fails; the default of v1 is `Fail`. */
  readonly fails: boolean;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number } | undefined;
  readonly rules: readonly Fields[];
  /** Undefined: all; a selector that cannot be read counts as one that may take anything. */
  readonly namespaces: LabelSelector | undefined;
  readonly objects: LabelSelector | undefined;
  /** CEL, which is not evaluated here: what rules and selectors take may still be let by. */
  readonly conditional: boolean;
  /** Some rule takes pods that are created. */
  readonly takesPods: boolean;
}

export function webhooksOf(facts: Pick<Facts, 'list' | 'body'>): Webhook[] {
  return WEBHOOK_LISTS.flatMap((resource) => facts.list(resource)).flatMap((configuration) =>
    items(facts.body(configuration)['webhooks']).map((webhook, index): Webhook => {
      const service = fields(fields(webhook['clientConfig'])['service']);
      const [namespace, name] = [text(service['namespace']), text(service['name'])];
      const rules = items(webhook['rules']);
      return {
        configuration,
        index,
        name: text(webhook['name']) ?? '',
        fails: webhook['failurePolicy'] !== 'Ignore',
        service:
          namespace === null || name === null
            ? undefined
            : { namespace, name, port: integer(service['port']) ?? 443 },
        rules,
        namespaces: selectorOf(webhook['namespaceSelector']),
        objects: selectorOf(webhook['objectSelector']),
        conditional: items(webhook['matchConditions']).length > 0,
        takesPods: rules.some((rule) => ruleTakes(rule, POD)),
      };
    }),
  );
}

function selectorOf(value: unknown): LabelSelector | undefined {
  const parsed = value === undefined || value === null ? undefined : parseSelector(value);
  return parsed?.ok === true ? parsed.selector : undefined;
}

/** What is created, as rules name it. */
interface Kind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}
const POD: Kind = { group: '', version: 'v1', resource: 'pods' };
const CREATED: Readonly<Record<Refusal['what'], Kind>> = {
  Pod: POD,
  ReplicaSet: { group: 'apps', version: 'v1', resource: 'replicasets' },
};

/**
 * `matchPolicy` decides only for kinds that are served in several versions or groups; pods and ReplicaSets are served in one.
 * apiserver/pkg/admission/plugin/webhook/predicates/rules/rules.go.
 */
function ruleTakes(rule: Fields, { group, version, resource }: Kind): boolean {
  return (
    has(rule['resources'], resource, '*', '*/*') &&
    has(rule['operations'], 'CREATE', '*') &&
    has(rule['apiGroups'], group, '*') &&
    has(rule['apiVersions'], version, '*') &&
    rule['scope'] !== 'Cluster'
  );
}

function has(list: unknown, ...wanted: readonly string[]): boolean {
  return Array.isArray(list) && list.some((one) => wanted.includes(String(one)));
}

/**
 * Whether a webhook was asked about what was refused: by its rules, namespaceSelector and objectSelector. Undefined where
 * the labels of the namespace are not known, where admission may have added labels, or its matchConditions decide.
 */
export function takes(facts: Facts, webhook: Webhook, { what, maker }: Refusal): boolean | undefined {
  if (!webhook.rules.some((rule) => ruleTakes(rule, CREATED[what]))) return false;
  const ofNamespace = takesNamespace(facts, webhook, maker.namespace);
  if (ofNamespace !== true) return ofNamespace;
  // Admission may have added labels that the template lacks.
  const ofObject = webhook.objects === undefined || matchesSelector(webhook.objects, maker.templateLabels);
  return ofObject && !webhook.conditional ? true : undefined;
}

/** Every namespace has its name as a label: https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name */
const NAME_LABEL = 'kubernetes.io/metadata.name';

function takesNamespace(facts: Facts, { namespaces: selector }: Webhook, name: string): boolean | undefined {
  if (selector === undefined) return true;
  const own: Labels = { [NAME_LABEL]: name };
  const object = facts.list('namespaces').find(({ ref }) => ref.name === name);
  if (object !== undefined)
    return matchesSelector(selector, {
      ...own,
      ...parseLabels(dig(facts.body(object), 'metadata', 'labels')),
    });
  const asked = [...Object.keys(selector.matchLabels), ...selector.matchExpressions.map(({ key }) => key)];
  return asked.every((key) => key === NAME_LABEL) ? matchesSelector(selector, own) : undefined;
}

/** Which of the webhooks of one name refused; more than one where nothing tells them apart. */
export function askedBy(facts: Facts, webhooks: readonly Webhook[], refusal: Refusal): readonly Webhook[] {
  const { name, why } = refusal.refuser;
  // The error says where it was called; that decides, and a webhook by URL says its URL.
  const at = calledService(why);
  const named = webhooks.filter(
    (webhook) =>
      webhook.name === name &&
      webhook.fails &&
      (at === undefined || (webhook.service?.name === at.name && webhook.service.namespace === at.namespace)),
  );
  const answers = named.map((webhook) => ({ webhook, answer: takes(facts, webhook, refusal) }));
  const sure = answers.filter(({ answer }) => answer === true);
  const may = sure.length > 0 ? sure : answers.filter(({ answer }) => answer !== false);
  return may.map(({ webhook }) => webhook);
}

export interface DeadEnd {
  readonly why: string;
  /** The Service that leads nowhere; undefined when it is not there at all. */
  readonly service: ServiceFact | undefined;
}

/** Why nobody answers behind a webhook, in words; undefined when somebody may, or when it is outside the cluster. */
export function deadEnd(facts: Facts, { service: to }: Webhook): DeadEnd | undefined {
  if (to === undefined) return undefined;
  const service = facts.services.named(to.namespace, to.name);
  const name = `Service ${to.namespace}/${to.name}`;
  if (service === undefined) {
    return facts.coverage('services', to.namespace).known
      ? { why: `${name} does not exist`, service: undefined }
      : undefined;
  }
  if (service.type === 'ExternalName' || justCreated(facts, service)) return undefined;
  const path = facts.pathsOf(service).find(({ port }) => port?.port === to.port);
  if (path === undefined) return { why: `${name} has no port ${to.port}`, service };
  if (path.ready.length > 0 || path.draining.length > 0) return undefined;
  if (path.pods.some((pod) => isStarting(facts, pod) || isJustReady(facts, pod))) return undefined;
  return { why: `${name} has no ready endpoint`, service };
}

/** What the EndpointSlice controller may take to follow a pod that became Ready. */
const LAG = 15 * SECOND;

function isJustReady(facts: Facts, pod: PodFact): boolean {
  if (pod.ready !== 'True') return false;
  const turned = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at;
  return typeof turned === 'number' && facts.clock.startedAt - turned < LAG;
}

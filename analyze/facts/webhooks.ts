/** Admission webhooks, and whether anything behind them can answer the API server. */
import { fields, integer, items, text } from '../ingest/read.ts';
import { justCreated } from './backing.ts';
import type { Facts } from './facts.ts';
import type { KeptObject } from './objects.ts';
import { isStarting } from './readiness.ts';
import type { ServiceFact } from './services.ts';

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
  /** Some rule takes pods that are created. */
  readonly takesPods: boolean;
}

export function webhooksOf(facts: Facts): Webhook[] {
  return WEBHOOK_LISTS.flatMap((resource) => facts.list(resource)).flatMap((configuration) =>
    items(facts.body(configuration)['webhooks']).map((webhook, index): Webhook => {
      const service = fields(fields(webhook['clientConfig'])['service']);
      const [namespace, name] = [text(service['namespace']), text(service['name'])];
      return {
        configuration,
        index,
        name: text(webhook['name']) ?? '',
        fails: webhook['failurePolicy'] !== 'Ignore',
        service:
          namespace === null || name === null
            ? undefined
            : { namespace, name, port: integer(service['port']) ?? 443 },
        takesPods: items(webhook['rules']).some(
          (rule) =>
            has(rule['resources'], 'pods', '*', '*/*') &&
            has(rule['operations'], 'CREATE', '*') &&
            has(rule['apiGroups'], '', '*'),
        ),
      };
    }),
  );
}

function has(list: unknown, ...wanted: readonly string[]): boolean {
  return Array.isArray(list) && list.some((one) => wanted.includes(String(one)));
}

/** Why nobody answers behind a webhook, in words; undefined when somebody may, or when it is outside the cluster. */
export function deadEnd(
  facts: Facts,
  { service: to }: Webhook,
): { readonly why: string; readonly service: ServiceFact | undefined } | undefined {
  if (to === undefined) return undefined;
  const service = facts.services.named(to.namespace, to.name);
  const name = `Service ${to.namespace}/${to.name}`;
  if (service === undefined) {
    return facts.coverage('services', to.namespace).known
      ? { why: `${name} does not exist`, service: undefined }
      : undefined;
  }
  if (service.type === 'ExternalName' || justCreated(facts, service)) return undefined;
  const paths = facts.pathsOf(service);
  const path = paths.find(({ port }) => port?.port === to.port);
  if (path === undefined) return { why: `${name} has no port ${to.port}`, service };
  if (path.ready.length > 0 || path.draining.length > 0) return undefined;
  if (path.pods.some((pod) => pod.ready === 'True' || isStarting(facts, pod))) return undefined;
  return { why: `${name} has no ready endpoint`, service };
}

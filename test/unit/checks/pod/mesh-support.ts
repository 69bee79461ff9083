/** Two workloads with sidecars, pay and front, what their proxies log, and policies: what the tests of a mesh's denials have in common. */
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { on, pod, replicaSet, service, workload } from '../../../support/kube-objects.ts';

export const SIDECAR = 'istio-proxy';

export function running(
  name: string,
  ip: string,
  more: Parameters<typeof pod>[1] = {},
  sidecar = SIDECAR,
): KubeObject[] {
  const labels = { app: name };
  const containers = sidecar === '' ? [{ name: 'app' }] : [{ name: 'app' }, { name: sidecar }];
  const made = pod(`${name}-a`, {
    owner: ['ReplicaSet', `${name}-1`],
    labels,
    spec: { containers },
    ...more,
  });
  const status = { ...(made['status'] as object), podIP: ip };
  return [workload(name, { pods: labels }), replicaSet(name, 1, labels, '12:00:00', 1), { ...made, status }];
}
export const pay = running('pay', '10.244.0.14');
export const front = running('front', '10.244.0.12');
export const objects = [...pay, ...front, service('pay', { app: 'pay' })];

export interface Line {
  readonly clock?: string;
  readonly request?: string;
  readonly code?: number;
  readonly flags?: string;
  readonly details?: string;
  readonly ended?: string;
  readonly agent?: string;
  readonly id?: string;
  readonly authority?: string;
  readonly upstream?: string;
  readonly cluster?: string;
  readonly local?: string;
  readonly asked?: string;
  readonly from?: string;
  readonly sni?: string;
  readonly route?: string;
}

/** In Istio's default format: inbound at pay, unless told. */
export function access(line: Line): string {
  const { clock = '14:30:00', request = 'GET /get HTTP/1.1', code = 403, flags = '-', details = '-' } = line;
  const {
    ended = '-',
    agent = 'curl/8.11.1',
    id = '053c49b6',
    authority = 'pay:8000',
    upstream = '-',
  } = line;
  const { cluster = 'inbound|8080||', local = '-', asked = '10.244.0.14:8080' } = line;
  const { from = '10.244.0.12:52784', sni = '-', route = 'default' } = line;
  return `${on(clock)} [${on(clock)}] "${request}" ${code} ${flags} ${details} ${ended} "-" 0 19 0 - "-" "${agent}" "${id}" "${authority}" "${upstream}" ${cluster} ${local} ${asked} ${from} ${sni} ${route}\n`;
}

export const NONE = 'rbac_access_denied_matched_policy[none]';
export const MATCHED = 'rbac_access_denied_matched_policy[ns[shop]-policy[no-front]-rule[0]]';

interface Said {
  readonly text: string;
  readonly pod?: string;
  readonly container?: string;
}

export const said = (...logs: Said[]): EvidenceGiven => ({
  logs: logs.map(({ text, pod: name = 'pay-a', container = SIDECAR }) => ({
    namespace: 'shop',
    pod: name,
    container,
    text,
  })),
});
export const denied = (line: Line = {}, times = 4): EvidenceGiven =>
  said({ text: access({ details: NONE, ...line }).repeat(times) });

export function policy(
  name: string,
  spec: object,
  more: { namespace?: string; annotations?: object } = {},
): KubeObject {
  const { namespace = 'shop', annotations = {} } = more;
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name, namespace, annotations },
    spec,
  };
}
export const selector = { matchLabels: { app: 'pay' } };
export const rule = { from: [{ source: { principals: ['cluster.local/ns/shop/sa/other'] } }] };

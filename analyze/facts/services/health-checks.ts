/** What nodes tell load balancers of a Service that is kept local, by its `healthCheckNodePort`. */
import { isRecord, parseJson } from '../../../src/core/json.ts';
import { integer, text } from '../../ingest/read.ts';
import type { Evidence } from '../../model/finding.ts';
import type { Facts } from '../facts.ts';
import { dig } from '../read.ts';
import type { ServiceFact } from '../services.ts';

export interface HealthCheck {
  readonly node: string;
  /** `drained`: a load balancer that asks sends nothing there; `refused`: nobody listens, which comes to the same. */
  readonly said: 'serving' | 'drained' | 'refused';
  /** How many endpoints the node counts as its own; undefined where nobody listens. */
  readonly localEndpoints: number | undefined;
  /** False where the rules are behind: the node is drained for that, whatever it has. */
  readonly proxyHealthy: boolean;
  readonly evidence: Evidence;
}

/**
 * kube-proxy answers 200 where it counts endpoints of the Service as local and keeps up with its rules, else 503, with
 * both in the body (pkg/proxy/healthcheck/service_health.go). Nodes that were not asked, or whose answer is another
 * program's, are left out. Needs `nodes`.
 */
export function healthChecks(facts: Facts, service: ServiceFact, nodes: readonly string[]): HealthCheck[] {
  const port = integer(dig(facts.body(service), 'spec', 'healthCheckNodePort'));
  if (port === null || port === 0) return [];
  return nodes.flatMap((node) => {
    const file = `nodes/${node}/service-health-check-${port}.json`;
    const document = facts.document(file);
    const answer = document === undefined ? undefined : parseJson(document);
    if (!isRecord(answer)) return [];
    const at = text(answer['at']);
    const tell = (words: string): Evidence => ({
      kind: 'probe',
      ...(at === null ? {} : { at }),
      text: `health-check node port ${port} of node ${node}: ${words}`,
      file,
    });
    if (typeof answer['refused'] === 'string')
      return {
        node,
        said: 'refused',
        localEndpoints: undefined,
        proxyHealthy: true,
        evidence: tell(answer['refused']),
      };
    const of = dig(answer, 'body', 'service');
    const count = integer(dig(answer, 'body', 'localEndpoints'));
    if (count === null || dig(of, 'namespace') !== service.namespace || dig(of, 'name') !== service.name)
      return [];
    return {
      node,
      said: answer['status'] === 200 ? 'serving' : 'drained',
      localEndpoints: count,
      proxyHealthy: dig(answer, 'body', 'serviceProxyHealthy') !== false,
      evidence: tell(`${String(answer['status'])}, ${JSON.stringify(answer['body'])}`),
    };
  });
}

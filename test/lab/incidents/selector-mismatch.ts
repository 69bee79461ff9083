/** Incident 1: a rollout of v2 moves the pods' label, the Service keeps selecting v1. Every pod stays green. */
import { readyEndpoints } from '../breaking/rollouts.ts';
import type { Kube } from '../kube.ts';
import { until } from '../run.ts';
import {
  caller,
  deployment,
  logged,
  rolledOut,
  webServer,
  type Incident,
  type Note,
  type Played,
} from './incident.ts';

const NAME = 'payment-api';

export const selectorMismatch: Incident = {
  name: 'selector-mismatch',
  title: 'The rollout that left its Service behind',
  about:
    'Payment goes from v1 to v2. The new pods carry `app: payment-api-v2`; the Service still selects ' +
    '`app: payment-api-v1`. The rollout succeeds, every pod is Ready and answers by its own address, and every request ' +
    'to the Service fails, because nothing is behind it any more.',
  play,
};

async function play(kube: Kube, namespace: string, note: (text: string) => Note): Promise<Played> {
  await kube.apply([payment(namespace, 'v1'), service(namespace)]);
  await rolledOut(kube, namespace, NAME);
  await until(
    'the Service to have two ready endpoints',
    30_000,
    async () => (await readyEndpoints(kube, namespace, NAME)) === 2,
  );
  note(`Deployment and Service ${NAME} run v1 with two ready endpoints.`);
  await kube.apply(checkout(namespace));
  await until(
    'checkout to have paid five times',
    60_000,
    async () => (await logged(kube, namespace, 'checkout', 'INFO paid')) >= 5,
  );
  note('checkout calls the Service every two seconds, and every call succeeds.');

  const rollout = note(`v2 is applied: the pods' label changes from app=${NAME}-v1 to app=${NAME}-v2.`);
  await kube.apply(payment(namespace, 'v2'));
  await rolledOut(kube, namespace, NAME);
  note('The rollout is complete: both pods of v2 are Ready.');
  await until(
    'the Service to be empty',
    30_000,
    async () => (await readyEndpoints(kube, namespace, NAME)) === 0,
  );
  note('The Service has no endpoint left.');
  await until(
    'checkout to fail three times',
    60_000,
    async () => (await logged(kube, namespace, 'checkout', 'ERROR')) >= 3,
  );
  note('checkout has logged three failed payments.');

  const service_ = `Service/${namespace}/${NAME}`;
  return {
    root: `service/selector-mismatch:${service_}`,
    chain: [`service/selector-mismatch:${service_}`, `service/no-endpoints:${service_}`],
    // Its client says so from the third refusal on.
    mayShow: [`pod/dependency-unreachable:Deployment/${namespace}/checkout`],
    since: rollout.at,
  };
}

function payment(namespace: string, version: 'v1' | 'v2') {
  return deployment({
    name: NAME,
    namespace,
    replicas: 2,
    labels: { app: `${NAME}-${version}`, version },
    container: webServer,
  });
}

function service(namespace: string) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: NAME, namespace },
    spec: { selector: { app: `${NAME}-v1` }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
}

function checkout(namespace: string) {
  return deployment({
    name: 'checkout',
    namespace,
    replicas: 1,
    labels: { app: 'checkout' },
    container: caller(`${NAME}.${namespace}.svc.cluster.local:80`),
  });
}

/** What the API server refuses: webhooks of every failing kind, policies, quotas; each in its own namespace, one capture. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Finding } from '../../analyze/model/finding.ts';
import type { Verdict } from '../../analyze/model/verdict.ts';
import {
  guard,
  hookServer,
  hookService,
  servingCertificate,
  unguard,
  whenRefused,
} from './breaking/admission.ts';
import { makeNamespace, test } from './fixture.ts';
import { deployment, rolledOut, webServer } from './incidents/incident.ts';
import type { Kube } from './kube.ts';

interface Fault {
  readonly name: string;
  /** Keys from root to the last consequence, the namespace as NS. */
  readonly chain: readonly string[];
  /** What the root's summary must say. */
  readonly says: RegExp;
  /** Breaks the namespace; pods labelled `app: web` are refused in it from then on. */
  make(kube: Kube, namespace: string): Promise<void>;
}

const WEB = ['pod/not-created:Deployment/NS/web', 'service/no-endpoints:Service/NS/web'];
const HOOK = 'platform/webhook:ValidatingWebhookConfiguration/NS';

/** A Deployment `hook` of ready web servers with these labels. */
async function hookPods(
  kube: Kube,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  await kube.apply(deployment({ name: 'hook', namespace, replicas: 1, labels, container: webServer }));
  await rolledOut(kube, namespace, 'hook');
}

const FAULTS: readonly Fault[] = [
  {
    name: 'a webhook whose Service is not there',
    chain: [HOOK, ...WEB],
    says: /Service NS\/hook does not exist/,
    make: guard,
  },
  {
    name: 'a webhook whose server was scaled to zero',
    chain: ['service/scaled-to-zero:Service/NS/hook', 'service/no-endpoints:Service/NS/hook', HOOK, ...WEB],
    says: /Deployment hook is scaled to 0/,
    async make(kube, namespace) {
      await hookPods(kube, namespace, { app: 'hook' });
      await kube.apply(hookService(namespace, { app: 'hook' }, 8080));
      await guard(kube, namespace);
      const hook = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'hook' };
      await kube.patch(hook, { spec: { replicas: 0 } });
    },
  },
  {
    name: "a webhook whose Service's selector has a slip",
    chain: [
      'service/selector-mismatch:Service/NS/hook',
      'service/no-endpoints:Service/NS/hook',
      HOOK,
      ...WEB,
    ],
    says: /hooks/,
    async make(kube, namespace) {
      await hookPods(kube, namespace, { app: 'hooks' });
      await kube.apply(hookService(namespace, { app: 'hook' }, 8080));
      await guard(kube, namespace);
    },
  },
  {
    name: 'a webhook whose server speaks no TLS',
    chain: [HOOK, ...WEB],
    says: /server gave HTTP response to HTTPS client/,
    async make(kube, namespace) {
      await hookPods(kube, namespace, { app: 'hook' });
      await kube.apply(hookService(namespace, { app: 'hook' }, 8080));
      await guard(kube, namespace);
    },
  },
  {
    name: 'a webhook whose certificate is of another CA',
    chain: [HOOK, ...WEB],
    says: /x509: certificate signed by unknown authority/,
    async make(kube, namespace) {
      const [own, other] = await Promise.all([1, 2].map(() => servingCertificate(`hook.${namespace}.svc`)));
      if (own === undefined || other === undefined) throw new Error('no certificate');
      await kube.apply(hookServer(namespace, own));
      await rolledOut(kube, namespace, 'hook');
      await guard(kube, namespace, { ca: other.certificate });
    },
  },
  {
    name: 'a webhook that says no',
    chain: ['platform/admission:Deployment/NS/web', ...WEB],
    says: /denied by the admission webhook guard\.example\.com/,
    async make(kube, namespace) {
      const own = await servingCertificate(`hook.${namespace}.svc`);
      await kube.apply(hookServer(namespace, own));
      await rolledOut(kube, namespace, 'hook');
      await guard(kube, namespace, { ca: own.certificate });
    },
  },
  {
    name: 'a policy that says no',
    chain: ['platform/admission:Deployment/NS/web', ...WEB],
    says: /denied by the admission policy NS/,
    async make(kube, namespace) {
      await kube.apply(policyOf(namespace));
    },
  },
  {
    name: 'a Pod Security level',
    chain: ['platform/admission:Deployment/NS/web', ...WEB],
    says: /breaks the Pod Security level "restricted:latest"/,
    async make(kube, namespace) {
      const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
      await kube.patch({ kind: 'Namespace', name: namespace }, { metadata: { labels } });
    },
  },
  {
    name: 'a quota of one scope, beside one that has room',
    chain: ['platform/quota:ResourceQuota/NS/best-effort', ...WEB],
    says: /best-effort \(of scope BestEffort\) refuses 1 pod .*: requested: pods=1, used: pods=0, limited: pods=0/,
    async make(kube, namespace) {
      await kube.apply([
        quotaOf(namespace, 'best-effort', { hard: { pods: '0' }, scopes: ['BestEffort'] }),
        quotaOf(namespace, 'roomy', { hard: { pods: '10' } }),
      ]);
    },
  },
  {
    name: 'a quota that wants limits which the template lacks',
    chain: ['platform/quota:ResourceQuota/NS/limits', ...WEB],
    says: /must specify limits\.cpu/,
    async make(kube, namespace) {
      await kube.apply(quotaOf(namespace, 'limits', { hard: { 'limits.cpu': '4' } }));
    },
  },
  {
    name: 'a LimitRange beside another that has no say',
    chain: ['platform/quota:LimitRange/NS/small', ...WEB],
    says: /minimum memory usage per Pod is 1Gi/,
    async make(kube, namespace) {
      await kube.apply([
        limitRange(namespace, 'defaults', { type: 'Container', defaultRequest: { cpu: '1m' } }),
        limitRange(namespace, 'small', { type: 'Pod', min: { memory: '1Gi' } }),
      ]);
    },
  },
];

function quotaOf(namespace: string, name: string, spec: object): Parameters<Kube['create']>[0] {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name, namespace }, spec };
}

function limitRange(namespace: string, name: string, limit: object): Parameters<Kube['create']>[0] {
  return { apiVersion: 'v1', kind: 'LimitRange', metadata: { name, namespace }, spec: { limits: [limit] } };
}

const REGISTRATION = 'admissionregistration.k8s.io/v1';

function policyOf(namespace: string): Parameters<Kube['create']>[0][] {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  return [
    {
      apiVersion: REGISTRATION,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: namespace },
      spec: {
        matchConstraints: { resourceRules: [rule] },
        validations: [
          { expression: "'team' in object.metadata.labels", message: 'every pod names its team' },
        ],
      },
    },
    {
      apiVersion: REGISTRATION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: namespace },
      spec: {
        policyName: namespace,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector },
      },
    },
  ];
}

/** A server that is refused, with its Service. */
async function refusedServer(kube: Kube, namespace: string): Promise<void> {
  const labels = { app: 'web' };
  await kube.apply([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 'http' }] },
    },
    deployment({ name: 'web', namespace, replicas: 1, labels, container: webServer }),
  ]);
}

/** Causes of each finding of the chain that are not the one before it, in words; empty when all is as it should be. */
function brokenLinks(verdict: Verdict, chain: readonly string[]): string[] {
  const byKey = new Map(verdict.findings.map((finding): [string, Finding] => [finding.key, finding]));
  return chain.flatMap((key, index) => {
    const finding = byKey.get(key);
    const before = chain[index - 1];
    if (finding === undefined) return [`no finding ${key}`];
    return before === undefined || finding.causes.includes(before) ? [] : [`${key} is not due to ${before}`];
  });
}

test(
  'each refusal is the root of what is missing',
  { timeout: 600_000 },
  async ({ kube, dir, cli, diagnose, onTestFinished }) => {
    const made = FAULTS.map((fault) => ({ ...fault, namespace: `refuse-${randomBytes(4).toString('hex')}` }));
    onTestFinished(async () => {
      for (const { namespace } of made) {
        await unguard(kube, namespace);
        for (const kind of ['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy'])
          await kube.delete({ apiVersion: REGISTRATION, kind, name: namespace });
        await kube.delete({ kind: 'Namespace', name: namespace });
      }
    });
    await Promise.all(
      made.map(async ({ namespace, make }) => {
        await makeNamespace(kube, namespace);
        await make(kube, namespace);
        await whenRefused(kube, namespace);
        await refusedServer(kube, namespace);
      }),
    );
    // A Service without endpoints means nothing in its first half minute.
    await new Promise((resolve) => setTimeout(resolve, 65_000));
    const file = join(dir, 'refused.tar.gz');
    await cli(['capture', '-o', file, '--quiet', ...made.flatMap(({ namespace }) => ['-n', namespace])]);
    const { verdict } = await diagnose(file);
    expect(verdict.errors).toEqual([]);
    const bad = made.flatMap(({ name, namespace, chain, says }) => {
      const own = chain.map((key) => key.replace('NS', namespace));
      const roots = verdict.roots.filter((one) => one.includes(namespace));
      const summary = verdict.findings.find(({ key }) => key === own[0])?.summary.replaceAll(namespace, 'NS');
      const problems = [
        ...(roots.length === 1 && roots[0] === own[0] ? [] : [`roots are ${roots.join(', ')}`]),
        ...(says.test(summary ?? '') ? [] : [`the root says ${summary}`]),
        ...brokenLinks(verdict, own),
      ];
      return problems.length === 0 ? [] : [{ name, problems }];
    });
    expect(bad).toEqual([]);
    expect(verdict.findings.filter(({ confidence }) => confidence === 'possible')).toEqual([]);
  },
);

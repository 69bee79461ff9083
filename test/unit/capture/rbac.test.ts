/** The roles of `inquest rbac`, and the questions of preflight, which come from the same table. */
import { afterEach, describe, expect, it } from 'vitest';
import { preflight } from '../../../capture/preflight.ts';
import { type RbacOptions, rbacDocuments, type Rule } from '../../../capture/rbac.ts';
import { KNOWN_GROUPS, LEVELS, withIncluded } from '../../../capture/rights.ts';
import { type Answer, type FakeApiServer, json, startFakeApiServer } from '../../support/fake-api-server.ts';
import { fakeClient } from '../../support/fake-capture.ts';
import { healthyAnswers } from '../../support/healthy-server.ts';

const plain: RbacOptions = {
  levels: ['port-forward'],
  namespaces: [],
  namespaceOnly: false,
  groups: KNOWN_GROUPS,
  allKinds: false,
  secrets: true,
  name: 'inquest',
  subjects: [],
};

const made = (options: Partial<RbacOptions>) => rbacDocuments({ ...plain, ...options });
const named = (options: Partial<RbacOptions>) =>
  made(options).map(({ object: { kind, metadata } }) => [kind, metadata.namespace, metadata.name].join('/'));
const rulesIn = (options: Partial<RbacOptions>): readonly Rule[] =>
  made(options).flatMap(({ object }) => object.rules ?? []);
const gives = (options: Partial<RbacOptions>, resource: string, verb: string): boolean =>
  rulesIn(options).some(({ resources, verbs }) => resources?.includes(resource) && verbs.includes(verb));

describe('roles', () => {
  it('never hold get on a *, which would be exec, nor a verb that writes below its level', () => {
    for (const level of LEVELS) {
      for (const { resources, verbs } of rulesIn({ levels: [level] })) {
        expect(resources?.includes('*') === true ? verbs : ['list']).toEqual(['list']);
        expect(verbs.filter((verb) => ['update', 'delete', '*'].includes(verb))).toEqual([]);
      }
    }
    expect(rulesIn({ levels: ['read'] }).flatMap(({ verbs }) => verbs)).not.toContain('create');
  });

  it.each([
    ['port-forward', 'pods/portforward', 'create'],
    ['kubelet', 'nodes/proxy', 'get'],
    ['exec', 'pods/exec', 'get'],
    ['exec', 'pods/exec', 'create'],
    ['debug-pod', 'pods/ephemeralcontainers', 'patch'],
  ] as const)('of level %s give %s', (level, resource, verb) => {
    for (const other of LEVELS) {
      expect([other, gives({ levels: [other] }, resource, verb)]).toEqual([
        other,
        withIncluded([other]).includes(level),
      ]);
    }
  });

  it('keep Secrets in a role of their own, which can be left out', () => {
    const [whole, secrets] = made({});
    expect(whole?.object.rules?.some(({ resources }) => resources?.includes('secrets'))).toBe(false);
    expect(secrets?.object).toMatchObject({
      metadata: { name: 'inquest-secrets' },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }],
    });
    expect(gives({ secrets: false }, 'secrets', 'list')).toBe(false);
  });

  it('of a namespace come with what lies beside it, unless told not to', () => {
    expect(named({ namespaces: ['shop'] })).toEqual([
      'Role/shop/inquest',
      'Role/shop/inquest-secrets',
      'Role/kube-system/inquest-dns',
      'ClusterRole//inquest-cluster',
    ]);
    expect(named({ namespaces: ['shop'], namespaceOnly: true })).toEqual([
      'Role/shop/inquest',
      'Role/shop/inquest-secrets',
    ]);
    // What is said for the cluster beside a namespace never lists the pods of others.
    const beside = made({ namespaces: ['shop'] }).at(-1)?.object.rules ?? [];
    expect(beside.some(({ apiGroups }) => apiGroups?.includes('apps'))).toBe(false);
    expect(beside.some(({ resources }) => resources?.includes('pods'))).toBe(false);
  });

  it('are bound to whoever is named', () => {
    const subjects = [
      { kind: 'User', name: 'jane' },
      { kind: 'ServiceAccount', name: 'inquest', namespace: 'ops' },
    ] as const;
    const binding = made({ subjects })[1]?.object;
    expect(binding).toMatchObject({
      kind: 'ClusterRoleBinding',
      roleRef: { kind: 'ClusterRole', name: 'inquest' },
      subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }, subjects[1]],
    });
  });
});

describe('preflight', () => {
  let server: FakeApiServer | undefined;
  afterEach(() => server?.close());

  interface Asked {
    readonly verb: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
  }

  async function found(
    allowed: (asked: Asked) => boolean,
    options: Partial<Parameters<typeof preflight>[1]>,
  ) {
    const review: Answer = (request, response, count) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { spec } = JSON.parse(Buffer.concat(chunks).toString());
        const asked: Asked = spec.resourceAttributes ?? spec.nonResourceAttributes;
        json({ status: { allowed: allowed(asked) } })(request, response, count);
      });
    };
    server = await startFakeApiServer({
      ...healthyAnswers(),
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': review,
    });
    const { api, connection } = await fakeClient(server.url);
    const result = await preflight(api, {
      server: server.url,
      signal: AbortSignal.timeout(5000),
      ...options,
    });
    connection.close();
    return result;
  }

  it('tells what is given in the own namespace alone from what is given nowhere', async () => {
    const { missing, onlyHere } = await found(
      ({ namespace, resource }) => namespace === 'shop' && resource === 'pods',
      { homeNamespace: 'shop' },
    );
    expect(onlyHere).toContain('pods');
    expect(missing).toContain('Services');
    expect(missing).toContain('nodes');
    expect(missing).not.toContain('pods');
  });

  it('asks for exec only when it is allowed, and for both of its verbs', async () => {
    const noCreate = ({ verb }: Asked): boolean => verb !== 'create';
    expect((await found(noCreate, {})).denied).toEqual([]);
    expect((await found(noCreate, { allowExec: true })).denied).toEqual([
      'run programs in containers (get and create pods/exec)',
    ]);
  });
});

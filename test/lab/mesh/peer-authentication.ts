/** Istio's own kind for who demands mutual TLS, as far as an API server needs to know it. */
import type { KubeObject } from '../kube.ts';

/** The CustomResourceDefinition, in the names of istio.io/api. */
export const PEER_AUTHENTICATIONS: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'peerauthentications.security.istio.io' },
  spec: {
    group: 'security.istio.io',
    scope: 'Namespaced',
    names: {
      kind: 'PeerAuthentication',
      listKind: 'PeerAuthenticationList',
      plural: 'peerauthentications',
      singular: 'peerauthentication',
      shortNames: ['pa'],
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
};

/** Demands mutual TLS of all that call pods of the namespace. */
export const STRICT: KubeObject = {
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name: 'default' },
  spec: { mtls: { mode: 'STRICT' } },
};

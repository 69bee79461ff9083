/** What containerd, CRI-O, Docker and registries answer to a pull, in their own words. */
import { describe, expect, it } from 'vitest';
import { pullFailure, type PullFailure } from '../../../analyze/facts/pods/pull-failures.ts';

type Answer = readonly [kind: PullFailure['kind'], message: string];

const UNPACK = 'rpc error: code = Unknown desc = failed to pull and unpack image "docker.io/acme/app:9": ';
const RESOLVE = `${UNPACK}failed to resolve reference "docker.io/acme/app:9": `;
const HEAD = `${RESOLVE}failed to do request: Head "https://registry.example/v2/acme/app/manifests/9": `;

const CONTAINERD: readonly Answer[] = [
  ['not-found', `${RESOLVE}docker.io/acme/app:9: not found`],
  [
    'not-found',
    `${UNPACK}failed to copy: httpReadSeeker: failed open: unexpected status code https://registry.example/v2/acme/app/blobs/sha256:1: 404 Not Found`,
  ],
  [
    'denied',
    `${RESOLVE}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
  ],
  [
    'denied',
    `${RESOLVE}failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://auth.docker.io/token?scope=repository%3Aacme%2Fapp%3Apull: 401 Unauthorized`,
  ],
  [
    'denied',
    `${RESOLVE}failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?service=ghcr.io: 403 Forbidden`,
  ],
  [
    'denied',
    `${RESOLVE}failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://acme.azurecr.io/oauth2/token: 401 Unauthorized`,
  ],
  [
    'denied',
    `${RESOLVE}unexpected status from HEAD request to https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/app/manifests/9: 403 Forbidden`,
  ],
  [
    'denied',
    `${RESOLVE}pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`,
  ],
  [
    'rate-limit',
    `${UNPACK}failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/nginx/manifests/sha256:1: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit`,
  ],
  [
    'server',
    `${RESOLVE}unexpected status from HEAD request to https://registry.example/v2/acme/app/manifests/9: 503 Service Unavailable`,
  ],
  [
    'server',
    `${RESOLVE}unexpected status from HEAD request to https://registry.example/v2/acme/app/manifests/9: 500 Internal Server Error`,
  ],
  ['dns', `${HEAD}dial tcp: lookup registry.example on 10.0.0.2:53: no such host`],
  [
    'dns',
    `${HEAD}dial tcp: lookup registry.example on 10.0.0.2:53: read udp 10.0.0.9:4711->10.0.0.2:53: i/o timeout`,
  ],
  [
    'dns',
    `${HEAD}dial tcp: lookup registry.example on [::1]:53: read udp [::1]:4711->[::1]:53: read: connection refused`,
  ],
  ['dns', `${HEAD}dial tcp: lookup registry.example: Temporary failure in name resolution`],
  ['timeout', `${HEAD}dial tcp 203.0.113.9:443: i/o timeout`],
  ['timeout', `${HEAD}net/http: TLS handshake timeout`],
  [
    'timeout',
    'rpc error: code = DeadlineExceeded desc = failed to pull and unpack image "docker.io/acme/app:9": context deadline exceeded',
  ],
  [
    'timeout',
    'rpc error: code = Canceled desc = failed to pull and unpack image "docker.io/acme/app:9": failed to copy: context canceled',
  ],
  ['refused', `${HEAD}dial tcp 203.0.113.9:443: connect: connection refused`],
  ['refused', `${HEAD}dial tcp 203.0.113.9:443: connect: no route to host`],
  [
    'refused',
    `${UNPACK}failed to copy: read tcp 10.0.0.9:4711->203.0.113.9:443: read: connection reset by peer`,
  ],
  ['refused', `${HEAD}EOF`],
  ['refused', `${UNPACK}failed to copy: short read: expected 3626897 bytes but got 131072: unexpected EOF`],
  ['proxy', `${HEAD}proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused`],
  ['proxy', `${HEAD}proxyconnect tcp: dial tcp: lookup proxy.example on 10.0.0.2:53: no such host`],
  ['proxy', `${HEAD}Proxy Authentication Required`],
  ['tls', `${HEAD}http: server gave HTTP response to HTTPS client`],
  ['tls', `${HEAD}tls: failed to verify certificate: x509: certificate signed by unknown authority`],
  [
    'tls',
    `${HEAD}tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-05-01T14:00:00Z is after 2026-04-30T00:00:00Z`,
  ],
  ['tls', `${HEAD}remote error: tls: handshake failure`],
  ['tls', `${HEAD}tls: first record does not look like a TLS handshake`],
  ['platform', `${UNPACK}no match for platform in manifest sha256:12ab: not found`],
  [
    'disk',
    `${UNPACK}failed to extract layer (application/vnd.oci.image.layer.v1.tar+gzip sha256:12) to overlayfs as "extract-1": write /var/lib/containerd/x: no space left on device`,
  ],
  [
    'corrupt',
    `${UNPACK}failed commit on ref "layer-sha256:12": unexpected commit digest sha256:34, expected sha256:12: failed precondition`,
  ],
  [
    'corrupt',
    `${UNPACK}failed to extract layer (application/vnd.oci.image.layer.v1.tar+gzip sha256:12) to overlayfs as "extract-1": gzip: invalid header`,
  ],
  [
    'format',
    `${UNPACK}failed to unpack image on snapshotter overlayfs: unexpected media type text/html for sha256:12: not found`,
  ],
  [
    'format',
    `${RESOLVE}not implemented: media type "application/vnd.docker.distribution.manifest.v1+prettyjws" is no longer supported since containerd v2.1, please rebuild the image as "application/vnd.docker.distribution.manifest.v2+json"`,
  ],
  [
    'policy',
    `${UNPACK}image verifier cosign blocked pull of docker.io/acme/app:9 with digest sha256:12 for reason: no signatures found`,
  ],
];

const CRIO: readonly Answer[] = [
  [
    'not-found',
    'initializing source docker://docker.io/acme/app:9: reading manifest 9 in docker.io/acme/app: manifest unknown',
  ],
  [
    'not-found',
    'initializing source docker://registry.example/acme/app:9: reading manifest 9 in registry.example/acme/app: name unknown: repository name not known to registry',
  ],
  [
    'denied',
    'initializing source docker://docker.io/acme/app:9: reading manifest 9 in docker.io/acme/app: requested access to the resource is denied',
  ],
  [
    'denied',
    'initializing source docker://quay.io/acme/app:9: reading manifest 9 in quay.io/acme/app: unauthorized: access to the requested resource is not authorized',
  ],
  [
    'denied',
    'initializing source docker://docker.io/acme/app:9: unable to retrieve auth token: invalid username/password: unauthorized: incorrect username or password',
  ],
  [
    'rate-limit',
    'initializing source docker://nginx:1: reading manifest 1 in docker.io/library/nginx: toomanyrequests: You have reached your unauthenticated pull rate limit.',
  ],
  [
    'short-name',
    'short-name "nginx" did not resolve to an alias and no unqualified-search registries are defined in "/etc/containers/registries.conf"',
  ],
  ['short-name', 'short name mode is enforcing, but image name nginx:1 returns ambiguous list'],
  [
    'platform',
    'choosing an image from manifest list docker://docker.io/acme/app:9: no image found in image index for architecture "arm64", variant "v8", OS "linux"',
  ],
  [
    'dns',
    'pinging container registry registry.example: Get "https://registry.example/v2/": dial tcp: lookup registry.example on 10.0.0.2:53: no such host',
  ],
  [
    'timeout',
    'pinging container registry registry.example: Get "https://registry.example/v2/": dial tcp 203.0.113.9:443: i/o timeout',
  ],
  [
    'server',
    'initializing source docker://registry.example/acme/app:9: pinging container registry registry.example: received unexpected HTTP status: 503 Service Unavailable',
  ],
  [
    'disk',
    'copying system image from manifest list: writing blob: storing blob to file "/var/tmp/container_images_storage1/1": write /var/tmp/container_images_storage1/1: no space left on device',
  ],
  ['policy', 'Source image rejected: A signature was required, but no signature exists'],
  [
    'policy',
    'Source image rejected: Running image docker://registry.example/acme/app:9 is rejected by policy.',
  ],
  ['name', 'parsing image configuration: invalid reference format'],
];

/** Docker, and registries that hand on their own words. */
const OTHERS: readonly Answer[] = [
  [
    'not-found',
    'Error response from daemon: manifest for acme/app:9 not found: manifest unknown: manifest unknown',
  ],
  [
    'denied',
    "Error response from daemon: pull access denied for acme/app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  ],
  ['platform', 'no matching manifest for linux/arm64/v8 in the manifest list entries'],
  [
    'timeout',
    'Error response from daemon: Get "https://registry.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  ],
  ['server', 'Error response from daemon: received unexpected HTTP status: 502 Bad Gateway'],
  ['corrupt', 'filesystem layer verification failed for digest sha256:12'],
  ['expired', 'denied: Your authorization token has expired. Reauthenticate and try again.'],
  [
    'not-found',
    "name unknown: The repository with name 'acme/app' does not exist in the registry with id '123456789012'",
  ],
  ['not-found', 'manifest unknown: Requested image not found'],
  [
    'denied',
    'denied: Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "projects/acme/locations/europe/repositories/app" (or it may not exist)',
  ],
  [
    'denied',
    'denied: Unauthenticated request. Unauthenticated requests do not have permission "artifactregistry.repositories.downloadArtifacts" on resource',
  ],
  [
    'firewall',
    "denied: client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
  ],
  [
    'denied',
    'unauthorized: unauthorized to access repository: lib/app, action: pull: unauthorized to access repository: lib/app, action: pull',
  ],
  [
    'policy',
    'unexpected status from HEAD request to https://harbor.example/v2/lib/app/manifests/9: 412 Precondition Failed',
  ],
  ['denied', 'denied: denied'],
  ['denied', 'denied: access forbidden'],
  ['kubelet-limit', 'pull QPS exceeded'],
];

describe.each([
  ['containerd', CONTAINERD],
  ['CRI-O', CRIO],
  ['Docker and registries', OTHERS],
])('%s', (_, answers) => {
  it.each(answers)('%s: %s', (kind, message) => {
    expect(pullFailure('ErrImagePull', [message]).kind).toBe(kind);
    const back = `Back-off pulling image "docker.io/acme/app:9": ErrImagePull: ${message}`;
    expect(pullFailure('ImagePullBackOff', [back]).kind).toBe(kind);
  });
});

it.each<[PullFailure['kind'], string, string]>([
  ['never', 'ErrImageNeverPull', 'Container image "app:9" is not present with pull policy of Never'],
  [
    'name',
    'InvalidImageName',
    'Failed to apply default image tag "A:B:C": couldn\'t parse image name "A:B:C": invalid reference format: repository name (library/A) must be lowercase',
  ],
  [
    'server',
    'RegistryUnavailable',
    'image pull failed for registry.example/acme/app:9 because the registry is unavailable: 503',
  ],
  [
    'policy',
    'SignatureValidationFailed',
    'image pull failed for registry.example/acme/app:9 because the signature validation failed: Source image rejected',
  ],
  [
    'short-name',
    'ImageInspectError',
    'Failed to inspect image "": rpc error: code = Unknown desc = short name mode is enforcing, but image name nginx:1 returns ambiguous list',
  ],
  [
    'other',
    'ImageInspectError',
    'Failed to inspect image "docker.io/acme/app:9": rpc error: code = Unavailable desc = transport is closing',
  ],
])('%s, %s: %s', (kind, reason, message) => {
  expect(pullFailure(reason, [message]).kind).toBe(kind);
});

it.each([
  'Back-off pulling image "registry.example/team/unauthorized-app:not-found"',
  'Back-off pulling image "registry.example/denied/timeout:x509"',
])('reads nothing into the name of an image: %s', (message) => {
  expect(pullFailure('ImagePullBackOff', [message]).kind).toBe('other');
});

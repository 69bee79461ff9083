/**
 * An ephemeral container in a pod whose images have no tool (`pods/ephemeralcontainers`): the one thing that a capture
 * ever puts into a cluster, only when told to, and told before. It sleeps for a while and ends; its entry stays.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { asRecord, type JsonRecord } from '../../src/core/json.ts';
import type { CollectorContext } from '../collector.ts';
import { ApiFailure, failureOf } from '../failure.ts';
import { listOf, textOf } from '../network/read.ts';

const PREFIX = 'inquest-debug-';
const START_MS = 20_000;
const POLL_MS = 500;
/** It ends by itself, long after any capture of it. */
const LIVES_SECONDS = 600;
/** Waiting for these is waiting for ever (kubelet's `images` and `kuberuntime` error reasons). */
const HOPELESS =
  /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|ImageInspectError|RegistryUnavailable|CreateContainerConfigError|CreateContainerError|RunContainerError)$/;

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The name of a container of this image that runs in the pod: one that an earlier capture left, or a new one.
 * @throws ApiFailure when it is refused, cannot be pulled, or does not run within its time.
 */
export async function debugContainer(
  context: CollectorContext,
  pod: PodName,
  image: string,
): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}`;
  const before = await ours(context, path, image);
  if (before !== undefined) return before;
  const name = `${PREFIX}${randomBytes(4).toString('hex')}`;
  await context.api.json({
    method: 'PATCH',
    path: `${path}/ephemeralcontainers`,
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: { spec: { ephemeralContainers: [containerOf(name, image)] } },
    signal: context.signal,
  });
  const deadline = Date.now() + Math.min(START_MS, context.budget.left());
  for (;;) {
    const state = stateOf(await podAt(context, path), name);
    if (state['running'] !== undefined) return name;
    const why = asRecord(state['terminated'] ?? state['waiting']);
    const words = `${textOf(why['reason'])}: ${textOf(why['message'])}`.slice(0, 500);
    if (state['terminated'] !== undefined || HOPELESS.test(textOf(why['reason']))) {
      throw new ApiFailure('unavailable', `the ephemeral container of ${image} does not run: ${words}`);
    }
    if (Date.now() > deadline) {
      throw new ApiFailure('timeout', `the ephemeral container of ${image} does not run yet: ${words}`);
    }
    await sleep(POLL_MS, undefined, { signal: context.signal }).catch((error: unknown) => {
      throw failureOf(context.signal.reason ?? error);
    });
  }
}

/** As little as the strictest Pod Security level asks for: it only reads `/proc/net` and connects. */
function containerOf(name: string, image: string): JsonRecord {
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['sleep', String(LIVES_SECONDS)],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      runAsNonRoot: true,
      runAsUser: 65_534,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

async function podAt(context: CollectorContext, path: string): Promise<JsonRecord> {
  return asRecord(await context.api.json({ path, signal: context.signal, limitMs: 5000 }));
}

async function ours(context: CollectorContext, path: string, image: string): Promise<string | undefined> {
  const pod = await podAt(context, path);
  const names = listOf(asRecord(pod['spec'])['ephemeralContainers'])
    .filter((one) => textOf(one['image']) === image && textOf(one['name']).startsWith(PREFIX))
    .map((one) => textOf(one['name']));
  return names.find((name) => stateOf(pod, name)['running'] !== undefined);
}

function stateOf(pod: JsonRecord, name: string): JsonRecord {
  const statuses = listOf(asRecord(pod['status'])['ephemeralContainerStatuses']);
  return asRecord(statuses.find((one) => one['name'] === name)?.['state']);
}

/** Bundles of any size, through the real writer, for measuring: realistic pods and CoreDNS log lines, deterministic. */
import { createBundleWriter } from '../../src/bundle/writer.ts';
import { listRecordPath, logPath, resourcePartPath } from '../../src/bundle/paths.ts';
import { formatTime, parseTime } from '../../src/core/time.ts';

export interface BundleSize {
  readonly pods: number;
  readonly logLines: number;
  /** Bytes of one pod's JSON, about; real ones with managedFields are 5 to 7 KB. */
  readonly podBytes?: number;
}

const STARTED = '2026-05-01T14:30:00Z';
const ENDED = '2026-05-01T14:30:30Z';
const PART_BYTES = 1 << 20;
const LOG_PART_LINES = 10_000;
const BEGAN = (parseTime(STARTED) ?? 0) - 3600 * 1_000_000;

/** Writes a bundle of that size to `file`; resolves to the bytes of evidence in it. */
export async function generateBundle(file: string, size: BundleSize): Promise<number> {
  const writer = await createBundleWriter({
    file,
    flushAfterMs: 0,
    header: {
      format: 'inquest-bundle/1',
      id: 'bench',
      tool: { name: 'inquest', version: '0.0.0' },
      cluster: { name: 'bench', version: 'v1.36.3' },
      scope: { sinceSeconds: 3600, timeoutSeconds: 60 },
      startedAt: STARTED,
      redaction: { mode: 'default' },
    },
  });
  const add = async (path: string, body: string): Promise<void> => {
    await writer.add(path, body);
  };
  await addPods(add, size.pods, size.podBytes ?? 6600);
  await addServices(add, Math.max(1, Math.floor(size.pods / 50)));
  await addLogs(add, size.logLines);
  const summary = await writer.finish({
    end: 'complete',
    endedAt: ENDED,
    collectors: [],
    gaps: [],
    redactions: {},
  });
  return summary.inflated;
}

type Add = (path: string, body: string) => Promise<void>;

async function addList(
  add: Add,
  kind: string,
  plural: string,
  count: number,
  row: (index: number) => string,
): Promise<void> {
  const of = { group: '', version: 'v1', plural };
  let part = 1;
  let rows: string[] = [];
  let bytes = 0;
  for (let index = 0; index < count; index += 1) {
    const text = row(index);
    rows.push(text);
    bytes += text.length + 1;
    if (bytes < PART_BYTES && index < count - 1) continue;
    await add(resourcePartPath(of, part), `${rows.join('\n')}\n`);
    part += 1;
    rows = [];
    bytes = 0;
  }
  await add(
    listRecordPath(of),
    JSON.stringify({
      ...of,
      kind,
      namespaced: true,
      outcome: 'complete',
      items: count,
      startedAt: STARTED,
      endedAt: ENDED,
    }),
  );
}

/** Names that repeat as real ones do: some namespaces, workloads of a few pods. */
function podNames(index: number): { namespace: string; app: string; name: string } {
  const app = `app-${Math.floor(index / 20)}`;
  return {
    namespace: `team-${Math.floor(index / 500)}`,
    app,
    name: `${app}-7d9f8b6c5-${((index * 2_654_435_761) % 60_466_176).toString(36).padStart(5, '0')}`,
  };
}

async function addPods(add: Add, count: number, podBytes: number): Promise<void> {
  const filler = 'x'.repeat(64);
  await addList(add, 'Pod', 'pods', count, (index) => {
    const pod = podOf(index);
    const short = podBytes - JSON.stringify(pod).length;
    const env = Array.from({ length: Math.max(0, Math.floor(short / 96)) }, (_, nth) => ({
      name: `SETTING_${nth}`,
      value: `${filler}${index}`,
    }));
    const [container] = pod.spec.containers;
    return JSON.stringify({ ...pod, spec: { ...pod.spec, containers: [{ ...container, env }] } });
  });
}

function podOf(index: number) {
  const { namespace, app, name } = podNames(index);
  const hash = '7d9f8b6c5';
  const at = formatTime(BEGAN + (index % 3000) * 1_000_000, 0);
  const ip = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  const condition = (type: string) => ({
    type,
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: at,
    observedGeneration: 1,
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      resourceVersion: String(1_000_000 + index),
      creationTimestamp: at,
      generateName: `${app}-${hash}-`,
      labels: {
        app,
        'app.kubernetes.io/name': app,
        'app.kubernetes.io/part-of': namespace,
        'pod-template-hash': hash,
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${app}-${hash}`,
          uid: `rs-${app}`,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: ['kube-controller-manager', 'kubelet'].map((manager) => ({
        manager,
        operation: 'Update',
        apiVersion: 'v1',
        time: at,
        fieldsType: 'FieldsV1',
        ...(manager === 'kubelet' ? { subresource: 'status' } : {}),
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} } },
          'f:spec': {
            'f:containers': { 'k:{"name":"main"}': { '.': {}, 'f:image': {}, 'f:ports': {}, 'f:env': {} } },
          },
          'f:status': {
            'f:conditions': { 'k:{"type":"Ready"}': { 'f:status': {}, 'f:lastTransitionTime': {} } },
            'f:podIP': {},
          },
        },
      })),
    },
    spec: {
      nodeName: `node-${index % 500}`,
      serviceAccountName: 'default',
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      containers: [
        {
          name: 'main',
          image: `registry.internal/${app}:1.4.2`,
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          readinessProbe: {
            httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' },
            periodSeconds: 10,
            failureThreshold: 3,
          },
          resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      hostIP: '172.16.0.1',
      startTime: at,
      qosClass: 'Burstable',
      conditions: [
        'PodReadyToStartContainers',
        'Initialized',
        'Ready',
        'ContainersReady',
        'PodScheduled',
      ].map(condition),
      containerStatuses: [
        {
          name: 'main',
          ready: true,
          started: true,
          restartCount: index % 97 === 0 ? 1 : 0,
          image: `registry.internal/${app}:1.4.2`,
          imageID: `sha256:${'0'.repeat(64)}`,
          containerID: `containerd://${'1'.repeat(64)}`,
          lastState: {},
          state: { running: { startedAt: at } },
        },
      ],
    },
  };
}

async function addServices(add: Add, count: number): Promise<void> {
  await addList(add, 'Service', 'services', count, (index) => {
    const { namespace, app } = podNames(index * 20);
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: app, namespace, uid: `svc-${index}`, creationTimestamp: formatTime(BEGAN, 0) },
      spec: {
        type: 'ClusterIP',
        clusterIP: `10.96.${(index >> 8) & 255}.${index & 255}`,
        selector: { app },
        ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
      },
    });
  });
}

async function addLogs(add: Add, count: number): Promise<void> {
  const replicas = 4;
  for (let from = 0, nth = 0; from < count; from += LOG_PART_LINES, nth += 1) {
    const lines: string[] = [];
    for (let index = from; index < Math.min(count, from + LOG_PART_LINES); index += 1)
      lines.push(logLine(index, count));
    const replica = nth % replicas;
    await add(
      logPath({
        namespace: 'kube-system',
        pod: `coredns-6f6b679f8f-${replica}`,
        container: 'coredns',
        previous: false,
        part: Math.floor(nth / replicas) + 1,
      }),
      `${lines.join('\n')}\n`,
    );
  }
}

function logLine(index: number, count: number): string {
  const at = BEGAN + Math.floor((index * 3600 * 1_000_000) / count);
  const stamp = `${formatTime(at, 6).slice(0, -1)}${String(index % 1000).padStart(3, '0')}Z`;
  const { namespace, app } = podNames((index * 7919) % 50_000);
  const denied = index % 5 === 0;
  const name = denied
    ? `${app}.${namespace}.svc.cluster.local.${namespace}.svc.cluster.local.`
    : `${app}.${namespace}.svc.cluster.local.`;
  const client = `10.${(index >> 7) & 7}.${(index >> 3) & 255}.${index & 255}:${30_000 + (index % 30_000)}`;
  return `${stamp} [INFO] ${client} - ${index % 65_536} "${index % 2 === 0 ? 'A' : 'AAAA'} IN ${name} udp ${40 + name.length} false 1232" ${denied ? 'NXDOMAIN qr,aa,rd 165' : 'NOERROR qr,aa,rd 132'} 0.000${100 + (index % 899)}251s`;
}

/** A cluster written down a line an object, as one would list it; every line becomes what an API server serves for it. */
import type { KubeObject } from '../evidence.ts';
import { at, HEADLESS, leaseOf, node, object, service, turned, type Fields } from './objects.ts';
import { daemonSet, deployment, pod, statefulSet, staticPod, type Made } from './pods.ts';

/** The words of a line, by what they begin with. */
interface Line {
  readonly kind: string;
  readonly path: string;
  /** `k=v`: labels of pods and nodes, the selector of a Service. */
  readonly pairs: Readonly<Record<string, string>>;
  /** `@1,2`, `@*`, `@-`, `@name`: nodes, by their place among the lines or by name. */
  readonly on: readonly string[];
  /** `+name`, and the ports behind it; ports before any are the container's `main`. */
  readonly containers: Fields[];
  readonly ports: Fields[];
  /** `!host`, `!headless`, `!NodePort`. */
  readonly flags: ReadonlySet<string>;
  /** `label:k=v`, `annotation:k=v`, `owner:Kind=name`, `taint:key=value:Effect`, `condition:Type=Status`. */
  readonly more: ReadonlyArray<readonly [string, string, string]>;
}

const PORT = /^([\w-]*):(\d+)(?:>([\w-]+))?(?:\/(UDP|TCP))?$/;
const MORE = /^(label|annotation|owner|taint|condition|host):([^=]+)=?(.*)$/;

function read(line: string, nodes: readonly string[]): Line {
  const [kind = '', path = '', ...words] = line.trim().split(/\s+/);
  const pairs: Record<string, string> = {};
  const [containers, ports, flags, more]: [Fields[], Fields[], Set<string>, Array<[string, string, string]>] =
    [[], [], new Set(), []];
  let on: string[] = nodes.slice(0, 1);
  let own: Fields[] | undefined;
  for (const word of words) {
    const [, name = '', number = '', target, protocol = 'TCP'] = PORT.exec(word) ?? [];
    const extra = MORE.exec(word);
    if (number !== '') {
      const port =
        kind === 'service'
          ? servicePort(name, Number(number), target, protocol)
          : { containerPort: Number(number), protocol, ...(name === '' ? {} : { name }) };
      (own ?? ports).push(port);
    } else if (extra !== null) more.push([extra[1] ?? '', extra[2] ?? '', extra[3] ?? '']);
    else if (word.startsWith('+'))
      containers.push({
        name: word.slice(1),
        image: `registry.example/${word.slice(1)}:1`,
        ports: (own = []),
      });
    else if (word.startsWith('!')) flags.add(word.slice(1));
    else if (word.startsWith('@'))
      on =
        word === '@*'
          ? [...nodes]
          : word === '@-'
            ? []
            : word
                .slice(1)
                .split(',')
                .map((one) => (/^\d+$/.test(one) ? (nodes[Number(one) - 1] ?? nodes[0] ?? one) : one));
    else pairs[word.slice(0, word.indexOf('='))] = word.slice(word.indexOf('=') + 1);
  }
  return { kind, path, pairs, on, containers, ports, flags, more };
}

function servicePort(name: string, port: number, target: string | undefined, protocol: string): Fields {
  const to = target === undefined ? port : /^\d+$/.test(target) ? Number(target) : target;
  return { port, targetPort: to, protocol, ...(name === '' ? {} : { name }) };
}

const allOf = ({ more }: Line, what: string): Record<string, string> =>
  Object.fromEntries(more.flatMap(([kind, key, value]) => (kind === what ? [[key, value]] : [])));

function madeOf(line: Line): Made {
  const { pairs, on, containers, ports, flags } = line;
  return {
    on,
    ...(Object.keys(pairs).length === 0 ? {} : { labels: pairs }),
    ...(containers.length === 0 ? { ports } : { containers }),
    host: flags.has('host'),
    annotations: allOf(line, 'annotation'),
    own: ownedBy(line),
  };
}

/** `owner:Kind=name`: an operator's resource; its group is of no account here. */
function ownedBy(line: Line): Fields {
  const [owner] = Object.entries(allOf(line, 'owner'));
  return owner === undefined
    ? {}
    : {
        ownerReferences: [
          { apiVersion: 'operator.example/v1', kind: owner[0], name: owner[1], uid: 'u', controller: true },
        ],
      };
}

function nodeOf(line: Line): KubeObject[] {
  return node(line.path, {
    labels: line.pairs,
    taints: line.more.flatMap(([what, key, rest]) => {
      if (what !== 'taint') return [];
      const [value = '', effect = ''] = rest.includes(':') ? rest.split(':') : ['', rest];
      return [{ key, effect, ...(value === '' ? {} : { value }) }];
    }),
    conditions: Object.entries(allOf(line, 'condition')).map(([type, status]) =>
      turned(type, status, `No${type}`),
    ),
    ...(line.flags.has('no-lease') ? { lease: null } : {}),
  });
}

/** A pod that has done its work, as the kubelet leaves it. */
function donePod(line: Line): KubeObject {
  const ended = at('08:01:20');
  const state = {
    terminated: { exitCode: 0, reason: 'Completed', startedAt: at('08:01:00'), finishedAt: ended },
  };
  return pod(line.path, {
    ...madeOf(line),
    metadata: ownedBy(line),
    node: line.on[0] ?? '',
    conditions: ['Ready', 'ContainersReady'].map((type) => turned(type, 'False', 'PodCompleted', '08:01:20')),
    status: {
      phase: 'Succeeded',
      containerStatuses: [{ name: 'main', ready: false, restartCount: 0, started: false, state }],
    },
  });
}

function doneJob({ path, pairs, on }: Line): KubeObject[] {
  const name = path.split('/')[1] ?? '';
  const labels = { ...pairs, 'batch.kubernetes.io/job-name': name, 'job-name': name };
  return [
    object('batch/v1', 'Job', path, {
      spec: { completions: 1, backoffLimit: 6, template: { metadata: { labels }, spec: {} } },
      status: {
        succeeded: 1,
        conditions: ['SuccessCriteriaMet', 'Complete'].map((type) =>
          turned(type, 'True', 'CompletionsReached', '08:01:20'),
        ),
      },
    }),
    donePod({ ...read(`done ${path}-x7k2p owner:Job=${name}`, on), pairs: labels }),
  ];
}

function serviceOf(line: Line): KubeObject {
  const { pairs, flags, ports } = line;
  const type = ['NodePort', 'LoadBalancer', 'ExternalName'].find((one) => flags.has(one));
  const made = service(
    line.path,
    Object.keys(pairs).length === 0 ? undefined : pairs,
    ports,
    {
      ...(flags.has('headless') ? HEADLESS : {}),
      ...(type === undefined ? {} : { type }),
      ...(flags.has('publish') ? { publishNotReadyAddresses: true } : {}),
      ...(flags.has('local') ? { internalTrafficPolicy: 'Local' } : {}),
    },
    { labels: allOf(line, 'label'), annotations: allOf(line, 'annotation') },
  );
  return type === 'LoadBalancer'
    ? { ...made, status: { loadBalancer: { ingress: [{ ip: '192.168.0.240', ipMode: 'VIP' }] } } }
    : made;
}

/** Addresses that a controller other than Kubernetes' own keeps for a Service without a selector: `kept ns/name host:ADDRESS name:port`. */
function keptSlice(line: Line): KubeObject {
  return object('discovery.k8s.io/v1', 'EndpointSlice', line.path, {
    metadata: {
      generation: 3,
      labels: {
        'kubernetes.io/service-name': line.path.split('/')[1],
        'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      },
    },
    addressType: 'IPv4',
    endpoints: Object.keys(allOf(line, 'host')).map((address) => ({
      addresses: [address],
      conditions: { ready: true },
    })),
    ports: line.ports.map(({ containerPort, protocol, name }) => ({
      name: name ?? '',
      port: containerPort,
      protocol,
    })),
  });
}

const KINDS: Readonly<Record<string, (line: Line) => KubeObject | readonly KubeObject[]>> = {
  node: nodeOf,
  daemon: (line) => daemonSet(line.path, madeOf(line)),
  deploy: (line) => deployment(line.path, madeOf(line)),
  stateful: (line) => statefulSet(line.path, madeOf(line)),
  static: (line) => line.on.map((on) => staticPod(line.path, on, { labels: line.pairs })),
  pod: (line) => pod(line.path, { ...madeOf(line), metadata: ownedBy(line), node: line.on[0] ?? '' }),
  done: donePod,
  job: doneJob,
  service: serviceOf,
  kept: keptSlice,
  lease: ({ path, pairs }) => leaseOf(path, pairs['renewed'] ?? '14:29:58', Number(pairs['seconds'] ?? 15)),
};

/** Reads lines such as `deploy shop/api @1,2 app=api http:8080` and `service shop/api app=api http:80>http`; `#` begins a remark. */
export function inventory(text: string): KubeObject[] {
  const nodes: string[] = [];
  return text.split('\n').flatMap((raw) => {
    const text = raw.replace(/(?:^|\s)#.*$/, '').trim();
    if (text === '') return [];
    const line = read(text, nodes);
    if (line.kind === 'node') nodes.push(line.path);
    const make = KINDS[line.kind];
    if (make === undefined) throw new Error(`no such kind of line: ${raw}`);
    return make(line);
  });
}

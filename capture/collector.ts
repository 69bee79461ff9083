/** What a collector is: one file `capture/collectors/<id>.ts` with a default export of this shape. */
import type PQueue from 'p-queue';
import type { Gap } from '../src/bundle/format.ts';
import type { LabelSelector } from '../src/k8s/labels.ts';
import type { Redactor } from '../src/bundle/redaction/redactor.ts';
import type { Budget, Tier } from './budget.ts';
import type { Resource } from './discovery.ts';
import type { ApiClient } from './http.ts';
import type { Inventory } from './inventory.ts';
import type { Lists } from './lists.ts';
import type { Room } from './room.ts';
import type { ServerMemory } from './server-memory.ts';

export interface Collector {
  /** The file's name; `collectors/<id>.json` tells how it ended. */
  readonly id: string;
  /** What it takes, as progress shows it. */
  readonly title: string;
  /** When it begins; see budget.ts. */
  readonly tier: Tier;
  /**
   * Takes its evidence. What does not come is told by `context.gap`; a throw is a bug, and becomes a gap too. It must end
   * soon after `context.signal` is aborted.
   */
  run(context: CollectorContext): Promise<void>;
}

/** One place of a path that the user asks about: what belongs to it comes first. */
export interface Focus {
  readonly kind: 'service' | 'pod' | 'host' | 'namespace';
  /** Of a Service or pod; absent for the others. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** What the user narrowed the capture to. */
export interface Scope {
  /** Absent: the whole cluster. */
  readonly namespaces?: readonly string[] | undefined;
  /** Label selector on the pods whose logs are taken. */
  readonly selector?: { readonly text: string; readonly parsed: LabelSelector } | undefined;
  readonly sinceSeconds: number;
  /** Places of a path whose evidence comes first. */
  readonly focus?: readonly Focus[] | undefined;
  /** Programs may be run in containers, to look at sockets and to connect from where clients are. */
  readonly allowExec?: boolean | undefined;
  /** The image of the ephemeral container that may be put into pods without any tool; absent: none may. */
  readonly debugImage?: string | undefined;
  /** False: nothing is sent from this machine to the hosts of Ingresses, Gateways and load balancers. */
  readonly edge?: boolean | undefined;
}

/** One capture, as all of its collectors share it. */
export interface Capture {
  readonly api: ApiClient;
  readonly scope: Scope;
  readonly budget: Budget;
  readonly redactor: Redactor;
  /** What has been seen of pods, Services and nodes so far. */
  readonly inventory: Inventory;
  /** Every list of the capture; each resource is listed once. */
  readonly lists: Lists;
  /** Whether lists are asked for from the API server's memory. */
  readonly memory: ServerMemory;
  /** Bounds how many requests of these kinds run at a time. */
  readonly queues: { readonly lists: PQueue; readonly logs: PQueue; readonly others: PQueue };
  /** What the file has left for what is worth so much. */
  readonly room: Room;
  /** The kubeconfig's namespace, tried where the whole cluster is forbidden. */
  readonly homeNamespace: string;
  /** Tells the user at once, on stderr, what is about to be done in the cluster. */
  warn(line: string): void;
  /** Every listable resource; asked for once. */
  resources(context: CollectorContext): Promise<readonly Resource[]>;
}

export interface CollectorContext extends Capture {
  /** Aborted when there is no more time. */
  readonly signal: AbortSignal;
  /** Adds an entry to the bundle, already redacted. Awaiting it is the backpressure. */
  write(path: string, body: Buffer | string): Promise<void>;
  /** Tells what did not come. The first gap of a key stays. */
  gap(gap: Gap): void;
  /** Counts records: objects, log files, answers. */
  count(records: number): void;
  /** Adds fields to `collectors/<id>.json`. */
  note(fields: Readonly<Record<string, unknown>>): void;
}

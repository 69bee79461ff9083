/** The rows that facts are made of, each with its statement in analyze/store/queries. */
import { defineQuery } from '../store/query.ts';

export interface ServiceRow {
  readonly id: number;
  readonly api_version: string;
  readonly uid: string | null;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly cluster_ip: string | null;
  /** JSON: one of each family. */
  readonly cluster_ips: string | null;
  readonly selector: string | null;
  readonly external_name: string | null;
  readonly publish_not_ready: number;
  readonly created_at: number | null;
  readonly deletion_at: number | null;
}
export const SERVICES = defineQuery<ServiceRow>('facts-services', [
  'id',
  'api_version',
  'uid',
  'namespace',
  'name',
  'type',
  'cluster_ip',
  'cluster_ips',
  'selector',
  'external_name',
  'publish_not_ready',
  'created_at',
  'deletion_at',
]);

export interface ServicePortRow {
  readonly id: number;
  readonly name: string | null;
  readonly port: number;
  readonly target_port: string | null;
  readonly protocol: string;
}
export const SERVICE_PORTS = defineQuery<ServicePortRow>('facts-service-ports', [
  'id',
  'name',
  'port',
  'target_port',
  'protocol',
]);

export interface PodRow {
  readonly id: number;
  readonly api_version: string;
  readonly uid: string | null;
  readonly namespace: string;
  readonly name: string;
  readonly phase: string | null;
  readonly ready: string | null;
  readonly node: string | null;
  readonly pod_ip: string | null;
  readonly host_network: number;
  readonly restarts: number;
  readonly reason: string | null;
  readonly started_at: number | null;
  readonly created_at: number | null;
  readonly deletion_at: number | null;
  readonly owner_kind: string | null;
  readonly owner_name: string | null;
  /** A JSON object; `{}` without any. */
  readonly labels: string | null;
}
export const PODS = defineQuery<PodRow>('facts-pods', [
  'id',
  'api_version',
  'uid',
  'namespace',
  'name',
  'phase',
  'ready',
  'node',
  'pod_ip',
  'host_network',
  'restarts',
  'reason',
  'started_at',
  'created_at',
  'deletion_at',
  'owner_kind',
  'owner_name',
  'labels',
]);

export interface NamedPortRow {
  readonly id: number;
  readonly container: string;
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
}
export const NAMED_PORTS = defineQuery<NamedPortRow>('facts-named-ports', [
  'id',
  'container',
  'name',
  'port',
  'protocol',
]);

export interface EndpointRow {
  readonly id: number;
  readonly namespace: string;
  readonly service: string | null;
  readonly address: string;
  readonly port_name: string | null;
  readonly port: number | null;
  readonly protocol: string | null;
  readonly ready: number;
  readonly serving: number;
  readonly terminating: number;
  readonly target_kind: string | null;
  readonly target_name: string | null;
  readonly node: string | null;
}
export const ENDPOINTS = defineQuery<EndpointRow>('facts-endpoints', [
  'id',
  'namespace',
  'service',
  'address',
  'port_name',
  'port',
  'protocol',
  'ready',
  'serving',
  'terminating',
  'target_kind',
  'target_name',
  'node',
]);

export interface SliceRow {
  readonly id: number;
  readonly api_version: string;
  readonly namespace: string;
  readonly name: string;
  readonly generation: number | null;
  readonly created_at: number | null;
  readonly service: string;
}
export const SLICES = defineQuery<SliceRow>('facts-slices', [
  'id',
  'api_version',
  'namespace',
  'name',
  'generation',
  'created_at',
  'service',
]);

export interface WorkloadRow {
  readonly id: number;
  readonly api_version: string;
  readonly resource: string;
  readonly uid: string | null;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number | null;
  readonly ready_replicas: number | null;
  readonly revision: number | null;
  readonly selector: string | null;
  readonly template_labels: string | null;
  readonly created_at: number | null;
  readonly deletion_at: number | null;
  readonly owner_kind: string | null;
  readonly owner_name: string | null;
}
export const WORKLOADS = defineQuery<WorkloadRow>('facts-workloads', [
  'id',
  'api_version',
  'resource',
  'uid',
  'kind',
  'namespace',
  'name',
  'replicas',
  'ready_replicas',
  'revision',
  'selector',
  'template_labels',
  'created_at',
  'deletion_at',
  'owner_kind',
  'owner_name',
]);

export interface ContainerRow {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly image: string | null;
  readonly state: string | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly exit_code: number | null;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly ready: number | null;
  readonly restarts: number | null;
  readonly last_reason: string | null;
  readonly last_exit_code: number | null;
  readonly last_message: string | null;
  readonly last_started_at: number | null;
  readonly last_finished_at: number | null;
}
export const TROUBLED_CONTAINERS = defineQuery<ContainerRow>('facts-troubled-containers', [
  'id',
  'name',
  'type',
  'image',
  'state',
  'reason',
  'message',
  'exit_code',
  'started_at',
  'finished_at',
  'ready',
  'restarts',
  'last_reason',
  'last_exit_code',
  'last_message',
  'last_started_at',
  'last_finished_at',
]);

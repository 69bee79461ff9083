/** What is wrong with a gRPC probe itself (pkg/probe/grpc/grpc.go writes what it fails with). */
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { fault, type ProbeFault } from './probe-fault.ts';
import { podPlace } from '../probes.ts';
import { passes, type ProbeStory, type SeenFailure } from './story.ts';
import { fields, integer, items, text } from '../../ingest/read.ts';

/** The server answered in gRPC, and not what was asked. */
export function wrongGrpc({ probe }: ProbeStory, last: SeenFailure): ProbeFault | undefined {
  if (/does not implement/.test(last.text))
    return fault(
      'grpc',
      'asks by gRPC a server that does not implement the health protocol',
      'Implement grpc.health.v1.Health, or probe by TCP or HTTP.',
      'certain',
    );
  // grpc.health.v1.Health: NOT_FOUND is the answer for a service that is not registered.
  if (!/code = NotFound/.test(last.text)) return undefined;
  const asked = probe.service === '' ? 'of the server as a whole' : `of service ${probe.service}`;
  return fault(
    'grpc',
    `asks by gRPC for the health ${asked}, which the server on port ${probe.port ?? ''} does not know`,
    'Name a service that the server registers with its health server, or leave the name out.',
    'certain',
  );
}

/**
 * No gRPC connection came about: the port may be shut, the server may hang. It is the wrong protocol where the port is known
 * to speak HTTP/1: by another probe of it that passes, or by the name that the pod gives it.
 */
export function noGrpc(
  facts: Facts,
  pod: PodFact,
  { probe }: ProbeStory,
  others: readonly ProbeStory[],
): ProbeFault | undefined {
  const http = others.find(
    (other) =>
      other.probe.type === 'http' && other.probe.port === probe.port && passes(other, facts.clock.endedAt),
  )?.probe;
  const named = portName(facts, pod, probe.port);
  const open =
    probe.port !== undefined &&
    facts.probes.to('port-forward', podPlace(pod, probe.port)).some(({ outcome }) => outcome === 'ok');
  if (http === undefined && !(open && /^https?(?:-|$)/.test(named ?? ''))) return undefined;
  return fault(
    'grpc',
    `asks by gRPC port ${probe.port ?? ''}, which ${http === undefined ? `is named ${named ?? ''} and gives no answer in HTTP/2` : `answers in plain HTTP to its ${http.kind} probe`}`,
    'Probe it by HTTP, or a port that serves gRPC.',
    http === undefined ? 'possible' : 'certain',
  );
}

function portName(facts: Facts, pod: PodFact, port: number | undefined): string | undefined {
  return (
    items(fields(facts.body(pod)['spec'])['containers'])
      .flatMap((container) => items(container['ports']))
      .filter(({ containerPort }) => integer(containerPort) === port)
      .flatMap(({ name }) => text(name) ?? [])[0] ?? undefined
  );
}

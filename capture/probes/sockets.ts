/** What really listens in the network namespaces of the pods behind Services (`--allow-exec`). */
import type { ProbeResult } from '../../src/bundle/format.ts';
import { socketsDetailSchema, type SocketsDetail } from '../../src/bundle/probes.ts';
import type { Said } from '../inside/insider.ts';
import { lookInside, lookLate } from '../inside/look.ts';
import { readListening } from '../inside/proc-net.ts';
import type { PlaceDigest } from '../network/digest.ts';
import type { Probe } from '../probe.ts';

const ID = 'sockets';

const probe: Probe = {
  id: ID,
  title: 'sockets that listen in pods',
  // One look cannot tell a connection that waits for long from one that came a moment ago.
  run: (context) => lookInside(context, ID, tell, somebodyWaits),
  late: (context) => lookLate(context, ID, tell),
};
export default probe;

function somebodyWaits(detail: ProbeResult['detail']): boolean {
  const { success, data } = socketsDetailSchema.safeParse(detail);
  return (
    success && data.hostNetwork !== true && (data.listening ?? []).some(({ waiting = 0 }) => waiting > 0)
  );
}

function tell(place: PlaceDigest, { value }: Said<string>): Omit<SocketsDetail, 'container'> {
  const { listening, tables, bindv6only } = readListening(value);
  return {
    ...(place.hostNetwork ? { hostNetwork: true } : {}),
    ...(bindv6only === undefined ? {} : { bindv6only }),
    // Without a table nothing is known: that is no empty list.
    ...(tables === 0 ? { text: 'no socket table could be read' } : { listening: [...listening] }),
  };
}

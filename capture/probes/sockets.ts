/** What really listens in the network namespaces of the pods behind Services (`--allow-exec`). */
import type { SocketsDetail } from '../../src/bundle/probes.ts';
import { lookInside } from '../inside/look.ts';
import { readListening } from '../inside/proc-net.ts';
import type { Probe } from '../probe.ts';

const probe: Probe = {
  id: 'sockets',
  title: 'sockets that listen in pods',
  run: (context) =>
    lookInside(context, 'sockets', (place, { value }): Omit<SocketsDetail, 'container'> => {
      const { listening, tables, bindv6only } = readListening(value);
      return {
        ...(place.hostNetwork ? { hostNetwork: true } : {}),
        ...(bindv6only === undefined ? {} : { bindv6only }),
        // Without a table nothing is known: that is no empty list.
        ...(tables === 0 ? { text: 'no socket table could be read' } : { listening: [...listening] }),
      };
    }),
};
export default probe;

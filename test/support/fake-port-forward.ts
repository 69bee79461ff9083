/** The port-forward endpoint of a fake API server: ports are open, refused or mute, told as a kubelet tells it. */
import { type WebSocket, WebSocketServer } from 'ws';
import type { FakeApiServer } from './fake-api-server.ts';

/** What stands behind a port: nothing (refused), something that answers each message, silence about the dial, or a cut. */
export type FakePort = 'refused' | 'mute' | 'cut' | ((data: Buffer) => Buffer | undefined);

export interface FakeForward {
  /** Ports asked for, a list a connection. */
  readonly asked: number[][];
  /** What was sent to any port. */
  readonly sent: Array<{ port: number; data: Buffer }>;
}

/** Ports that `ports` does not name are refused. */
export function serveForward(fake: FakeApiServer, ports: Readonly<Record<number, FakePort>>): FakeForward {
  const asked: number[][] = [];
  const sent: Array<{ port: number; data: Buffer }> = [];
  const upgrades = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('v4.channel.k8s.io') ? 'v4.channel.k8s.io' : false),
  });
  fake.server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '', fake.url);
    if (!/\/pods\/[^/]+\/portforward$/.test(url.pathname)) {
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const wanted = url.searchParams.getAll('ports').map(Number);
    asked.push(wanted);
    upgrades.handleUpgrade(request, socket, head, (client) => answer(client, wanted, ports, sent));
  });
  return { asked, sent };
}

function answer(
  client: WebSocket,
  wanted: readonly number[],
  ports: Readonly<Record<number, FakePort>>,
  sent: Array<{ port: number; data: Buffer }>,
): void {
  // Two channels a port, data and errors; the first message of each is its number, low byte first.
  wanted.forEach((port, index) => {
    const number = Buffer.from([port & 0xff, port >> 8]);
    for (const channel of [2 * index, 2 * index + 1])
      client.send(Buffer.concat([Buffer.from([channel]), number]));
    const behind = ports[port] ?? 'refused';
    if (behind === 'refused') {
      const words = `error forwarding port ${port} to pod 3f, uid : failed to execute portforward in network namespace "/var/run/netns/cni-1": failed to connect to localhost:${port} inside namespace "3f", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found`;
      client.send(Buffer.concat([Buffer.from([2 * index + 1]), Buffer.from(words)]));
    } else if (behind === 'cut') client.terminate();
  });
  client.on('message', (message: Buffer) => {
    const [channel = 0] = message;
    const port = wanted[channel / 2];
    if (port === undefined) return;
    const data = Buffer.from(message.subarray(1));
    sent.push({ port, data });
    const behind = ports[port];
    const reply = typeof behind === 'function' ? behind(data) : undefined;
    if (reply !== undefined) client.send(Buffer.concat([Buffer.from([channel]), reply]));
  });
}

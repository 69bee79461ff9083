/** The exec endpoint of a fake API server: programs are functions, and what goes wrong is told as a kubelet tells it. */
import { type WebSocket, WebSocketServer } from 'ws';
import type { FakeApiServer } from './fake-api-server.ts';

/** What a pretended program does; `undefined` for what is not there. */
export interface Ran {
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** The `message` of a status without an exit code. */
  readonly refused?: string;
  /** It never ends. */
  readonly hangs?: true;
  /** The connection is closed without a status. */
  readonly closes?: number;
}
export interface ExecCall {
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
}

export interface FakeExec {
  readonly calls: ExecCall[];
  readonly open: Set<WebSocket>;
}

/** Answers every exec with what `program` says; undefined is a program that is not there. */
export function serveExec(fake: FakeApiServer, program: (call: ExecCall) => Ran | undefined): FakeExec {
  const calls: ExecCall[] = [];
  const open = new Set<WebSocket>();
  const upgrades = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('v4.channel.k8s.io') ? 'v4.channel.k8s.io' : false),
  });
  fake.server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '', fake.url);
    const match = /\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/.exec(url.pathname);
    if (match === null) {
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const call: ExecCall = {
      pod: `${match[1]}/${match[2]}`,
      container: url.searchParams.get('container') ?? '',
      command: url.searchParams.getAll('command'),
    };
    calls.push(call);
    upgrades.handleUpgrade(request, socket, head, (client) => {
      open.add(client);
      client.on('close', () => open.delete(client));
      answer(client, call, program(call));
    });
  });
  return { calls, open };
}

function answer(client: WebSocket, call: ExecCall, ran: Ran | undefined): void {
  const send = (channel: number, text: string): void =>
    client.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
  if (ran?.stdout !== undefined) send(1, ran.stdout);
  if (ran?.stderr !== undefined) send(2, ran.stderr);
  if (ran?.hangs === true) return;
  if (ran?.closes !== undefined) {
    client.close(ran.closes);
    return;
  }
  send(3, JSON.stringify(statusOf(call, ran)));
  client.close(1000);
}

function statusOf({ command }: ExecCall, ran: Ran | undefined): unknown {
  const refused =
    ran === undefined
      ? `Internal error occurred: error executing command in container: failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: "${command[0]}": executable file not found in $PATH`
      : ran.refused;
  if (refused !== undefined) {
    return { status: 'Failure', reason: 'InternalError', code: 500, message: refused };
  }
  if ((ran?.code ?? 0) === 0) return { status: 'Success' };
  const causes = [{ reason: 'ExitCode', message: String(ran?.code) }];
  return { status: 'Failure', reason: 'NonZeroExitCode', message: 'command terminated', details: { causes } };
}

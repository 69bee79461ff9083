/** What this program uses of `ws`, which brings no types of its own. */
declare module 'ws' {
  import type { EventEmitter } from 'node:events';
  import type { ClientRequest, IncomingMessage } from 'node:http';
  import type { RequestOptions } from 'node:https';
  import type { Duplex } from 'node:stream';

  interface ClientOptions extends RequestOptions {
    /** Milliseconds until the server's 101 has come. */
    handshakeTimeout?: number;
    /** Bytes of one message. */
    maxPayload?: number;
    perMessageDeflate?: boolean;
    /** Sends the request, in place of the library. */
    finishRequest?: (request: ClientRequest) => void;
  }

  interface WebSocketEvents {
    open: [];
    message: [data: Buffer, isBinary: boolean];
    close: [code: number, reason: Buffer];
    error: [error: Error];
    /** Any answer but 101; whoever listens owns the response. */
    'unexpected-response': [request: ClientRequest, response: IncomingMessage];
  }

  export class WebSocket extends EventEmitter<WebSocketEvents> {
    constructor(url: URL, protocols: readonly string[], options: ClientOptions);
    readonly protocol: string;
    close(code: number, reason?: string): void;
    send(data: Buffer): void;
    terminate(): void;
  }

  /** The other side, for tests. */
  export class WebSocketServer extends EventEmitter<{ connection: [WebSocket] }> {
    constructor(options: {
      noServer: true;
      handleProtocols: (offered: ReadonlySet<string>) => string | false;
    });
    handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      done: (socket: WebSocket) => void,
    ): void;
  }
}

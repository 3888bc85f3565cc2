import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on 127.0.0.1 that can fall silent, as a firewall that forgot a connection does. */
export interface TcpProxy {
  readonly port: number;
  /** From here on no byte passes on the connections that are open, and none is closed. New connections work. */
  freeze(): void;
  /** Ends every connection; new ones go to another port from here on, as after a failover. */
  failOver(port: number): void;
  /** Says something to every client in the server's name. */
  inject(bytes: Buffer): void;
  close(): Promise<void>;
}

export async function startTcpProxy(host: string, port: number): Promise<TcpProxy> {
  const live = new Set<Socket>();
  const frozen = new Set<Socket>();
  const clients = new Set<Socket>();
  let target = port;
  const server = createServer((near) => {
    clients.add(near);
    near.on('close', () => clients.delete(near));
    const far = connect(target, host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      live.add(from);
      from.on('error', () => undefined);
      from.on('data', (bytes) => frozen.has(from) || to.write(bytes));
      from.on('close', () => {
        live.delete(from);
        if (!frozen.has(from)) to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      for (const socket of live) frozen.add(socket);
    },
    failOver: (other) => {
      target = other;
      for (const socket of live) socket.destroy();
    },
    inject: (bytes) => {
      for (const client of clients) client.write(bytes);
    },
    close: async () => {
      server.close();
      for (const socket of live) socket.destroy();
      await once(server, 'close');
    },
  };
}

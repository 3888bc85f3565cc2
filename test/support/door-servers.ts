import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Certificate } from './certificate.js';

/** A server on 127.0.0.1 that does with each connection as it is told. */
export interface DoorServer {
  readonly port: number;
  /** Connections so far. */
  readonly met: () => number;
  close(): Promise<void>;
}

/** Starts one. `greet` is given each connection, after TLS where there is a certificate. */
export async function startDoorServer(
  greet: (socket: Socket) => void,
  { certificate, port = 0 }: { readonly certificate?: Certificate; readonly port?: number } = {},
): Promise<DoorServer> {
  const open = new Set<Socket>();
  let met = 0;
  const take = (socket: Socket) => {
    met += 1;
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    greet(socket);
  };
  const server: Server = certificate ? createTlsServer(certificate, take) : createServer(take);
  if (certificate) server.on('tlsClientError', () => undefined);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    met: () => met,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers each request with the same bytes, and ends. */
export function answering(answer: string): (socket: Socket) => void {
  return (socket) => void socket.once('data', () => socket.end(answer));
}

/** A whole page of a web server. */
export function page(body: string, headers: readonly string[] = [], status = '200 OK'): string {
  return [`HTTP/1.1 ${status}`, ...headers, `content-length: ${Buffer.byteLength(body)}`, '', body].join(
    '\r\n',
  );
}

/**
 * A port that says nothing: a process that listens and was stopped, its queue full, so that the kernel drops who knocks. Linux only, as the
 * source is.
 */
export async function startSilentPort(): Promise<DoorServer> {
  const program = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    process.stdout.write(String(this.address().port) + '\\n'); });`;
  const child: ChildProcess = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [bytes] = child.stdout ? await once(child.stdout, 'data') : [''];
  const port = Number(String(bytes));
  child.kill('SIGSTOP');
  const fillers: Socket[] = [];
  while (await fills(port, fillers));
  return {
    port,
    met: () => fillers.length,
    close: async () => {
      for (const one of fillers) one.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Takes one place of the queue; false when there is none left. */
async function fills(port: number, fillers: Socket[]): Promise<boolean> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  const taken = await Promise.race([
    once(socket, 'connect').then(() => true),
    // A busy machine comes to its timers first: what is connected by then is found in the same turn.
    new Promise<false>((resolve) => setTimeout(() => setImmediate(() => setImmediate(resolve, false)), 250)),
  ]);
  if (taken) fillers.push(socket);
  else socket.destroy();
  return taken;
}

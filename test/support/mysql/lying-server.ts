import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What a lying server does about a question: what it writes is byte for byte the answer. */
export type Lie = (socket: Socket, question: string) => void;

/** A server that greets like MySQL 5.7, lets everybody in, and then lies. */
export interface LyingMysql {
  readonly url: string;
  /** Packets that clients sent, without their headers, as Latin-1. */
  readonly heard: string[];
  close(): Promise<void>;
}

/** One packet of the protocol (MySQL, "MySQL Packets"): length, number in the exchange, payload. */
export function packet(sequence: number, payload: Buffer | string): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const header = Buffer.alloc(4);
  header.writeUIntLE(body.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, body]);
}

/** The answer to a statement without a result. */
export const OK = '\x00\x00\x00\x02\x00\x00\x00';

/** A column of a result, of type VARCHAR. */
export function column(name: string, characterSet = 45): Buffer {
  const text = (value: string) => Buffer.from(String.fromCharCode(value.length) + value, 'latin1');
  const fixed = Buffer.from([0x0c, characterSet, 0, 255, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0]);
  return Buffer.concat([text('def'), text('d'), text('t'), text('t'), text(name), text(name), fixed]);
}

export const END = '\xfe\x00\x00\x02\x00';

/** `auth`: said instead of letting the client in; `lie`: said to its questions. */
export async function startLyingMysql(options: {
  readonly auth?: Buffer;
  readonly flags?: number;
  readonly lie?: Lie;
}): Promise<LyingMysql> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.write(packet(0, greeting(options.flags ?? 0)));
    let exchanges = 0;
    socket.on('data', (chunk) => {
      heard.push(chunk.subarray(4).toString('latin1'));
      exchanges++;
      if (exchanges === 1) socket.write(options.auth ?? packet(2, OK));
      else options.lie?.(socket, chunk.subarray(5).toString('latin1'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `mysql://u:p4ssw0rd@127.0.0.1:${port}/cas`,
    heard,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Protocol 10, all capabilities but TLS and those that change what is sent. */
function greeting(flags: number): Buffer {
  const capabilities = 0x000ff7ff & ~0x800 & ~0x20;
  const low = Buffer.alloc(2);
  low.writeUInt16LE(capabilities & 0xffff);
  const high = Buffer.alloc(2);
  high.writeUInt16LE((capabilities >>> 16) | flags);
  return Buffer.concat([
    Buffer.from('\x0a5.7.29-log\0\x01\0\0\x0012345678\0', 'latin1'),
    low,
    Buffer.from([45, 2, 0]),
    high,
    Buffer.from(`\x15${'\0'.repeat(10)}123456789012\0mysql_native_password\0`, 'latin1'),
  ]);
}

/** The answer to a question for one value. */
export function answer(value: string | null): Buffer {
  const row = value === null ? '\xfb' : String.fromCharCode(value.length) + value;
  return Buffer.concat([
    packet(1, '\x01'),
    packet(2, column('v')),
    packet(3, END),
    packet(4, row),
    packet(5, END),
  ]);
}

import { appendFileSync, readFileSync } from 'node:fs';

/**
 * A program that speaks SFTP on its standard streams, as sshd starts it, and lies in the way that the file named on its command line says. Its
 * tree is one folder, `/tree`, with one file of three bytes.
 */
const lie = readFileSync(process.argv[2], 'utf8').trim();

const uint = (n) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
};
const text = (s) => Buffer.concat([uint(Buffer.byteLength(s)), Buffer.from(s)]);
const send = (type, ...parts) => {
  const body = Buffer.concat([Buffer.of(type), ...parts]);
  process.stdout.write(Buffer.concat([uint(body.length), body]));
};
const attributes = (mode, size) =>
  Buffer.concat([uint(15), uint(0), uint(size), uint(0), uint(0), uint(mode), uint(1000), uint(1000)]);
const folder = attributes(0o040755, 0);
const file = attributes(0o100644, ['short', 'slow'].includes(lie) ? 1_000_000 : 3);
const status = (id, code) => send(101, uint(id), uint(code), text(''), text(''));

let listed = 0;
function list(id) {
  const entry = (name) => Buffer.concat([text(name), text('-rw-r--r-- ../../etc/passwd'), file]);
  if (lie === 'endless') {
    const names = Array.from({ length: 100 }, () => entry(`n${listed++}`));
    return send(104, uint(id), uint(names.length), ...names);
  }
  if (listed++ > 0) return status(id, 1);
  if (lie === 'traversal') return send(104, uint(id), uint(1), entry('../../etc/passwd'));
  if (lie === 'counts') return send(104, uint(id), uint(0x7fffffff), entry('a'));
  return send(104, uint(id), uint(1), entry('a'));
}

function answer(type, id, rest) {
  const path = rest.subarray(4, 4 + rest.readUInt32BE(0)).toString();
  if (lie === 'silent') return;
  if (lie === 'denied' && (type === 3 || (type === 11 && path !== '/tree'))) return status(id, 3);
  if (lie === 'length') return process.stdout.write(uint(0x7fffffff));
  if (lie === 'foreign') return status(id + 7, 0);
  switch (type) {
    case 7:
    case 17:
      return send(105, uint(id), path === '/tree' ? folder : file);
    case 11:
    case 3:
      return send(102, uint(id), text('h'));
    case 12:
      return list(id);
    case 8:
      return send(105, uint(id), lie === 'grown' ? attributes(0o100644, 100_000_000) : file);
    case 5: {
      const at = Number(rest.readBigUInt64BE(5));
      if (lie === 'grown') {
        appendFileSync(`${process.argv[2]}.asked`, `${at}\n`);
        return send(103, uint(id), text('x'.repeat(rest.readUInt32BE(13))));
      }
      if (lie === 'more') return send(103, uint(id), text('x'.repeat(rest.readUInt32BE(13))));
      if (lie === 'slow') return setTimeout(() => send(103, uint(id), text('x')), 100);
      if (lie === 'drip') return send(103, uint(id), text('x'));
      return at >= 3 ? status(id, 1) : send(103, uint(id), text('one'));
    }
    default:
      return status(id, 0);
  }
}

let held = Buffer.alloc(0);
process.stdin.on('data', (chunk) => {
  held = Buffer.concat([held, chunk]);
  while (held.length >= 4 && held.length >= 4 + held.readUInt32BE()) {
    const message = held.subarray(4, 4 + held.readUInt32BE());
    held = held.subarray(4 + message.length);
    if (message[0] === 1) send(2, uint(3));
    else answer(message[0], message.readUInt32BE(1), message.subarray(5));
  }
});
process.stdin.on('end', () => process.exit(0));

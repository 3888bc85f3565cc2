/** The data types of SSH, RFC 4251 section 5, read strictly: each value has one spelling. */

export function writeUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** `string`: length and bytes. Text is written as UTF-8. */
export function writeString(value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([writeUint32(bytes.length), bytes]);
}

/** `mpint` of a positive number given as big-endian bytes: no superfluous zeros, one zero before a set top bit. */
export function writeMpint(unsigned: Uint8Array): Buffer {
  let start = 0;
  while (unsigned[start] === 0) start++;
  const bytes = unsigned.subarray(start);
  return writeString((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

/** Reads values one after the other; `undefined` where the bytes do not hold what is asked for. */
export class WireReader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  take(length: number): Buffer | undefined {
    if (this.at + length > this.bytes.length) return undefined;
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  uint32(): number | undefined {
    return this.take(4)?.readUInt32BE();
  }

  string(): Buffer | undefined {
    const length = this.uint32();
    return length === undefined ? undefined : this.take(length);
  }

  /** A positive mpint, without its sign byte; `undefined` for zero, negative or padded numbers. */
  positiveMpint(): Buffer | undefined {
    const bytes = this.string();
    const first = bytes?.[0];
    if (bytes === undefined || first === undefined || first >= 0x80) return undefined;
    if (first !== 0) return bytes;
    return (bytes[1] ?? 0) >= 0x80 ? bytes.subarray(1) : undefined;
  }

  atEnd(): boolean {
    return this.at === this.bytes.length;
  }
}

/** Decodes base64 that is spelt in the one canonical way (RFC 4648 section 4, padded, zero pad bits); else `undefined`. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}

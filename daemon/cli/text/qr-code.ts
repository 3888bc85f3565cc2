/** QR codes (ISO/IEC 18004): bytes, error correction level L, versions 1 to 9. Enough for a link. */

/** By version, from 1 on: all codewords, those for error correction in each block, and the number of blocks. */
const VERSIONS = [
  [26, 7, 1],
  [44, 10, 1],
  [70, 15, 1],
  [100, 20, 1],
  [134, 26, 1],
  [172, 18, 2],
  [196, 20, 2],
  [242, 24, 2],
  [292, 30, 2],
] as const;
/** Where alignment patterns stand, by version from 1 on. */
const ALIGNMENT = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
] as const;

const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_row, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

/** The modules of a code, row by row, dark ones true, without the quiet zone; null for a text above 230 bytes. */
export function qrCode(text: string): boolean[][] | null {
  const bytes = Buffer.from(text, 'utf8');
  const version = VERSIONS.findIndex(([all, ecc, blocks]) => bytes.length + 2 <= all - ecc * blocks) + 1;
  if (version === 0) return null;
  const codewords = codewordsOf(bytes, version);
  const masked = MASKS.map((_, mask) => drawn(codewords, version, mask));
  const penalties = masked.map(penaltyOf);
  return masked[penalties.indexOf(Math.min(...penalties))] ?? null;
}

/** Data and error correction, blocks interleaved. */
function codewordsOf(bytes: Uint8Array, version: number): number[] {
  const [all = 0, ecc = 0, blocks = 1] = VERSIONS[version - 1] ?? [];
  const room = all - ecc * blocks;
  const bits = `0100${bytes.length.toString(2).padStart(8, '0')}${[...bytes].map((one) => one.toString(2).padStart(8, '0')).join('')}`;
  const ended = `${bits}0000`.slice(0, room * 8);
  const whole = ended.padEnd(Math.ceil(ended.length / 8) * 8, '0');
  const data = (whole.match(/.{8}/g) ?? []).map((one) => Number.parseInt(one, 2));
  for (let pad = 0xec; data.length < room; pad ^= 0xfd) data.push(pad);
  // Blocks differ by one codeword at most: the shorter ones come first.
  const short = Math.floor(room / blocks);
  const longer = room % blocks;
  const parts = Array.from({ length: blocks }, (_, index) => {
    const from = index * short + Math.max(0, index - (blocks - longer));
    return data.slice(from, from + short + (index >= blocks - longer ? 1 : 0));
  });
  const corrections = parts.map((part) => correctionOf(part, ecc));
  const interleave = (lists: readonly (readonly number[])[]) =>
    Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, at) =>
      lists.flatMap((list) => list.slice(at, at + 1)),
    ).flat();
  return [...interleave(parts), ...interleave(corrections)];
}

/** Multiplies in GF(256) with the polynomial 0x11d. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> bit) & 1) * a;
  }
  return product;
}

/** The remainder of Reed and Solomon. */
function correctionOf(data: readonly number[], degree: number): number[] {
  let generator = [1];
  let root = 1;
  for (let n = 0; n < degree; n++) {
    const next = [...generator, 0];
    for (const [index, value] of generator.entries()) {
      next[index + 1] = (next[index + 1] ?? 0) ^ times(value, root);
    }
    generator = next;
    root = times(root, 2);
  }
  let rest: number[] = Array.from({ length: degree }, () => 0);
  for (const value of data) {
    const factor = value ^ (rest[0] ?? 0);
    rest = [...rest.slice(1), 0].map((one, index) => one ^ times(generator[index + 1] ?? 0, factor));
  }
  return rest;
}

type Grid = (boolean | null)[][];

function drawn(codewords: readonly number[], version: number, mask: number): boolean[][] {
  const size = version * 4 + 17;
  const grid: Grid = Array.from({ length: size }, () => Array.from({ length: size }, () => null));
  const set = (row: number, column: number, dark: boolean) => {
    const line = grid[row];
    if (line !== undefined && column >= 0 && column < size) line[column] = dark;
  };
  drawPatterns(grid, version, set);
  drawFormat(size, mask, set);
  if (version >= 7) drawVersion(size, version, set);
  const bits = codewords.flatMap((one) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => ((one >>> bit) & 1) === 1));
  let at = 0;
  for (let right = size - 1; right > 0; right -= 2) {
    // The timing pattern takes a column of its own.
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const upwards = ((right + 1) & 2) === 0;
      const row = upwards ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (grid[row]?.[column] !== null) continue;
        set(row, column, (bits[at++] ?? false) !== (MASKS[mask]?.(row, column) ?? false));
      }
    }
  }
  return grid.map((line) => line.map((one) => one === true));
}

type SetModule = (row: number, column: number, dark: boolean) => void;

function drawPatterns(grid: Grid, version: number, set: SetModule): void {
  const size = grid.length;
  for (let n = 0; n < size; n++) {
    set(6, n, n % 2 === 0);
    set(n, 6, n % 2 === 0);
  }
  for (const [row, column] of [
    [3, 3],
    [3, size - 4],
    [size - 4, 3],
  ] as const) {
    for (let y = -4; y <= 4; y++) {
      for (let x = -4; x <= 4; x++) {
        const ring = Math.max(Math.abs(x), Math.abs(y));
        set(row + y, column + x, ring !== 2 && ring !== 4);
      }
    }
  }
  const centres = ALIGNMENT[version - 1] ?? [];
  const last = centres.at(-1);
  for (const row of centres) {
    for (const column of centres) {
      const isCorner = (row === 6 && (column === 6 || column === last)) || (column === 6 && row === last);
      if (isCorner) continue;
      for (let y = -2; y <= 2; y++) {
        for (let x = -2; x <= 2; x++) set(row + y, column + x, Math.max(Math.abs(x), Math.abs(y)) !== 1);
      }
    }
  }
}

/** Level L and the mask, with their own error correction, twice. */
function drawFormat(size: number, mask: number, set: SetModule): void {
  const data = (0b01 << 3) | mask;
  let rest = data;
  for (let n = 0; n < 10; n++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const bit = (index: number) => ((bits >>> index) & 1) === 1;
  for (let n = 0; n <= 5; n++) set(n, 8, bit(n));
  set(7, 8, bit(6));
  set(8, 8, bit(7));
  set(8, 7, bit(8));
  for (let n = 9; n < 15; n++) set(8, 14 - n, bit(n));
  for (let n = 0; n < 8; n++) set(8, size - 1 - n, bit(n));
  for (let n = 8; n < 15; n++) set(size - 15 + n, 8, bit(n));
  set(size - 8, 8, true);
}

function drawVersion(size: number, version: number, set: SetModule): void {
  let rest = version;
  for (let n = 0; n < 12; n++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let n = 0; n < 18; n++) {
    const dark = ((bits >>> n) & 1) === 1;
    const [long, across] = [size - 11 + (n % 3), Math.floor(n / 3)];
    set(across, long, dark);
    set(long, across, dark);
  }
}

/** How hard a code is to read: long runs, and squares of one colour. */
function penaltyOf(grid: readonly (readonly boolean[])[]): number {
  const columns = grid.map((_, column) => grid.map((line) => line[column] ?? false));
  const runs = [...grid, ...columns]
    .flatMap(
      (line) =>
        line
          .map((dark) => (dark ? '1' : '0'))
          .join('')
          .match(/1+|0+/g) ?? [],
    )
    .reduce((sum, { length }) => sum + (length >= 5 ? length - 2 : 0), 0);
  let squares = 0;
  for (const [y, line] of grid.entries()) {
    for (const [x, dark] of line.entries()) {
      const others = [line[x + 1], grid[y + 1]?.[x], grid[y + 1]?.[x + 1]];
      if (others.every((other) => other === dark)) squares += 3;
    }
  }
  return runs + squares;
}

/** Two rows of modules to a line of text, dark on light, with a quiet zone around. */
export function qrLines(modules: readonly (readonly boolean[])[]): string[] {
  const quiet = 2;
  const size = modules.length + 2 * quiet;
  const dark = (row: number, column: number) => modules[row - quiet]?.[column - quiet] ?? false;
  return Array.from({ length: Math.ceil(size / 2) }, (_, half) =>
    Array.from({ length: size }, (__, column) => {
      const [upper, lower] = [dark(half * 2, column), dark(half * 2 + 1, column)];
      return upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }).join(''),
  );
}

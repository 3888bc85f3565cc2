import { createHash } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import {
  type CollectionSnapshot,
  collectionSnapshot,
  type Definition,
  recordLine,
} from '../baselines/index.js';
import { hash160, writeWitness } from '../daemon/destinations/checksums.js';
import { INDICATOR_KINDS, type Indicator, type IndicatorKind } from '../daemon/indicators/indicator.js';
import { Indicators } from '../daemon/indicators/matcher.js';
import { Comparison } from '../daemon/policy/comparison.js';
import type { CollectionReading } from '../daemon/sources/source.js';
import { inSlices } from '../daemon/time/slices.js';
import { processorMs } from '../test/support/processor.js';
import type { Benchmark } from './benchmark.js';

const INDICATORS = 100_000;
const RECORDS = 100_000;
const HITS = 100;

const definition: Definition = {
  ...{ name: 'terminals', kind: 'terminal', source: 'cas', table: 'public.terminal', key: ['id'] },
  ...{ columns: ['serial_number', 'name', 'address', 'wallet', 'contact', 'settings'], secret: [] },
};

/** How long 100,000 indicators take against 100,000 records, all of them and then one that changed. */
export const indicators: Benchmark = {
  name: 'indicators',
  title: `${INDICATORS.toLocaleString('en')} indicators against ${RECORDS.toLocaleString('en')} records`,
  run: async () => {
    const kinds = INDICATOR_KINDS.filter((kind) => kind !== 'log-pattern');
    const all = Array.from({ length: INDICATORS }, (_, n) =>
      indicatorNumber(n, kinds[n % kinds.length] ?? 'serial'),
    );
    const compiled = performance.now();
    const known = new Indicators(all);
    const compileMs = performance.now() - compiled;
    const snapshot = recordsOf(new Set(Array.from({ length: HITS }, (_, n) => n * 997)));
    const readings = (of: CollectionSnapshot) =>
      new Map<string, CollectionReading>([['terminals', { readable: true, snapshot: of }]]);
    const comparison = new Comparison('prague-1', [definition], { rules: [], unknownGraceMs: 60_000 });
    const sides = { signed: new Map([['terminals', snapshot]]), readings: readings(snapshot) };
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const begunMs = processorMs();
    const wall = performance.now();
    const found = await comparison.weigh(known, sides, inSlices);
    const wholeMs = processorMs() - begunMs;
    const wallMs = performance.now() - wall;
    delay.disable();
    if (found !== HITS) throw new Error(`${found} records were found, ${HITS} have an indicator`);
    comparison.indicate(known);
    const changed = recordsOf(new Set(Array.from({ length: HITS + 1 }, (_, n) => n * 997)));
    const againMs = processorMs();
    const one = await comparison.weigh(known, { ...sides, readings: readings(changed) }, inSlices);
    const changeMs = processorMs() - againMs;
    if (one !== 0) throw new Error('what is in force weighs nothing');
    return [
      {
        what: 'every record held against every indicator',
        unit: 'ms',
        measured: wholeMs,
        target: { atMost: 1_000 },
        detail: `6 fields a record, one of them JSON; ${HITS} records have one; by the time of the processor, ${wallMs.toFixed(0)} ms passed; compiling the indicators took ${compileMs.toFixed(0)} ms before`,
      },
      {
        what: 'the same after one record changed',
        unit: 'ms',
        measured: changeMs,
        target: { atMost: 100 },
        detail: 'by the walk over both sides that finds it',
      },
      {
        what: 'the longest that the event loop waits meanwhile',
        unit: 'ms',
        measured: delay.max / 1e6,
        target: { atMost: 100 },
        detail: 'steps of 256 records',
      },
    ];
  },
};

function recordsOf(bad: ReadonlySet<number>): CollectionSnapshot {
  const records = Array.from({ length: RECORDS }, (_, n) => {
    const id = String(n).padStart(6, '0');
    return recordLine({
      key: [id],
      fields: new Map([
        ['serial_number', bad.has(n) ? `SN-${1 + 8 * (n % 1_000)}` : `BT${id}`],
        ['name', `Praha ${n}, Hlavní 12`],
        ['address', `10.${n % 200}.${n % 250}.${n % 240}`],
        ['wallet', addressOf(`ours ${n % 5_000}`)],
        ['contact', `clerk${n}@shop.example`],
        ['settings', `{"feed":"https://rates.shop.example/${n}","limit":${n},"owner":"clerk${n}"}`],
      ]),
    });
  });
  return collectionSnapshot(definition, records);
}

function indicatorNumber(n: number, kind: IndicatorKind): Indicator {
  const values: Readonly<Partial<Record<IndicatorKind, string>>> = {
    serial: `SN-${n}`,
    'wallet-address': addressOf(`theirs ${n}`),
    'e-mail': `eve${n}@evil.example`,
    domain: `host-${n}.evil.example`,
    network: n % 3 === 0 ? `203.${n % 256}.${(n >> 8) % 256}.0/24` : `198.${n % 256}.${(n >> 8) % 256}.7`,
    hash: createHash('sha256').update(String(n)).digest('hex'),
  };
  const about = {
    feed: 'bench',
    incident: 'bench',
    severity: 'high' as const,
    source: null,
    falsePositives: null,
  };
  return { kind, value: values[kind] ?? `name-${n}`, ...about };
}

const addresses = new Map<string, string>();
function addressOf(text: string): string {
  const known = addresses.get(text);
  if (known !== undefined) return known;
  const program = hash160(createHash('sha256').update(text).digest());
  const made = writeWitness({ prefix: 'bc', version: 0, program });
  addresses.set(text, made);
  return made;
}

import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { collectionSnapshot, type Definition, encodeValue, recordLine } from '../../baselines/index.js';
import { type Sensor, type SensorQuestion, sensorName } from '../../daemon/sources/sensor.js';
import {
  type CollectionReading,
  type Degradation,
  type Hint,
  SourceError,
  type UnreadableCause,
} from '../../daemon/sources/source.js';
import {
  defineSourceKind,
  defineSourceSql,
  type SourceKind,
  type SourceKinds,
} from '../../daemon/sources/source-kind.js';

type Row = Readonly<Record<string, string>>;

/** A system of another kind than any that the program ships, in memory: what its source reads, hints and refuses is set here. */
export class FakeSystem {
  /** By table. */
  readonly tables = new Map<string, readonly Row[]>();
  /** Parts of the watching itself, by name: on or off. */
  readonly parts = new Map([['ledger-tap', 'on']]);
  /** Why nothing can be read; null when all can. */
  trouble: UnreadableCause | null = null;
  /** Whether the role could do harm. */
  /** How long the system takes to let anybody in, in milliseconds. */
  opensAfterMs = 0;
  isDangerous = false;
  degradations: Degradation[] = [];
  /** URLs that sources were made with. */
  readonly urls: string[] = [];
  watchers = 0;
  #onHint: ((hint: Hint) => void) | null = null;

  /** Hints to the newest source that watches. */
  hint(hint: Hint): void {
    this.#onHint?.(hint);
  }

  /** The kinds of sources of a program that knows this system and no other. */
  get kinds(): SourceKinds {
    return new Map([['ledger', this.#kind()]]);
  }

  #kind(): SourceKind {
    return defineSourceKind({
      configSchema: ledgerConfig,
      secrets: ['url'],
      sensor: ledgerSensor,
      sql: defineSourceSql(ledgerConfig.omit({ url: true }), {
        install: ({ role, config, definitions }) =>
          definitions
            .filter(({ kind }) => kind !== 'sensor')
            .map(({ table }) => `LET ${role} READ ${table}, ${config.hints};`)
            .join('\n'),
        uninstall: ({ role }) => `FORGET ${role};`,
      }),
      examine: null,
      surveyor: null,
      create: (context, config) => {
        const definitions = [...context.collections, ledgerSensor.definition(context.name, {})];
        const collections = definitions.map(({ name }) => name);
        this.urls.push(config.url);
        return {
          kind: 'ledger',
          name: context.name,
          collections,
          hasHints: config.hints !== 'none',
          open: async () => {
            await delay(this.opensAfterMs);
            if (this.isDangerous) {
              throw new SourceError('SOURCE_ROLE_DANGEROUS', `source "${context.name}": its role may write`);
            }
            return this.degradations;
          },
          degradations: () => this.degradations,
          read: async (wanted = collections) => ({
            source: context.name,
            observedAtMs: (context.clock ?? Date.now)(),
            collections: new Map(
              definitions
                .filter(({ name }) => wanted.includes(name))
                .map((definition) => [definition.name, this.#read(definition)]),
            ),
          }),
          watch: (onHint) => {
            this.watchers++;
            this.#onHint = onHint;
            onHint({ type: 'listening' });
          },
          close: async () => undefined,
        };
      },
    });
  }

  #read(definition: Definition): CollectionReading {
    if (this.trouble !== null) return { readable: false, cause: this.trouble, detail: 'the ledger says no' };
    const rows =
      definition.kind === 'sensor'
        ? [...this.parts].map(([part, state]) => ({ part, state }))
        : (this.tables.get(definition.table) ?? []);
    return { readable: true, snapshot: collectionSnapshot(definition, rows.map(lineOf(definition))) };
  }
}

const ledgerConfig = z.strictObject({
  kind: z.literal('ledger'),
  name: z.string().min(1),
  url: z.string().min(1),
  hints: z.enum(['notify', 'none']),
});

const tapOff: SensorQuestion = {
  subject: 'sensor-off',
  found: (count) => `our taps off: ${count}`,
  advice: 'Turn the tap.',
  shows: ['state'],
  ask: ({ records }) => ({
    looked: records.length,
    wrong: records.filter((record) => record.text('state') !== 'on'),
  }),
};

/** A sensor of another shape than a database's. */
const ledgerSensor: Sensor = {
  table: 'ledger.parts',
  definition: (source) => ({
    name: sensorName(source),
    kind: 'sensor',
    source,
    table: 'ledger.parts',
    key: ['part'],
    columns: ['state'],
    secret: [],
  }),
  questions: [tapOff],
};

function lineOf({ key, columns }: Definition) {
  return (row: Row) => {
    const encodedOf = (column: string): string | null => {
      const text = row[column];
      return text === undefined ? null : encodeValue({ form: 'text', text });
    };
    const fields = new Map(columns.map((column) => [column, encodedOf(column)]));
    return recordLine({ key: key.map(encodedOf), fields });
  };
}

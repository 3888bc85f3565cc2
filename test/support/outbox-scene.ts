import { collectionSnapshot, type Definition, encodeValue, recordLine } from '../../baselines/index.js';
import { NO_GUIDANCE } from '../../daemon/alerts/runbook.js';
import { diffCollection } from '../../daemon/drift/compare.js';
import type { Condition } from '../../daemon/finding.js';
import { createComposer } from '../../daemon/outbox/composer.js';
import { enqueueStep } from '../../daemon/outbox/enqueue.js';
import { createOutbox, type Outbox } from '../../daemon/outbox/outbox.js';
import { conditionsOfCollection } from '../../daemon/policy/conditions.js';
import { routedSubjectOf } from '../../daemon/policy/route.js';
import type { Store } from '../../daemon/store/store.js';
import type { Timers } from '../../daemon/time/timers.js';
import { type Notifier, notifierKinds, type Severity } from '../../notifiers/index.js';

const ROUTES: Definition = {
  name: 'wallet_routes',
  kind: 'wallet-route',
  source: 'cas',
  table: 'public.crypto_setting',
  key: ['id'],
  columns: ['name', 'sell_wallet_address'],
  secret: [],
};

/** The channel of the product that a configuration makes, such as `{ kind: 'ntfy', … }`. */
export async function openChannel(config: {
  readonly kind: string;
  readonly name: string;
  readonly [setting: string]: unknown;
}): Promise<Notifier> {
  const kind = notifierKinds.get(config.kind);
  if (kind === undefined) throw new RangeError(`no such kind of channel: ${config.kind}`);
  return (await kind.load()).create(config.name, config);
}

export interface OutboxSceneOptions {
  readonly store: Store;
  readonly channels: readonly Notifier[];
  readonly clock: () => number;
  readonly timers: Timers;
  readonly paceMs: number;
}

/** The outbox as the daemon has it, on the store that is given. Throws at once what the product would log as its own defect. */
export function openOutbox({ store, channels, clock, timers, paceMs }: OutboxSceneOptions): Outbox {
  const fail = (_channel: string, error: unknown) => {
    throw error;
  };
  return createOutbox({
    store,
    notifiers: channels,
    clock,
    timers,
    beginStage: () => () => undefined,
    random: Math.random,
    compose: createComposer({
      store,
      canAcknowledge: true,
      isConfigured: () => true,
      onDefect: (error) => fail('composing', error),
      wordsOf: () => ({
        timeZone: 'UTC',
        definitions: new Map([[ROUTES.name, ROUTES]]),
        personal: new Map(),
        guidance: NO_GUIDANCE,
      }),
    }),
    paceMs: () => paceMs,
    quietAt: () => null,
    onAttempt: () => undefined,
    onStoreError: fail,
    onComposeError: fail,
    onPassedOn: () => undefined,
  });
}

/** A wallet route of the site that pays to `address` now: what the product finds between what is signed and what is there. */
export function diverted(site: string, id: number, address: string, severity: Severity): Condition {
  const snapshot = (text: string) =>
    collectionSnapshot(ROUTES, [
      recordLine({
        key: [String(id)],
        fields: new Map([
          ['name', encodeValue({ form: 'text', text: `BTC ${id}` })],
          ['sell_wallet_address', encodeValue({ form: 'text', text })],
        ]),
      }),
    ]);
  const outcome = diffCollection(site, snapshot('bc1qsigned'), snapshot(address));
  const [condition] = conditionsOfCollection(site, ROUTES, outcome, { rules: [], unknownGraceMs: 0 });
  if (condition === undefined) throw new Error('there is no difference');
  return { ...condition, severity };
}

/** Records that something new is to be told of the site's incident, as the daemon's recorder does, and returns the incident's id. */
export function recordNews(
  store: Store,
  channels: readonly Notifier[],
  site: string,
  condition: Condition,
  atMs: number,
): string {
  return store.transaction((tx) => {
    const { severity } = condition;
    const before =
      tx.incidents.unresolved(site, 'drift') ?? tx.incidents.create({ site, topic: 'drift', severity }, atMs);
    tx.findings.add({ incident: before.id, site, condition, notified: true }, atMs);
    tx.incidents.refresh(before.id);
    const standing = severity === 'critical' || before.page === 0 ? 'page' : 'follow-up';
    const page = standing === 'page' ? before.page + 1 : before.page;
    tx.incidents.advance(before, { state: 'open', page }, atMs);
    enqueueStep(
      tx,
      { incident: before, role: standing, severity, subjects: [routedSubjectOf(condition)] },
      { channels, atMs },
    );
    return before.id;
  });
}

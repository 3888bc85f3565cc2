import type { Config, SourceConfig } from '../../config/config.js';
import { sourceKindOf } from '../../sources/source-kind.js';
import type { IncidentRecord } from '../../store/store.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { readApproval } from '../signing/verified-files.js';
import { typedAgain } from '../typed-again.js';

/** Records whose statements are printed; the rest is counted. */
const MOST = 1_000;

/**
 * What puts the approved values back, as SQL for a person to read and run. Every value is of the baseline that this machine verified; of what was found
 * only the names of differing columns are used. Throws `CLI_CHAIN_BROKEN` where there is no baseline that counts.
 */
export async function restoreLines(
  context: CommandContext,
  config: Config,
  { incident, open }: IncidentRecord,
): Promise<string[]> {
  const { head } = await readApproval(config, incident.site, context.clock());
  if (head === null) {
    throw new CliError(
      'CLI_CHAIN_BROKEN',
      `no baseline of ${incident.site} counts, so nobody knows what to put back; "tillwarden verify ${incident.site}" says why`,
    );
  }
  const changes = open.flatMap(({ subject }) => (subject.what === 'change' ? [subject] : []));
  const lines: string[] = [];
  for (const { collection, key, after } of changes.slice(0, MOST)) {
    const signed = head.collections.get(collection);
    const restore = sqlOf(config, incident.site, collection)?.restore;
    const record = signed?.records.find((one) => one.key === key);
    if (signed === undefined || signed.definition.kind === 'sensor' || restore === undefined) {
      lines.push(`-- ${collection}: no statement of ours puts it back; let its owner do it`);
    } else {
      const [observed = null] = after;
      lines.push(...restore({ definition: signed.definition, signed: record?.line ?? null, observed }));
    }
  }
  const others = open.length - Math.min(changes.length, MOST);
  return [
    `-- incident ${incident.id} of ${incident.site}: the values of baseline ${head.version}, signed by ${head.signers.join(', ')}`,
    '-- Read every line. Run it as the owner, once the way in is closed: else it is only changed again.',
    'BEGIN;',
    ...collapsed(lines),
    'COMMIT;',
    ...(others > 0 ? [`-- and ${grouped(others, 'more finding')} without a statement`] : []),
    `-- Then: ${typedAgain(context, `tillwarden check ${incident.site}`)}`,
  ];
}

/** The same comment many times is said once, with how often. */
function collapsed(lines: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].map(([line, count]) =>
    count > 1 && line.startsWith('--') ? `${line} (${count} times)` : line,
  );
}

function sqlOf(config: Config, site: string, collection: string) {
  const source = config.sites
    .find(({ name }) => name === site)
    ?.sources.find(({ definitions }: SourceConfig) => definitions.some(({ name }) => name === collection));
  return source === undefined ? null : sourceKindOf(config.sourceKinds, source.kind).sql;
}

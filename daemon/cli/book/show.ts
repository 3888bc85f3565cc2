import type { CollectionSnapshot } from '../../../baselines/index.js';
import type { SiteApproval } from '../../approvals/approval.js';
import { COINS, recogniseAddress } from '../../destinations/address.js';
import { BOOK_COLLECTION, wholeBook } from '../../destinations/signed-book.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { readApproval } from '../signing/verified-files.js';
import { asciiJson } from '../text/json.js';
import { keyValues } from '../text/record-key.js';
import { bookPath, readBook, sitesWithBook } from './book-file.js';

/** `tillwarden book show`: every line of the file, and on which sites people signed it. */
export async function bookShow(
  context: CommandContext,
  options: { readonly json?: boolean },
): Promise<number> {
  const config = await openConfig(context, 'none');
  const { terminal } = context;
  const lines = readBook(bookPath(config), { mayBeAbsent: true });
  const approvals = await approvalsOf(context);
  const signed = new Map(
    [...approvals].map(([site, { head }]) => [
      site,
      new Set(signedValues(head?.collections.get(BOOK_COLLECTION))),
    ]),
  );
  const rows = lines.map(({ entry, range, coin }) => ({
    ...{ value: entry.value, label: entry.label, what: entry.what, coins: entry.coins, test: entry.test },
    ...{ range, coin, addresses: entry.size },
    signedAt: [...signed].filter(([, keys]) => keys.has(entry.value)).map(([site]) => site),
  }));
  if (options.json) terminal.out(asciiJson({ lines: rows }));
  else {
    for (const row of rows) {
      const where = row.signedAt.length === 0 ? 'NOT SIGNED' : `signed at ${row.signedAt.join(', ')}`;
      const many = row.what === 'address' ? '' : `, ${row.addresses} addresses`;
      const coins = row.coins.map((one) => COINS[one]).join(' or ');
      terminal.out(
        `${row.label}  (${row.what}, ${coins}${row.test ? ', TEST NETWORK' : ''}${many}; ${where})`,
      );
      terminal.out(`  ${row.value}`);
    }
    terminal.out(`${lines.length} lines, ${lines.reduce((sum, { entry }) => sum + entry.size, 0)} addresses`);
  }
  return rows.some(({ signedAt }) => signedAt.length === 0) ? EXIT.drifted : EXIT.same;
}

/** `tillwarden book check`: what the signed book of each site says of an address. */
export async function bookCheck(
  context: CommandContext,
  text: string,
  options: { readonly json?: boolean },
): Promise<number> {
  const { terminal } = context;
  const address = recogniseAddress(text.trim());
  const answers: { site: string; found: string; label: string | null }[] = [];
  for (const [site, { head }] of await approvalsOf(context)) {
    const book = await wholeBook(head?.collections ?? new Map());
    const answer =
      book === null
        ? null
        : address?.valid === true
          ? book.ask(address.canonical)
          : ({ found: 'unknown' } as const);
    const label = answer !== null && 'label' in answer ? answer.label : null;
    answers.push({ site, found: answer?.found ?? 'no-book', label });
  }
  const networks = address?.valid === true ? address.networks : [];
  if (options.json) terminal.out(asciiJson({ valid: address?.valid ?? false, networks, answers }));
  else {
    terminal.out(addressWords(address));
    for (const { site, found, label } of answers) terminal.out(`  ${site}: ${foundWords(found, label)}`);
  }
  const isKnown = answers.length > 0 && answers.every(({ found }) => found === 'known');
  return isKnown ? EXIT.same : answers.some(({ found }) => found === 'no-book') ? EXIT.unknown : EXIT.drifted;
}

function addressWords(address: ReturnType<typeof recogniseAddress>): string {
  if (address === null) return 'No address of a network that is known.';
  if (!address.valid) return `No valid ${COINS[address.coin]} address: its checksum or form is wrong.`;
  const names = address.networks.map(({ coin, test }) => `${COINS[coin]}${test ? ' (test network)' : ''}`);
  return `A valid address of ${names.join(' or ')}.`;
}

function foundWords(found: string, label: string | null): string {
  switch (found) {
    case 'known':
      return `in the signed book: ${label}`;
    case 'lookalike':
      return `NOT in the signed book, and it looks like one that is: ${label}`;
    case 'no-book':
      return 'nobody has signed a book';
    default:
      return 'NOT in the signed book';
  }
}

async function approvalsOf(context: CommandContext): Promise<ReadonlyMap<string, SiteApproval>> {
  const config = await openConfig(context, 'none');
  const approvals = new Map<string, SiteApproval>();
  for (const site of sitesWithBook(config)) {
    approvals.set(site, await readApproval(config, site, context.clock()));
  }
  return approvals;
}

function signedValues(snapshot: CollectionSnapshot | undefined): readonly string[] {
  return (snapshot?.records ?? []).flatMap(({ key }) => keyValues(key)[0] ?? []);
}

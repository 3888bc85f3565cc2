import { FOLDED_FOLDER } from '../../store/folding/files.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { openState } from '../signing/open-state.js';
import { utc } from '../text/instant.js';
import { asciiJson } from '../text/json.js';
import { checkJournal, type FoldReport, foldedFolder, type JournalReport } from './journal-walk.js';

type Broken = NonNullable<JournalReport['broken']>;

/** `tillwarden journal verify`: proves that no entry was changed or removed, and with a head told in an alert that none was cut off. */
export async function journalVerify(
  context: CommandContext,
  options: { readonly head?: string; readonly json?: boolean },
): Promise<number> {
  const { terminal } = context;
  const told = options.head === undefined ? null : notifiedHead(options.head);
  const config = await openConfig(context, 'none');
  const store = openState(config);
  try {
    const report = checkJournal(store, told, foldedFolder(config.stateDirectory));
    if (options.json) terminal.out(asciiJson(report));
    else for (const line of reportLines(report, told)) terminal.out(line);
    const isMonotone = report.forgotten.length === 0 && report.lowered.length === 0;
    const whole = report.broken === null && report.told !== null && isMonotone;
    if (!whole) return EXIT.refused;
    return report.folds.every(({ file }) => file === 'whole') ? EXIT.same : EXIT.unknown;
  } finally {
    store.close();
  }
}

function notifiedHead(text: string): string {
  const digits = text.replace(/^sha256:/, '').toLowerCase();
  if (/^[0-9a-f]{12,64}$/.test(digits)) return digits;
  throw new CliError(
    'CLI_USAGE',
    '--head is no head of a journal; needed are its 12 to 64 hexadecimal digits, as the last line of an alert has them after "journal"',
  );
}

function reportLines(
  { entries, head, broken, told, forgotten, lowered, folds }: JournalReport,
  wanted: string | null,
) {
  const so = broken === null ? 'is whole' : 'is BROKEN';
  return [
    `The journal ${so}: ${grouped(entries, 'entry')} follow one another.`,
    ...(broken === null ? [] : [brokenWords(broken)]),
    ...folds.map(foldWords),
    `head sha256:${head}`,
    ...(told
      ? [
          `${wanted} is the head of entry ${told.seq}${told.seq === 0 ? '' : `, ${utc(told.atMs)}`}: still here.`,
        ]
      : []),
    ...(told === null
      ? [
          `MISSING: no entry ${broken === null ? '' : 'before that one '}has the head ${wanted}. What was decided up to that alert was cut off or written anew, or the alert is another daemon's.`,
        ]
      : []),
    ...forgotten.map(
      ({ site, remembered, journal }) =>
        `FORGOTTEN: baseline ${journal} of ${site} was in force, and the state remembers ${remembered ?? 'none'}. Somebody changed it.`,
    ),
    ...lowered.map(
      ({ seq, version, before }) =>
        `ROLLED BACK: entry ${seq} has trust root ${version} in force after ${before} was. Whoever root ${before} took rights from had them again: look at what was signed since.`,
    ),
  ];
}

function foldWords({ from, through, foldedMs, untilMs, name, file }: FoldReport): string {
  const which = `Entries ${from} to ${through}, from before ${utc(untilMs)}, were folded ${utc(foldedMs)} into ${FOLDED_FOLDER}/${name}`;
  return file === 'whole'
    ? `${which}: whole.`
    : `UNKNOWN: ${which.replace('Entries', 'entries')}, which is not there. How many there were and what followed them is proven, what they said is not: put the file back from a backup.`;
}

/** What does not fit in a journal, and where. */
export function brokenWords({ seq, what }: Broken): string {
  switch (what) {
    case 'missing':
      return `Entry ${seq} was removed: later ones are there.`;
    case 'changed':
      return `Entry ${seq} was changed: it does not have the hash it was written with.`;
    case 'detached':
      return `Entry ${seq} does not follow entry ${seq - 1}: one of them was replaced.`;
    case 'file':
      return `The file of the entries from ${seq} on is not the one that was written: the entry of its fold names another.`;
    case 'fold':
      return `Entry ${seq} says that older ones were folded, and that is not so: somebody hides entries behind it.`;
  }
}

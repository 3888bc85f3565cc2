import { counted } from '../wording.js';
import {
  type ReviewedRecord,
  type ReviewedSite,
  type ReviewRule,
  type Suspicion,
  suspicion,
  textOf,
} from './suspicion.js';

/** A question about the collection of this name in the preset `lamassu`. */
interface Question {
  readonly name: string;
  readonly collection: string;
  readonly found: (count: number) => string;
  readonly advice: string;
  /** Columns in question, shown with the key. */
  readonly shows: readonly string[];
  readonly asksAbout: (record: ReviewedRecord) => boolean;
  /** What else is shown, looked up elsewhere. */
  readonly beside?: (record: ReviewedRecord, site: ReviewedSite) => Suspicion['record'];
}

/** JSON's own words, which stand in records as they are written there. */
const isTrue = (text: string | null): boolean => text === 'true';
/** A number, or a string of JSON that holds one. No arithmetic: amounts may have any number of digits. */
const isMoreThanNothing = (text: string | null): boolean => /^"?\d*\.?\d*[1-9]/.test(text ?? '');

const QUESTIONS: readonly Question[] = [
  {
    name: 'lamassu-planted-config',
    collection: 'newest_config',
    found: (count) =>
      `${counted(count, 'configuration')} saved last that ${verb(count, 'is', 'are')} not in force`,
    advice:
      'The next save of anybody starts from it and puts it into force. Look at it in user_config, and have a good one saved over it.',
    shows: ['valid', 'schema_version'],
    asksAbout: (record) => record.text('valid') !== 't',
  },
  {
    name: 'lamassu-superusers',
    collection: 'users',
    found: (count) => `${counted(count, 'administrator')} who may change every wallet and invite others`,
    advice: 'Is each of them still with you, and does each still need the role superuser?',
    shows: ['username', 'role', 'enabled'],
    asksAbout: (record) => record.text('role') === 'superuser' && record.text('enabled') !== 'f',
  },
  {
    name: 'lamassu-coins',
    collection: 'wallet_routes',
    found: (count) => `${counted(count, 'coin')} that ${verb(count, 'is', 'are')} traded`,
    advice:
      'For each: is the wallet yours, is the account at the exchange yours, and do prices come from where you chose?',
    shows: ['wallet', 'exchange', 'ticker'],
    asksAbout: (record) => isTrue(record.text('active')),
  },
  {
    name: 'lamassu-endpoints',
    collection: 'wallet_endpoints',
    found: (count) =>
      `${counted(count, 'plugin')} with a server or environment of ${verb(count, 'its', 'their')} own`,
    advice:
      'Whoever runs that server says what was paid. Is each the one you chose, and none a test environment?',
    shows: ['wallet_endpoint_host', 'wallet_environment'],
    asksAbout: (record) =>
      record.text('wallet_endpoint_host') !== null || record.text('wallet_environment') !== null,
  },
  {
    name: 'lamassu-zero-conf',
    collection: 'wallet_routes',
    found: (count) => `${counted(count, 'coin')} paid out before anybody has confirmed the payment`,
    advice: 'Whoever takes the coins back is paid all the same. Is each limit an amount that you would lose?',
    shows: ['zero_conf', 'zero_conf_limit'],
    asksAbout: (record) => isMoreThanNothing(record.text('zero_conf_limit')),
  },
  {
    name: 'lamassu-machine-zero-conf',
    collection: 'cash_out',
    found: (count) =>
      `${counted(count, 'machine')} that ${verb(count, 'pays', 'pay')} out before anybody has confirmed the payment`,
    advice:
      'Whoever takes the coins back is paid all the same. Is the limit of each machine an amount that you would lose?',
    shows: ['value'],
    asksAbout: (record) =>
      record.text('setting') === 'zeroConfLimit' && isMoreThanNothing(record.text('value')),
    beside: machineName,
  },
  {
    name: 'lamassu-cash-out',
    collection: 'cash_out',
    found: (count) => `${counted(count, 'machine')} that ${verb(count, 'pays', 'pay')} out cash`,
    advice: 'Is each of them yours, and is it meant to pay out?',
    shows: [],
    asksAbout: (record) => record.text('setting') === 'active' && isTrue(record.text('value')),
    beside: machineName,
  },
  {
    name: 'lamassu-alarms',
    collection: 'alarm_targets',
    found: (count) => `${counted(count, 'place')} that alarms of the server go to`,
    advice: 'An alarm that goes to somebody else warns nobody. Is each address and number one of yours?',
    shows: ['to_email', 'to_number'],
    asksAbout: (record) => record.text('to_email') !== null || record.text('to_number') !== null,
  },
];

/** What a reviewer is asked about lamassu-server. Asked where collections come from its preset. */
export const LAMASSU_RULES: readonly ReviewRule[] = QUESTIONS.map(ruleOf);

function ruleOf({ name, found, advice, collection, shows, asksAbout, beside }: Question): ReviewRule {
  return {
    name,
    found,
    advice,
    ask: (site) => {
      const own = site.all().find((one) => one.preset === 'lamassu' && one.name === collection);
      if (own === undefined)
        return { notLooked: `the collection ${collection} of the preset is not watched` };
      const records = own.records.filter(asksAbout);
      return {
        looked: own.records.length,
        suspicions: records.map((record) => {
          const one = suspicion(
            record,
            shows.filter((column) => own.columns.includes(column)),
          );
          return { ...one, record: [...one.record, ...(beside?.(record, site) ?? [])] };
        }),
      };
    },
  };
}

/** By what people call the machine whose id is part of the record's key. */
function machineName(record: ReviewedRecord, site: ReviewedSite): Suspicion['record'] {
  const device = record.text('device');
  const machine = site
    .of('terminal')
    .flatMap(({ records }) => records)
    .find(({ key }) => key.length === 1 && key[0] === device && device !== null);
  const name = textOf(machine?.encoded('name'));
  return name === null ? [] : [{ name: 'machine', value: { untrusted: name } }];
}

function verb(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

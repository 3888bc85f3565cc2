import { isSecretName, wordsOf } from '../sources/name-words.js';
import type { ShapeCounts, SurveyedColumn, SurveyedTable, ValueShape } from '../sources/survey.js';

import type { Remark } from './suggestion.js';

/** What becomes of each column that is not part of the key. */
export interface JudgedColumns {
  readonly watched: readonly string[];
  readonly secret: readonly string[];
  readonly author: readonly string[];
  readonly personal: readonly string[];
  readonly remarks: readonly Remark[];
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** With one of these words a name is that of a switch or a limit about a secret, not of the secret. */
const SWITCH = words(
  'enabled enable required require active count length expire expired expiry valid changed attempt',
);
/** A time that a column of these words holds is itself a setting. */
const TIME_THAT_MATTERS = words('expire expires expiry expiration until valid deadline from to due');
const MOVES_BY_ITSELF = words(
  'last heartbeat ping seen online uptime counter connected updated modified changed accessed touched sync synced polled balance rate error',
);
const MATTERS = words(
  'wallet address xpub exchange payout destination role permission privilege right enabled admin superuser login email phone factor',
);
const AUTHOR = words('author editor creator modifier updater');

/** Judges the columns of a table that is to be watched. `key`: its key, whose columns are judged for secrets alone. */
export function judgeColumns(table: SurveyedTable, key: readonly string[]): JudgedColumns {
  const remarks: Remark[] = [];
  const watched: string[] = [];
  const secret: string[] = [];
  const author: string[] = [];
  const personal: string[] = [];
  const left = new Map<string, string[]>();
  const leave = (why: string, name: string) => left.set(why, [...(left.get(why) ?? []), name]);
  const siblings = table.columns.some(({ shapes }) => (shapes.get('secret-name') ?? 0) > 0);
  for (const column of table.columns) {
    const isKey = key.includes(column.name);
    const why = isKey ? null : reasonToLeave(column);
    if (why !== null) {
      leave(why, column.name);
      continue;
    }
    if (!isKey) watched.push(column.name);
    if (!isKey && column.moved > 0) {
      const text = `changed ${column.moved === 1 ? 'once' : `${column.moved} times`} while watched. Nobody should change this unseen: find out who does`;
      remarks.push({ isDoubt: true, text, names: [column.name] });
    }
    const secrecy = secrecyOf(column, siblings);
    if (secrecy !== null && !(isKey && secrecy.isDoubt)) {
      secret.push(column.name);
      remarks.push({ ...secrecy, names: [column.name] });
    } else if (secrecy !== null) {
      remarks.push({
        isDoubt: true,
        text: 'values look random, and the key is shown in messages',
        names: [column.name],
      });
    } else if (!isKey && isAuthor(column.name)) author.push(column.name);
    if (share(column.shapes, 'mail', 'phone') >= 0.5) personal.push(column.name);
    if (column.json !== null) remarks.push(...jsonRemarks(column));
  }
  for (const [text, names] of left) {
    remarks.push({ isDoubt: GUESSED.includes(text), text: `left out, ${text}`, names });
  }
  return { watched, secret, author, personal, remarks };
}

const LOOKS_MOVING = 'since by its name it changes by itself, though it was not seen to';
const IS_A_TIME = 'since it holds a time';
const GUESSED: readonly string[] = [LOOKS_MOVING];

/** Why a column is not watched; null when it is. */
function reasonToLeave(column: SurveyedColumn): string | null {
  const { name, type, moved, isReadable, json } = column;
  if (!isReadable) return 'since no source of this kind reads a column of its type or name';
  if (moved > 0) return matters(column) ? null : 'since it changed by itself while watched';
  const own = wordsOf(name);
  if (own.some((word) => TIME_THAT_MATTERS.has(word)) && type === 'time') return null;
  if (type === 'time') return IS_A_TIME;
  const isMeasure = type === 'number' || type === 'json' || json !== null || own[0] === 'last';
  const isOfAPerson = own.join('') === 'lastname' || own.includes('surname');
  return isMeasure && !isOfAPerson && own.some((word) => MOVES_BY_ITSELF.has(word)) ? LOOKS_MOVING : null;
}

/**
 * Whether a column is of what a thief changes. One that moves while it is watched is not left out for that: the thief may be the one who
 * moves it.
 */
function matters({ name, shapes }: SurveyedColumn): boolean {
  return (
    isSecretName(name) ||
    wordsOf(name).some((word) => MATTERS.has(word)) ||
    has(shapes, 'private-key', 'password-hash') ||
    share(shapes, 'address', 'extended-key') >= 0.5
  );
}

/** Why a column is sealed; null when it is not. `siblings`: whether another column holds names of secrets. */
function secrecyOf(column: SurveyedColumn, siblings: boolean): { isDoubt: boolean; text: string } | null {
  const { name, type, shapes, json } = column;
  const own = wordsOf(name);
  const isSwitch = type === 'boolean' || type === 'time' || own.some((word) => SWITCH.has(word));
  if (isSecretName(name) && !isSwitch) return { isDoubt: false, text: 'secret by its name' };
  if (has(shapes, 'private-key', 'password-hash'))
    return { isDoubt: false, text: 'secret by what its values look like' };
  if (type === 'text' && share(shapes, 'random') >= 0.5 && count(shapes, 'random') > 0) {
    return { isDoubt: true, text: 'secret, for its values look random' };
  }
  if (json !== null) return jsonSecrecy(column);
  // A table of names and values: one of them is the name of a secret, so any value may be one.
  if (siblings && type === 'text' && /value|val$|data|content/i.test(name)) {
    return { isDoubt: true, text: 'secret, for some rows are named like secrets' };
  }
  if (has(shapes, 'random') && /value|data|content|config|setting|param/i.test(name)) {
    return { isDoubt: true, text: 'secret, for some of its values look random' };
  }
  return null;
}

function jsonSecrecy({ json }: SurveyedColumn): { isDoubt: boolean; text: string } | null {
  if (json === null) return null;
  const named = json.members.some(({ path }) => path.some(isSecretName));
  if (!named && !has(json.shapes, 'private-key', 'password-hash', 'random')) return null;
  return { isDoubt: true, text: 'secret, for it is JSON with members that look secret' };
}

/** Members that are named in a remark. */
const NAMED_MEMBERS = 12;

function jsonRemarks({ name, json }: SurveyedColumn): Remark[] {
  if (json === null) return [];
  const paths = json.members.map(({ path }) => path.join('/'));
  const rest = Math.max(0, paths.length - NAMED_MEMBERS) + json.unnamed;
  const more = rest === 0 ? '' : `, and ${rest} more`;
  return [
    {
      isDoubt: false,
      text: `JSON, whose members could be records of their own (docs/presets.md)${more}:`,
      names: [name, ...paths.slice(0, NAMED_MEMBERS)],
    },
  ];
}

function isAuthor(name: string): boolean {
  const own = wordsOf(name);
  return (
    own.some((word) => AUTHOR.has(word)) || /(?:created|updated|modified|changed|edited)_?by/i.test(name)
  );
}

/** Values of a shape among those that say anything, from 0 to 1. */
export function share(shapes: ShapeCounts, ...wanted: readonly ValueShape[]): number {
  const all = [...shapes].reduce((sum, [shape, n]) => sum + (shape === 'empty' ? 0 : n), 0);
  return all === 0 ? 0 : count(shapes, ...wanted) / all;
}

function count(shapes: ShapeCounts, ...wanted: readonly ValueShape[]): number {
  return wanted.reduce((sum, shape) => sum + (shapes.get(shape) ?? 0), 0);
}

/** Whether any value is of one of these shapes. */
export function has(shapes: ShapeCounts, ...wanted: readonly ValueShape[]): boolean {
  return count(shapes, ...wanted) > 0;
}

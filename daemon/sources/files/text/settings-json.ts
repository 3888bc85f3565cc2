import { isUtf8 } from 'node:buffer';
import { normalizeJsonText } from '../../../../baselines/index.js';
import { MAX_DOCUMENT } from '../../relational/derive/json-document.js';
import { envSettings, iniSettings, propertiesSettings, type SettingList } from './line-formats.js';
import { tomlSettings } from './toml-settings.js';
import { xmlSettings } from './xml-settings.js';
import { yamlSettings } from './yaml-settings.js';

/** Forms of text in which programs keep settings. */
export const TEXT_FORMATS = ['json', 'yaml', 'toml', 'xml', 'properties', 'ini', 'env'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

/** Bytes of a file that is read for its settings. */
export const MAX_TEXT_BYTES = 1024 * 1024 - 1;

/** Levels of the settings of a file: the rules follow 32, of which its path is one. */
const MAX_DEPTH = 31;
/** UTF-16 code units of the same, with room for the path. */
const MAX_LENGTH = MAX_DOCUMENT - 65_536;

/**
 * The settings of a text as the text of one JSON object; null when it is none of that format, or none that the rules could follow. A name that stands twice has
 * the list of its values: which of them a program takes is not for us to guess. Never throws, whatever the text.
 */
export function settingsJson(format: TextFormat, bytes: Uint8Array): string | null {
  const text = textOf(format, bytes);
  const isMarked = text?.startsWith(BYTE_ORDER_MARK) === true;
  const json = text === null ? null : jsonOf(format, isMarked ? text.slice(1) : text);
  return json === null || normalOf(json) === null ? null : isMarked ? marked(json) : json;
}

/** Some programs pass over it; for others the first setting has another name, or the file is none. */
const BYTE_ORDER_MARK = '\uFEFF';

/** The settings, and that the mark stands before them; null where one of them has its name. */
function marked(json: string): string | null {
  const inside = json.trim().slice(1);
  return normalOf(`{"(byte order mark)":"at the beginning"${inside.trim() === '}' ? '' : ','}${inside}`);
}

/** Null of what is no object, or none that the rules could follow. */
function normalOf(json: string): string | null {
  const normal = normalizeJsonText(json, { maxDepth: MAX_DEPTH, maxLength: MAX_LENGTH });
  return normal.ok && normal.text.startsWith('{') ? normal.text : null;
}

function jsonOf(format: TextFormat, text: string): string | null {
  switch (format) {
    case 'json':
      return text;
    case 'yaml':
      return yamlSettings(text);
    case 'toml':
      return tomlSettings(text);
    case 'xml':
      return xmlSettings(text);
    case 'properties':
      return listText(propertiesSettings(text));
    case 'ini':
      return listText(iniSettings(text));
    case 'env':
      return listText(envSettings(text));
  }
}

function textOf(format: TextFormat, bytes: Uint8Array): string | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8');
  // As Java read them until its version 9.
  return format === 'properties' ? buffer.toString('latin1') : null;
}

function listText(settings: SettingList | null): string | null {
  if (settings === null) return null;
  const sections = new Map<string, Map<string, string[]>>();
  for (const { section, name, value } of settings) {
    const names = sections.get(section) ?? new Map<string, string[]>();
    sections.set(section, names);
    names.set(name, [...(names.get(name) ?? []), value]);
  }
  const own = sections.get('') ?? new Map<string, string[]>();
  const others = [...sections].filter(([section]) => section !== '');
  if (others.some(([section]) => own.has(section))) return null;
  return object([
    ...members(own),
    ...others.map(([section, names]) => [section, object(members(names))] as const),
  ]);
}

function members(names: ReadonlyMap<string, readonly string[]>): (readonly [string, string])[] {
  return [...names].map(([name, values]) => [name, JSON.stringify(values.length === 1 ? values[0] : values)]);
}

function object(all: readonly (readonly [name: string, json: string])[]): string {
  return `{${all.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

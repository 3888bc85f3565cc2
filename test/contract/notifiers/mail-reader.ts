import { simpleParser } from 'mailparser';
import type { ReceivedMail } from '../../../daemon/demo/stand-ins/smtp.js';
import type { Received } from './channel-under-test.js';

export interface ParsedMail extends Received {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Text of the HTML a reader sees, quoted values included. */
  readonly htmlText: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly attachments: readonly { readonly name: string; readonly type: string; readonly text: string }[];
}

const TAGS = new Set([
  ...['!doctype', 'html', 'head', 'meta', 'title', 'body', 'div', 'p', 'strong', 'span', 'mark', 'wbr', 'br'],
  ...['ul', 'ol', 'li', 'code'],
]);
const ATTRIBUTES = new Set(['lang', 'charset', 'name', 'content', 'style']);
/** What every quoted value stands in. */
const VALUE = 'ui-monospace';

/** Reads a mail back with a mail parser, and its HTML strictly. Throws for HTML that our own words would not need. */
export async function readMail(mail: ReceivedMail): Promise<ParsedMail> {
  const parsed = await simpleParser(mail.raw, { skipTextToHtml: true, skipTextLinks: true });
  const text = parsed.text ?? '';
  const html = typeof parsed.html === 'string' ? parsed.html : '';
  const page = readHtml(html);
  const subject = parsed.subject ?? '';
  return {
    subject,
    preview: subject,
    text,
    html,
    htmlText: page.text,
    ourWords: `${text.replace(/“[^”]*”/g, '').replace(/^ *\^+ *$/gm, '')}\n${page.ours}`,
    quotedWords: [...[...text.matchAll(/“([^”]*)”/g)].map((match) => match[1] ?? ''), ...page.quoted].join(
      '\n',
    ),
    raw: mail.raw.toString('utf8'),
    headers: new Map(parsed.headerLines.map((line) => [line.key, line.line])),
    attachments: parsed.attachments.map(({ filename, contentType, content }) => ({
      name: filename ?? '',
      type: contentType,
      text: content.toString('utf8'),
    })),
  };
}

function readHtml(html: string): {
  readonly ours: string;
  readonly quoted: readonly string[];
  readonly text: string;
} {
  const quoted: string[] = [];
  let ours = '';
  let text = '';
  /** Open elements inside a quoted value; empty outside. */
  const open: string[] = [];
  for (const [token] of html.matchAll(/<[^>]*>|[^<]+|</g)) {
    if (!token.startsWith('<')) {
      const words = decoded(token);
      text += words;
      if (open.length === 0) ours += words;
      else quoted[quoted.length - 1] += words;
      continue;
    }
    const tag = checkedTag(token);
    if (tag.closing) {
      if (open.length > 0 && open.pop() !== tag.name) throw new Error(`${token} closes another element`);
    } else if (open.length > 0) {
      if (tag.name === 'mark') open.push(tag.name);
      else if (tag.name !== 'wbr') throw new Error(`${token} inside a quoted value`);
    } else if (tag.name === 'span' && token.includes(VALUE)) {
      open.push(tag.name);
      quoted.push('');
    }
  }
  if (open.length > 0) throw new Error('a quoted value is not closed');
  return { ours, quoted, text };
}

function checkedTag(token: string): { readonly name: string; readonly closing: boolean } {
  const [, slash, name = '', attributes = ''] =
    /^<(\/?)([!a-z]+)((?: [a-z-]+(?:="[^"<>]*")?)*)>$/.exec(token) ?? [];
  if (!TAGS.has(name)) throw new Error(`tag ${token}`);
  for (const [, attribute = '', value = ''] of attributes.matchAll(/ ([a-z-]+)(?:="([^"]*)")?/g)) {
    if (!ATTRIBUTES.has(attribute) && !(name === '!doctype' && attribute === 'html'))
      throw new Error(`attribute in ${token}`);
    if (/url\(|expression|javascript|https?:|@import/i.test(value)) throw new Error(`value in ${token}`);
  }
  return { name, closing: slash === '/' };
}

function decoded(text: string): string {
  if (/&(?!#\d+;)|["'`]/.test(text)) throw new Error(`unescaped text ${text}`);
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

import type { PostedMessage } from '../../../daemon/demo/stand-ins/slack-workspace.js';
import type { Received } from './channel-under-test.js';

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a Slack message as strictly as it may be written: the block and element types in which Slack parses nothing, quoted values only
 * in text elements of style `code` outside of lists. Throws for anything else.
 */
export function readSlackMessage(message: PostedMessage): Received {
  const words = { ours: [message.text], quoted: [] as string[] };
  for (const block of message.blocks) readBlock(asObject(block), words);
  for (const attachment of message.attachments.map(asObject)) {
    onlyKeys(attachment, ['color', 'fallback', 'blocks']);
    words.ours.push(String(attachment['fallback']));
    for (const block of asArray(attachment['blocks'])) readBlock(asObject(block), words);
  }
  const preview = message.text.split('\n')[0] ?? '';
  if (/[<>]/.test(message.text)) throw new Error(`control sequence in the text: ${message.text}`);
  return {
    preview,
    ourWords: words.ours.join('\n'),
    quotedWords: words.quoted.join('\n'),
    raw: JSON.stringify(message),
  };
}

interface Words {
  readonly ours: string[];
  readonly quoted: string[];
}

function readBlock(block: Json, words: Words): void {
  switch (block['type']) {
    case 'header':
      onlyKeys(block, ['type', 'text']);
      words.ours.push(plainText(asObject(block['text'])));
      return;
    case 'context':
      onlyKeys(block, ['type', 'elements']);
      for (const element of asArray(block['elements'])) words.ours.push(plainText(asObject(element)));
      return;
    case 'rich_text':
      onlyKeys(block, ['type', 'elements']);
      for (const element of asArray(block['elements'])) readRich(asObject(element), words, false);
      return;
    default:
      throw new Error(`block of type ${String(block['type'])}`);
  }
}

function readRich(element: Json, words: Words, inList: boolean): void {
  switch (element['type']) {
    case 'rich_text_section': {
      onlyKeys(element, ['type', 'elements']);
      const pieces = asArray(element['elements']).map((piece) => readPiece(asObject(piece), inList));
      words.ours.push(pieces.map((piece) => (piece.quoted ? '' : piece.text)).join(''));
      words.quoted.push(...quotedRuns(pieces));
      return;
    }
    case 'rich_text_list':
      onlyKeys(element, ['type', 'style', 'elements']);
      for (const item of asArray(element['elements'])) readRich(asObject(item), words, true);
      return;
    default:
      throw new Error(`rich text of type ${String(element['type'])}`);
  }
}

interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}

function readPiece(piece: Json, inList: boolean): Piece {
  if (piece['type'] !== 'text') throw new Error(`element of type ${String(piece['type'])}`);
  onlyKeys(piece, ['type', 'text', 'style']);
  const style = asObject(piece['style'] ?? {});
  onlyKeys(style, ['bold', 'italic', 'code']);
  return { text: String(piece['text']), quoted: style['code'] === true && !inList };
}

/** Quoted pieces side by side are one value, of which parts are marked. */
function quotedRuns(pieces: readonly Piece[]): string[] {
  const runs: string[] = [];
  pieces.forEach((piece, index) => {
    if (!piece.quoted) return;
    if (pieces[index - 1]?.quoted === true) runs.push(`${runs.pop() ?? ''}${piece.text}`);
    else runs.push(piece.text);
  });
  return runs;
}

function plainText(text: Json): string {
  onlyKeys(text, ['type', 'text', 'emoji']);
  if (text['type'] !== 'plain_text' || text['emoji'] !== false) throw new Error('text that Slack parses');
  return String(text['text']);
}

function onlyKeys(value: Json, allowed: readonly string[]): void {
  const others = Object.keys(value).filter((key) => !allowed.includes(key));
  if (others.length > 0) throw new Error(`unexpected ${others.join(', ')}`);
}

function asObject(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('needed an object');
  return value as Json;
}

function asArray(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('needed an array');
  return value;
}

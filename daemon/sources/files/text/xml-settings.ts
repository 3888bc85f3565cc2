import { SaxesParser } from 'saxes';

/** Levels of elements in each other that are followed. */
const MAX_LEVELS = 28;
/** Attributes by which an element is told from those beside it, the first that it has. */
const NAMING = ['id', 'name', 'key'] as const;

/** An element whose end was not met yet. */
interface Open {
  readonly attributes: ReadonlyMap<string, string>;
  readonly name: string;
  readonly children: Map<string, string>;
  /** How many children of one name there are. */
  readonly counts: Map<string, number>;
  text: string;
}

/** What makes a text none that is read, in our words. Leaves this file as null alone. */
class Unreadable extends Error {}

/**
 * The settings of an XML document as the text of one JSON object; null when it is not well-formed, declares entities of its own, is no UTF-8 by its own word, or is
 * too deep. An attribute is `@name`, the text beside attributes or elements `#text`, which document type it says it has `!DOCTYPE`,
 * an instruction to the program `?name`. Of elements of one name each
 * is a setting apart: by its `id`, `name` or `key` (`bean[id=x]`), else by its place (`bean`, `bean[2]` …). Nothing is fetched and no entity is replaced but
 * the five of XML itself.
 */
export function xmlSettings(text: string): string | null {
  const root = opened('', new Map());
  const stack: Open[] = [root];
  const parser = new SaxesParser({ xmlns: false, position: false });
  const last = (): Open => stack[stack.length - 1] ?? root;
  parser.on('error', (error) => {
    throw new Unreadable(error.message);
  });
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^(?:utf-8|us-ascii)$/i.test(encoding))
      throw new Unreadable('another encoding');
  });
  parser.on('doctype', (doctype) => {
    if (doctype.includes('[')) throw new Unreadable('declarations of its own');
    root.children.set('!DOCTYPE', JSON.stringify(doctype.trim().replace(/\s+/g, ' ')));
  });
  parser.on('processinginstruction', ({ target, body }) => {
    set(last(), `?${target}`, JSON.stringify(body));
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (stack.length > MAX_LEVELS) throw new Unreadable('too deep');
    stack.push(opened(name, new Map(Object.entries(attributes))));
  });
  parser.on('text', (piece) => {
    last().text += piece;
  });
  parser.on('cdata', (piece) => {
    last().text += piece;
  });
  parser.on('closetag', () => {
    const closed = stack.pop();
    if (closed !== undefined) put(last(), closed);
  });
  try {
    parser.write(text).close();
    return objectText(root.children);
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

function opened(name: string, attributes: ReadonlyMap<string, string>): Open {
  return { name, attributes, children: new Map(), counts: new Map(), text: '' };
}

function put(parent: Open, element: Open): void {
  const by = NAMING.find((one) => element.attributes.has(one));
  const name = by === undefined ? element.name : `${element.name}[${by}=${element.attributes.get(by)}]`;
  set(parent, name, elementText(element));
}

function set(parent: Open, name: string, json: string): void {
  const count = (parent.counts.get(name) ?? 0) + 1;
  parent.counts.set(name, count);
  const own = count === 1 ? name : `${name}[${count}]`;
  // A value may be made up to read like the name of another element.
  if (parent.children.has(own)) throw new Unreadable('two settings of one name');
  parent.children.set(own, json);
}

/** An element that holds nothing but text is that; between elements, blanks are how it is laid out. */
function elementText({ attributes, children, text }: Open): string {
  if (attributes.size === 0 && children.size === 0) return JSON.stringify(text);
  const members = new Map([...attributes].map(([name, value]) => [`@${name}`, JSON.stringify(value)]));
  for (const [name, json] of children) members.set(name, json);
  if (/[^ \t\r\n]/.test(text)) members.set('#text', JSON.stringify(text));
  return objectText(members);
}

function objectText(members: ReadonlyMap<string, string>): string {
  return `{${[...members].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

import type { JsonValue } from './canonical.js';
import * as shape from './shape.js';

/** Files that belong to a collection, as they are signed with the definition they belong to. */
export type WatchedTrees = {
  /** Absolute paths of folders, each with everything below it, and of single files. Ordered. */
  readonly paths: readonly string[];
  /** Patterns over the path below a folder: only what one of them matches is a record. Everything is without them. Ordered. */
  readonly include?: readonly string[];
  /** Patterns of what is no record; a folder that one matches is not entered. Ordered. */
  readonly exclude?: readonly string[];
  /** Form of text in which the files hold settings, which are the records then, by the rules of `derive`. Absent, files are. */
  readonly format?: string;
  /** The machine they lie on. Absent, it is the one that reads them. */
  readonly server?: TreeServer;
};

/** A machine that is asked for its files, and the one key by which it is known. */
export type TreeServer = {
  /** `host:port`. */
  readonly address: string;
  /** `SHA256:` and the digest of its host key in unpadded base64, as OpenSSH prints it. */
  readonly hostKey: string;
};

/** The one spelling of trees: what is a set is ordered, and what says nothing is left out. */
export function canonicalTrees({
  paths,
  include = [],
  exclude = [],
  format,
  server,
}: WatchedTrees): WatchedTrees {
  return {
    paths: [...paths].sort(),
    ...(include.length === 0 ? {} : { include: [...include].sort() }),
    ...(exclude.length === 0 ? {} : { exclude: [...exclude].sort() }),
    ...(format === undefined ? {} : { format }),
    ...(server === undefined ? {} : { server: { address: server.address, hostKey: server.hostKey } }),
  };
}

const MOST_PATHS = 200;
const MOST_PATTERNS = 200;
const FORMAT = /^[a-z]{1,20}$/;
const HOST_KEY = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** Reads trees out of a document. Throws `BASELINE_FORMAT`. */
export function parseTrees(value: JsonValue): WatchedTrees {
  const fields = shape.objectWith(value, ['paths'], ['include', 'exclude', 'format', 'server'], 'files');
  const texts = (list: JsonValue, most: number, where: string) => {
    const all = shape.list(list, most, where).map((one) => shape.text(one, 4096, where));
    if (all.length === 0) shape.refuse(where, 'at least one, or absent');
    return shape.ascending(all, where);
  };
  return {
    paths: texts(fields.paths, MOST_PATHS, 'paths'),
    ...(fields.include === undefined ? {} : { include: texts(fields.include, MOST_PATTERNS, 'include') }),
    ...(fields.exclude === undefined ? {} : { exclude: texts(fields.exclude, MOST_PATTERNS, 'exclude') }),
    ...(fields.format === undefined ? {} : { format: shape.matching(fields.format, FORMAT, 'format') }),
    ...(fields.server === undefined ? {} : { server: parseServer(fields.server) }),
  };
}

function parseServer(value: JsonValue): TreeServer {
  const fields = shape.exactObject(value, ['address', 'hostKey'], 'server');
  return {
    address: shape.text(fields.address, 300, 'address'),
    hostKey: shape.matching(fields.hostKey, HOST_KEY, 'hostKey'),
  };
}

import type { JsonValue } from './canonical.js';
import * as shape from './shape.js';

/** Doors that belong to a collection, as they are signed with the definition they belong to. Either `targets` or `sockets` is there. */
export type ProbedDoors = {
  /** Where the one who looks stands, in the operator's own words: a door that is open from there may be closed from elsewhere. */
  readonly from: string;
  /** What is knocked at. Ordered by address, each once. */
  readonly targets?: readonly DoorTarget[];
  /** Sockets on which the machine that looks listens itself: all of them, or those that other machines reach. */
  readonly sockets?: 'all' | 'reachable';
};

/** A TCP port that is knocked at. */
export type DoorTarget = {
  /** `host:port`. */
  readonly address: string;
  /** TLS is spoken there. */
  readonly tls?: true;
  /** HTTP is spoken there. */
  readonly http?: DoorHttp;
};

/** What is asked of a web server. */
export type DoorHttp = {
  /** The path that is asked for, once. */
  readonly path: string;
  /** Headers of the answer that are looked at, in small letters. Ordered. */
  readonly headers?: readonly string[];
  /** Whose version it says, and the text around it: `Server {version}<`. */
  readonly version?: { readonly product: string; readonly text: string };
  /** A page that nobody may be given once the server is installed, and a text by which it is known. */
  readonly installation?: { readonly path: string; readonly contains: string };
};

/** The one spelling of doors: what is a set is ordered, and what says nothing is left out. */
export function canonicalDoors({ from, targets, sockets }: ProbedDoors): ProbedDoors {
  return {
    from,
    ...(targets === undefined
      ? {}
      : { targets: targets.map(canonicalTarget).sort((a, b) => (a.address < b.address ? -1 : 1)) }),
    ...(sockets === undefined ? {} : { sockets }),
  };
}

function canonicalTarget({ address, tls, http }: DoorTarget): DoorTarget {
  if (http === undefined) return { address, ...(tls === undefined ? {} : { tls }) };
  const { path, headers = [], version, installation } = http;
  return {
    address,
    ...(tls === undefined ? {} : { tls }),
    http: {
      path,
      ...(headers.length === 0 ? {} : { headers: [...headers].sort() }),
      ...(version === undefined ? {} : { version: { product: version.product, text: version.text } }),
      ...(installation === undefined
        ? {}
        : { installation: { path: installation.path, contains: installation.contains } }),
    },
  };
}

const MOST_TARGETS = 100;
const MOST_HEADERS = 20;
const HEADER = /^[a-z0-9-]{1,60}$/;
const PRODUCT = /^[a-z][a-z0-9-]{0,62}$/;

/** Reads doors out of a document. Throws `BASELINE_FORMAT`. */
export function parseDoors(value: JsonValue): ProbedDoors {
  const fields = shape.objectWith(value, ['from'], ['targets', 'sockets'], 'doors');
  const from = shape.text(fields.from, 200, 'from');
  if ((fields.targets === undefined) === (fields.sockets === undefined)) {
    shape.refuse('doors', 'targets or sockets, one of both');
  }
  if (fields.targets === undefined) {
    return { from, sockets: shape.oneOf(fields.sockets ?? null, ['all', 'reachable'] as const, 'sockets') };
  }
  const targets = shape.list(fields.targets, MOST_TARGETS, 'targets').map(parseTarget);
  if (targets.length === 0) shape.refuse('targets', 'at least one');
  shape.ascending(
    targets.map(({ address }) => address),
    'targets',
  );
  return { from, targets };
}

function parseTarget(value: JsonValue): DoorTarget {
  const fields = shape.objectWith(value, ['address'], ['tls', 'http'], 'A target');
  if (fields.tls !== undefined && fields.tls !== true) shape.refuse('tls', 'true, or absent');
  return {
    address: shape.text(fields.address, 300, 'address'),
    ...(fields.tls === undefined ? {} : { tls: true }),
    ...(fields.http === undefined ? {} : { http: parseHttp(fields.http) }),
  };
}

function parseHttp(value: JsonValue): DoorHttp {
  const fields = shape.objectWith(value, ['path'], ['headers', 'version', 'installation'], 'http');
  return {
    path: shape.text(fields.path, 2000, 'path'),
    ...(fields.headers === undefined ? {} : { headers: parseHeaders(fields.headers) }),
    ...(fields.version === undefined ? {} : { version: parseVersion(fields.version) }),
    ...(fields.installation === undefined ? {} : { installation: parseInstallation(fields.installation) }),
  };
}

function parseHeaders(value: JsonValue): readonly string[] {
  const headers = shape
    .list(value, MOST_HEADERS, 'headers')
    .map((one) => shape.matching(one, HEADER, 'headers'));
  if (headers.length === 0) shape.refuse('headers', 'at least one, or absent');
  return shape.ascending(headers, 'headers');
}

function parseVersion(value: JsonValue): NonNullable<DoorHttp['version']> {
  const fields = shape.exactObject(value, ['product', 'text'], 'version');
  return {
    product: shape.matching(fields.product, PRODUCT, 'product'),
    text: shape.text(fields.text, 200, 'text'),
  };
}

function parseInstallation(value: JsonValue): NonNullable<DoorHttp['installation']> {
  const fields = shape.exactObject(value, ['path', 'contains'], 'installation');
  return {
    path: shape.text(fields.path, 2000, 'path'),
    contains: shape.text(fields.contains, 200, 'contains'),
  };
}

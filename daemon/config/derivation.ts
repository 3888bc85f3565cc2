import type { z } from 'zod';
import type { Derivation } from '../../baselines/index.js';
import { collectionSchema } from './schema.js';

type Collection = z.infer<typeof collectionSchema>;

/** The derivation that a collection is configured with, as it is signed; null when its rows are its records. */
export function derivationOf({
  rows,
  json,
  drop,
  rest,
}: Pick<Collection, 'rows' | 'json' | 'drop'> & { readonly rest: readonly string[] }): Derivation | null {
  const where = Object.entries(rows?.where ?? {}).map(([column, is]) => ({ column, is }));
  const except = [...new Set([...(json?.except ?? []), ...rest])];
  const dropped = Object.entries(drop ?? {}).flatMap(([column, paths]) =>
    paths.map((path) => ({ column, path })),
  );
  const derive: Derivation = {
    ...(where.length === 0 ? {} : { where }),
    ...(rows?.latest === undefined ? {} : { latest: rows.latest }),
    ...(rows?.distinct === undefined ? {} : { distinct: rows.distinct }),
    ...(json === undefined ? {} : { json: jsonOf(json, except) }),
    ...(dropped.length === 0 ? {} : { drop: dropped }),
  };
  return Object.keys(derive).length === 0 ? null : derive;
}

function jsonOf(
  { column, members }: NonNullable<Collection['json']>,
  except: readonly string[],
): NonNullable<Derivation['json']> {
  return {
    column,
    members: members.map(({ path, field, host }) => ({
      path,
      field,
      ...(host === undefined ? {} : { host }),
    })),
    ...(except.length === 0 ? {} : { except }),
  };
}

/** The paths of the collections named, for one that watches what they leave: what is signed then depends on no other collection. */
export function restPaths(
  siblings: readonly unknown[],
  names: readonly string[],
): { readonly paths: readonly string[]; readonly unknown: readonly string[] } {
  if (names.length === 0) return { paths: [], unknown: [] };
  const paths = new Map<string, readonly string[]>();
  for (const sibling of siblings) {
    const read = collectionSchema.safeParse(sibling);
    if (read.success && read.data.json) {
      paths.set(
        read.data.name,
        read.data.json.members.map(({ path }) => path),
      );
    }
  }
  return {
    paths: names.flatMap((name) => paths.get(name) ?? []),
    unknown: names.filter((name) => !paths.has(name)),
  };
}

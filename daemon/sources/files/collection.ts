import { isAbsolute, normalize } from 'node:path';
import * as z from 'zod';
import { type Definition, type JsonRecords, KINDS } from '../../../baselines/index.js';
import { sftpConfig, treeServer } from '../machine/sftp-config.js';
import { mistakeInDerivation } from '../relational/derive/check-derivation.js';
import { parsePattern, patternMistake } from '../relational/derive/path-pattern.js';
import type { CollectionForm } from '../source-kind.js';
import { FILE_COLUMNS, FILES_TABLE, PATH, USUAL_COLUMNS } from './columns.js';
import { filePatternMistake } from './pattern-form.js';
import { TEXT_FORMATS } from './text/settings-json.js';

const path = z
  .string()
  .max(4096)
  .refine(
    (text) =>
      isAbsolute(text) &&
      !text.includes('\0') &&
      normalize(text) === text &&
      (text === '/' || !text.endsWith('/')),
    'an absolute path without . and .. in it and without / at its end',
  );

const pattern = z
  .string()
  .max(255)
  .superRefine((text, context) => {
    const mistake = filePatternMistake(text);
    if (mistake !== null) context.addIssue({ code: 'custom', message: mistake });
  });

/** What a setting's path begins with: the file that it stands in. */
const OF_FILE = '{file}/';
const memberPath = z
  .string()
  .max(255)
  .superRefine((text, context) => {
    const mistake = text.startsWith(OF_FILE) ? patternMistake(text) : `no ${OF_FILE} at its beginning`;
    if (mistake !== null)
      context.addIssue({ code: 'custom', message: `a path of a setting; this one has ${mistake}` });
  });

/** How the settings in files are read. */
const settingsSchema = z.strictObject({
  format: z.enum(TEXT_FORMATS),
  members: z
    .array(
      z.strictObject({
        path: memberPath,
        field: z.string().min(1).max(63),
        host: z.string().min(1).max(63).optional(),
      }),
    )
    .min(1)
    .max(200)
    .default([{ path: '{file}/{setting...}', field: 'value' }]),
  except: z.array(memberPath).max(1000).default([]),
});

/** The sensor comes with its source, and a book of addresses is no file of the watched machine. */
const COLLECTION_KINDS = KINDS.filter(
  (kind) => kind !== 'sensor' && kind !== 'address-book' && kind !== 'door',
);

/** A collection of files as an operator writes it. */
export const fileCollectionSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'a name of 1 to 63 of a-z, 0-9 and _, a letter first'),
    kind: z.enum(COLLECTION_KINDS),
    /** Folders, each with everything below it, and single files. */
    paths: z.array(path).min(1).max(200),
    /** Only what one of these matches, by its path below the folder. */
    include: z.array(pattern).max(200).default([]),
    /** Not what one of these matches. */
    exclude: z.array(pattern).max(200).default([]),
    columns: z
      .array(z.enum(FILE_COLUMNS))
      .min(1)
      .max(FILE_COLUMNS.length)
      .default([...USUAL_COLUMNS]),
    /** The settings in the files are the records, not the files. */
    settings: settingsSchema.optional(),
    /** `sha256`: where a file is short enough to be guessed from its digest. Of settings: fields. */
    secret: z.array(z.string()).max(20).default([]),
    preset: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,62}@[1-9][0-9]{0,5}$/, 'a name and a version, such as cas-host@1')
      .optional(),
  })
  .superRefine((collection, context) => {
    const { kind, settings, secret } = collection;
    const problem = (at: string, message: string) =>
      context.addIssue({ code: 'custom', path: [at], message });
    if ((kind === 'file') === (settings !== undefined)) {
      problem(
        'kind',
        settings === undefined ? 'file, or settings as well' : 'what the settings are, not file',
      );
    }
    const { key, columns, derive } = partsOf(collection);
    const able = settings === undefined ? ['sha256', 'target'] : [...key, ...columns];
    if (!secret.every((one) => able.includes(one))) problem('secret', `names out of ${able.join(', ')}`);
    if (derive === undefined) return;
    const mistake = mistakeInDerivation({ ...PLAIN, key, columns }, derive);
    if (mistake !== null) problem('settings', `${mistake.needed} (${mistake.found})`);
  });
type FileCollection = z.infer<typeof fileCollectionSchema>;

const PLAIN = { name: '', kind: 'config', source: '', table: FILES_TABLE, secret: [] } as const;

/** Key, columns and rules of a collection's records. */
function partsOf({
  columns,
  settings,
}: Pick<FileCollection, 'columns' | 'settings'>): Pick<Definition, 'key' | 'columns' | 'derive'> {
  if (settings === undefined) return { key: [PATH], columns: [...new Set(columns)] };
  const { members, except } = settings;
  const json: JsonRecords = {
    column: 'content',
    members: members.map(({ path: of, field, host }) => ({
      path: of,
      field,
      ...(host === undefined ? {} : { host }),
    })),
    ...(except.length === 0 ? {} : { except }),
  };
  const fields = members.flatMap(({ field, host }) => (host === undefined ? [field] : [field, host]));
  return {
    key: parsePattern(members[0]?.path ?? OF_FILE).parts,
    columns: [...new Set(fields)],
    derive: { json },
  };
}

/** How collections of files are written, and what of them is signed. */
export const fileCollections: CollectionForm = {
  schema: fileCollectionSchema,
  definition: (raw, source, sourceSettings) => {
    const server = sftpConfig.safeParse(sourceSettings['sftp']);
    const collection = fileCollectionSchema.parse(raw);
    const { paths, include, exclude, settings, secret, preset, name, kind } = collection;
    return {
      ...{ name, kind, source, table: FILES_TABLE },
      ...partsOf(collection),
      secret: [...new Set(secret)],
      files: {
        paths: [...new Set(paths)],
        ...(include.length === 0 ? {} : { include: [...new Set(include)] }),
        ...(exclude.length === 0 ? {} : { exclude: [...new Set(exclude)] }),
        ...(settings === undefined ? {} : { format: settings.format }),
        ...(server.success ? { server: treeServer(server.data) } : {}),
      },
      ...(preset === undefined ? {} : { preset }),
    };
  },
};

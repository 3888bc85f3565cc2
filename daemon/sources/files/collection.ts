import { isAbsolute, normalize } from 'node:path';
import { z } from 'zod';
import type { CollectionForm } from '../source-kind.js';
import { FILE_COLUMNS, FILES_TABLE, PATH, USUAL_COLUMNS } from './columns.js';
import { sftpConfig, treeServer } from './config.js';
import { filePatternMistake } from './pattern-form.js';

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

/** A collection of files as an operator writes it. */
export const fileCollectionSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'a name of 1 to 63 of a-z, 0-9 and _, a letter first'),
  kind: z.literal('file'),
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
  /** `sha256`: where a file is short enough to be guessed from its digest. */
  secret: z
    .array(z.enum(['sha256', 'target']))
    .max(2)
    .default([]),
  preset: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}@[1-9][0-9]{0,5}$/, 'a name and a version, such as cas-host@1')
    .optional(),
});

/** How collections of files are written, and what of them is signed. */
export const fileCollections: CollectionForm = {
  schema: fileCollectionSchema,
  definition: (raw, source, settings) => {
    const server = sftpConfig.safeParse(settings['sftp']);
    const { paths, include, exclude, columns, secret, preset, name, kind } = fileCollectionSchema.parse(raw);
    return {
      name,
      kind,
      source,
      table: FILES_TABLE,
      key: [PATH],
      columns: [...new Set(columns)],
      secret: [...new Set(secret)],
      files: {
        paths: [...new Set(paths)],
        ...(include.length === 0 ? {} : { include: [...new Set(include)] }),
        ...(exclude.length === 0 ? {} : { exclude: [...new Set(exclude)] }),
        ...(server.success ? { server: treeServer(server.data) } : {}),
      },
      ...(preset === undefined ? {} : { preset }),
    };
  },
};

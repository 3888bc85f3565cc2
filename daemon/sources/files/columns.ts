/** The column that identifies a record. */
export const PATH = 'path';

/** What a record says of a file unless its collection names columns of its own. */
export const USUAL_COLUMNS = ['type', 'size', 'mode', 'owner', 'group', 'links', 'target', 'sha256'] as const;

/**
 * Columns that move with things that are no change of content. `changed`: when the inode was last changed, which also tells of
 * attributes. `modified`: when the content was. `inode`: its device and number.
 */
export const MOVING_COLUMNS = ['changed', 'modified', 'inode'] as const;

/** What a file has beside its mode: capabilities, access lists, extended attributes, flags of its inode. Read by programs that must be there. */
export const ATTRIBUTES = 'attributes';

export const FILE_COLUMNS = [...USUAL_COLUMNS, ATTRIBUTES, ...MOVING_COLUMNS] as const;
export type FileColumn = (typeof FILE_COLUMNS)[number];

/** `table` of every collection of files: there is no other place than the paths. */
export const FILES_TABLE = 'files';

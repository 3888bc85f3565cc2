import type { DocumentDirectory, SignedDocument } from '../../../baselines/index.js';

/** Version in the name of a document's file; NaN without one. */
export function versionIn(document: Pick<SignedDocument, 'file'>): number {
  return Number(/([0-9]+)\.json$/.exec(document.file)?.[1] ?? Number.NaN);
}

export function isVersion(document: SignedDocument, version: number): boolean {
  return versionIn(document) === version;
}

/** Documents of `other` that `directory` has not. */
export function missingFrom(directory: DocumentDirectory, other: DocumentDirectory): SignedDocument[] {
  const there = new Set(directory.documents.map(versionIn));
  return other.documents.filter((document) => !there.has(versionIn(document)));
}

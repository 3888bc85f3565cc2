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
  return other.documents.filter(
    (document) => !directory.documents.some((one) => versionIn(one) === versionIn(document)),
  );
}

import { changedFieldNames } from '../../drift/fields.js';
import type { ChangeSubject } from '../quoting.js';

/** A change of a file, by what it can do: nobody who makes it chooses that. */
type FileChange = 'new' | 'gone' | 'replaced' | 'rights' | 'other' | 'doubt';

const CONTENT: ReadonlySet<string> = new Set(['sha256', 'size', 'type', 'target']);
const RIGHTS: ReadonlySet<string> = new Set(['mode', 'owner', 'group']);

function changeOfFile(subject: ChangeSubject): FileChange {
  switch (subject.type) {
    case 'added':
      return 'new';
    case 'removed':
      return 'gone';
    case 'ambiguous':
      return 'doubt';
    case 'modified': {
      const names = changedFieldNames(subject);
      if (names.some((name) => CONTENT.has(name))) return 'replaced';
      return names.some((name) => RIGHTS.has(name)) ? 'rights' : 'other';
    }
  }
}

/** Words for so many files of a configured collection, for a title. */
const TITLES: Readonly<Record<FileChange, (count: number, where: string) => string>> = {
  new: (count, where) => `${count} new ${files(count)} in ${where}`,
  gone: (count, where) => `${count} ${files(count)} of ${where} ${was(count)} removed`,
  replaced: (count, where) => `${count} ${files(count)} of ${where} ${was(count)} replaced`,
  rights: (count, where) =>
    `${count} ${files(count)} of ${where} ${count === 1 ? 'has' : 'have'} other permissions`,
  other: (count, where) => `${count} ${files(count)} of ${where} ${was(count)} changed`,
  doubt: (count, where) => `${count} ${files(count)} of ${where} ${count === 1 ? 'is' : 'are'} in doubt`,
};

const HEADLINES: Readonly<Record<FileChange, string>> = {
  new: 'new file',
  gone: 'file removed',
  replaced: 'file replaced',
  rights: 'permissions of a file changed',
  other: 'file changed',
  doubt: 'file in doubt',
};

const CONSEQUENCES: Readonly<Record<FileChange, string>> = {
  new: 'Right now there is a file nobody approved. A server may start by itself what lies in its folders.',
  gone: 'A file that was approved is gone: what it held, or kept out, is not there any more.',
  replaced: 'Right now a file holds something else than was approved, and so does whatever reads or runs it.',
  rights: 'Right now others than were approved may read, change or run a file.',
  other: 'Right now a file is not as approved.',
  doubt: 'Right now it is in doubt which file is used.',
};

/** The words of a changed file; of a title, for files that the same happened to in one collection. */
export function fileWords(subject: ChangeSubject) {
  const change = changeOfFile(subject);
  const { collection } = subject;
  return {
    group: `file ${change} ${collection}`,
    words: (count: number) => TITLES[change](count, collection),
    consequence: CONSEQUENCES[change],
  };
}

/** Words for what happened to one file, for the line above its diff. */
export function fileHeadline(subject: ChangeSubject): string {
  return HEADLINES[changeOfFile(subject)];
}

const files = (count: number): string => (count === 1 ? 'file' : 'files');
const was = (count: number): string => (count === 1 ? 'was' : 'were');

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FilesUnderTest, newFilesSource } from '../../support/files-source.js';
import { filesContract } from './files-contract.js';

filesContract('this machine', async () => {
  const local = mkdtempSync(join(tmpdir(), 'tillwarden-files-'));
  const opened: FilesUnderTest[] = [];
  return {
    local,
    path: local,
    open: async (collection = {}, config = {}) => {
      const files = newFilesSource({ paths: [local], ...collection }, config);
      opened.push(files);
      await files.source.open();
      return files;
    },
    close: async () => {
      await Promise.all(opened.map(({ source }) => source.close()));
      rmSync(local, { recursive: true, force: true });
    },
  };
});

import { lstatSync } from 'node:fs';
import { errorCode } from '../error-code.js';

/** True when something lies at the path, or nobody can tell: a folder that is gone is a brake that is drawn. */
export function isBraked(brakeFile: string): boolean {
  try {
    lstatSync(brakeFile);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ENOENT' || !isThere(brakeFile.replace(/\/[^/]*$/, '') || '/');
  }
}

function isThere(folder: string): boolean {
  try {
    return lstatSync(folder).isDirectory();
  } catch {
    return false;
  }
}

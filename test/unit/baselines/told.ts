import { BaselineError } from '../../../baselines/index.js';

/** What a person reads of the `BaselineError` that `work` throws: `CODE: message`. */
export function told(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return tellOf(error);
  }
  return 'nothing was thrown';
}

export async function toldAsync(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return tellOf(error);
  }
  return 'nothing was thrown';
}

function tellOf(error: unknown): string {
  if (error instanceof BaselineError) return `${error.code}: ${error.message}`;
  throw error;
}

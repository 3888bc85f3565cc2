import { BaselineError } from '../../../baselines/index.js';

/** The refusal as a person reads it, of the `BaselineError` that `work` throws: `CODE: message`. */
export function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return textOf(error);
  }
  return 'nothing was thrown';
}

export async function refusalOfAsync(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return textOf(error);
  }
  return 'nothing was thrown';
}

function textOf(error: unknown): string {
  if (error instanceof BaselineError) return `${error.code}: ${error.message}`;
  throw error;
}

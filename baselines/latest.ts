/**
 * Order of the values of a column by which the latest row is chosen: numbers by their value, dates and times by their year first, which may have more than
 * four digits or be one before Christ; all else by its text, which is right for what follows the year of an ISO time.
 */
export function compareValues(a: string, b: string): number {
  // Its text would come after the negative numbers.
  if (a === LOWEST || b === LOWEST) return Number(b === LOWEST) - Number(a === LOWEST);
  if (SMALL.test(a) && SMALL.test(b)) return Number(a) - Number(b);
  if (DECIMAL.test(a) && DECIMAL.test(b)) return compareDecimals(a, b);
  if (FLOAT.test(a) && FLOAT.test(b)) return Number(a) - Number(b);
  const [x, y] = [yearOf(a), yearOf(b)];
  return x !== null && y !== null && x !== y ? x - y : compareText(a, b);
}

const LOWEST = '-Infinity';
/** Whole numbers that are exact as a number. */
const SMALL = /^-?[0-9]{1,15}$/;
const DECIMAL = /^-?[0-9]+(?:\.[0-9]+)?$/;
const FLOAT = /^-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[+-]?[0-9]{1,3})?$/i;
/** A date as PostgreSQL, MySQL and MariaDB write it. */
const DATE = /^([0-9]{4,7})-[0-9]{2}-[0-9]{2}(?:[ T].*)?$/;

function yearOf(text: string): number | null {
  const year = DATE.exec(text)?.[1];
  if (year === undefined) return null;
  return text.endsWith(' BC') ? -Number(year) : Number(year);
}

/** Of any length, to the last digit. */
function compareDecimals(a: string, b: string): number {
  const [x, y] = [digitsOf(a), digitsOf(b)];
  if (x.isNegative !== y.isNegative) return x.isNegative ? -1 : 1;
  const larger =
    x.whole.length - y.whole.length || compareText(x.whole, y.whole) || compareText(x.fraction, y.fraction);
  return x.isNegative ? 0 - larger : larger;
}

function digitsOf(text: string): { isNegative: boolean; whole: string; fraction: string } {
  const [signed = '', decimals = ''] = text.split('.');
  const whole = signed.replace(/^-?0*/, '');
  let end = decimals.length;
  while (decimals[end - 1] === '0') end--;
  const fraction = decimals.slice(0, end);
  return { isNegative: text.startsWith('-') && whole + fraction !== '', whole, fraction };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

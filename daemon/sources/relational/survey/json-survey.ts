import type { ShapeCounts, SurveyedJson, SurveyedMember, ValueShape } from '../../survey.js';
import { shapeOf } from './value-shape.js';

/** Members that are told by name, of one column. */
const MAX_MEMBERS = 60;
/** Members that are counted at all, of one value: what comes after them is not looked at. */
const MAX_VISITED = 20_000;
const MAX_DEPTH = 8;
/** Members of a list that are looked at. */
const MAX_LISTED = 100;
/** A name as programs give names. Anything else may be somebody's data: an address, a serial number, a mail. */
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,39}$/;

/** The members of these JSON texts. What is no JSON object counts for nothing. */
export function surveyJson(texts: readonly string[]): SurveyedJson | null {
  const members = new Map<string, { path: readonly string[]; shapes: Map<ValueShape, number> }>();
  const unnamed = new Set<string>();
  const all = new Map<ValueShape, number>();
  let objects = 0;
  let visited = 0;
  const visit = (value: unknown, path: readonly string[], depth: number): void => {
    visited++;
    if (visited > MAX_VISITED) return;
    if (typeof value === 'object' && value !== null && depth < MAX_DEPTH) {
      // Members of a list go by the name of the list.
      if (Array.isArray(value)) for (const inner of value.slice(0, MAX_LISTED)) visit(inner, path, depth + 1);
      else for (const [name, inner] of Object.entries(value)) visit(inner, [...path, name], depth + 1);
      return;
    }
    const shape = shapeOfJson(value);
    count(all, shape);
    const id = JSON.stringify(path);
    const known = members.get(id);
    if (known) count(known.shapes, shape);
    else if (members.size < MAX_MEMBERS && path.every(isName)) {
      members.set(id, { path, shapes: new Map([[shape, 1]]) });
    } else if (unnamed.size < MAX_VISITED) unnamed.add(id);
  };
  for (const text of texts) {
    const value = parsed(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    objects++;
    visit(value, [], 0);
  }
  if (objects === 0) return null;
  const told = [...members.values()].map(({ path, shapes }): SurveyedMember => ({ path, shapes }));
  return { members: told, unnamed: unnamed.size, shapes: all };
}

/** How often each shape occurs. */
export function countShapes(values: Iterable<string>): ShapeCounts {
  const counts = new Map<ValueShape, number>();
  for (const value of values) count(counts, shapeOf(value));
  return counts;
}

function count(counts: Map<ValueShape, number>, shape: ValueShape): void {
  counts.set(shape, (counts.get(shape) ?? 0) + 1);
}

const isName = (name: string): boolean => NAME.test(name) && shapeOf(name) !== 'random';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What lies deeper than we look is not made text of: that would take as many calls as it has levels. */
function shapeOfJson(value: unknown): ValueShape {
  if (value === null) return 'empty';
  if (typeof value === 'object') return Array.isArray(value) ? 'json-array' : 'json-object';
  return shapeOf(String(value).slice(0, 1024));
}

import { LAB_TASKS, MOST_PUZZLE_TEXT, MOST_SEGMENTS } from '../../shared/labTerms.ts';
import type { Verb } from './state.ts';

/** What a link to the lab asks to show; what it leaves out is as on a first visit. */
export interface LabPlace {
  verb?: Verb;
  task?: (typeof LAB_TASKS)[number];
  model?: string;
  puzzle?: string;
  segments?: number;
  /** Segment that is held; 0 for the puzzle before any thought. */
  at?: number;
}

/** Reads the query of a link; unreadable parts are left out, and named. */
export function parseLabPlace(search: string): { place: LabPlace; problems: string[] } {
  const params = new URLSearchParams(search);
  const problems: string[] = [];
  const refuse = (name: string, given: string, accepted: string): undefined => {
    problems.push(`The link’s ${name} is “${given.slice(0, 40)}”; accepted: ${accepted}.`);
  };
  const text = (name: string, pattern: RegExp, accepted: string): string | undefined => {
    const given = params.get(name);
    if (given === null || pattern.test(given)) return given ?? undefined;
    return refuse(name, given, accepted);
  };
  const whole = (name: string, least: number): number | undefined => {
    const given = params.get(name);
    if (given === null) return undefined;
    const value = Number(given);
    if (/^\d+$/.test(given) && value >= least && value <= MOST_SEGMENTS) return value;
    return refuse(name, given, `${least} to ${MOST_SEGMENTS}`);
  };
  const task = params.get('task');
  const known = LAB_TASKS.find((id) => id === task);
  if (task !== null && !known) refuse('task', task, LAB_TASKS.join(', '));
  const puzzle = params.get('puzzle') ?? undefined;
  if (puzzle && puzzle.length > MOST_PUZZLE_TEXT)
    refuse('puzzle', puzzle, `up to ${MOST_PUZZLE_TEXT} characters`);
  const verb = text('do', /^(solve|train)$/, 'solve, train') as Verb | undefined;
  const place: LabPlace = {
    verb,
    task: known,
    model: text('model', /^[a-z0-9-]{1,40}$/, 'the name of a model'),
    puzzle: puzzle && puzzle.length <= MOST_PUZZLE_TEXT ? puzzle : undefined,
    segments: whole('segments', 1),
    at: whole('at', 0),
  };
  return { place, problems };
}

/** The query that shows this place again; `parseLabPlace` reads it back. */
export function formatLabPlace({ verb, task, model, puzzle, segments, at }: LabPlace): string {
  const params = new URLSearchParams();
  if (verb && verb !== 'solve') params.set('do', verb);
  for (const [name, value] of Object.entries({ task, model, puzzle, segments, at }))
    if (value !== undefined) params.set(name, String(value));
  const query = params.toString();
  return query === '' ? '' : `?${query}`;
}

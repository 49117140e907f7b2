// Longer than most files: it answers each task of the lab's page, and all of them share the models that are loaded.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  LAB_TASKS,
  type LabKind,
  type LabModel,
  type LabOneBlankAnswer,
  type LabPuzzle,
  type LabPuzzleRequest,
  type LabTaskInfo,
  type LabThink,
  type LabThinkAnswer,
  MOST_THOUGHT_CELLS,
} from '../../../shared/lab.ts';
import { RequestError } from '../../../shared/requestError.ts';
import type { Engine } from '../../engine/index.ts';
import { CheckpointError } from '../../policy/checkpoint/index.ts';
import { countParameters, createPaperModel, type PaperModel } from '../../policy/paper/index.ts';
import { Random } from '../../policy/random.ts';
import { type LabFile, readLabFile, shippedModels } from '../file.ts';
import { type LabTask, type Puzzle, PuzzleError, taskNamed } from '../tasks/index.ts';
import { type Thought, think, thinkTogether } from '../think.ts';
import { editableSigns, readPuzzle, readSign, wirePuzzle, wireThought } from './boards.ts';

/** Models that are kept ready; each takes a few megabytes. */
const KEPT_MODELS = 6;
/** Solved Sudokus that a model is tried on with one blank cell. */
const ONE_BLANK_PUZZLES = 64;
export const TRAINED = 'trained-';

/** What can be asked: work that takes a while, so it is not done where others are served. */
export type ThinkTask =
  | { kind: 'models'; folder: string }
  | { kind: 'puzzle'; request: LabPuzzleRequest }
  | { kind: 'think'; request: LabThink; folder: string }
  | { kind: 'oneBlank'; model: string; folder: string };

export interface ThinkAnswers {
  models: { tasks: LabTaskInfo[]; models: LabModel[] };
  puzzle: { puzzle: LabPuzzle };
  think: LabThinkAnswer;
  oneBlank: LabOneBlankAnswer;
}
export type ThinkAnswer = ThinkAnswers[ThinkTask['kind']];

interface Ready {
  readonly file: LabFile;
  readonly task: LabTask;
  readonly model: PaperModel;
}

/** Thinks about puzzles with shipped and trained models: what the thinking process does. */
export class Thinker {
  private readonly engine: Engine;
  private readonly models = new Map<string, Ready & { stamp: string }>();
  private readonly heldOut = new Map<string, Puzzle[]>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Rejects with a RequestError for what is the sender's doing. */
  async answer<T extends ThinkTask>(task: T): Promise<ThinkAnswers[T['kind']]> {
    // An answer to a task is of the task's kind.
    return (await this.do(task)) as ThinkAnswers[T['kind']];
  }

  private do(task: ThinkTask): Promise<ThinkAnswer> {
    switch (task.kind) {
      case 'models':
        return this.list(task.folder);
      case 'puzzle':
        return this.puzzle(task.request);
      case 'think':
        return this.think(task.request, task.folder);
      case 'oneBlank':
        return this.oneBlank(task.model, task.folder);
    }
  }

  private async list(folder: string): Promise<ThinkAnswers['models']> {
    const tasks = await Promise.all(
      LAB_TASKS.map(async (id): Promise<LabTaskInfo> => {
        const task = await taskNamed(id);
        return { id, title: task.title, signs: editableSigns(task) };
      }),
    );
    const models: LabModel[] = [];
    for (const [name, path] of this.names(folder)) {
      // A file that does not read is left out: nobody can think with it.
      const file = await readLabFile(path).catch(() => undefined);
      const task = LAB_TASKS.find((id) => id === file?.task);
      if (!file || !task) continue;
      const last = file.history.at(-1) ?? {};
      models.push({
        name,
        task,
        kind: file.kind satisfies LabKind,
        parameters: countParameters(file.config),
        segments: file.config.haltMaxSteps,
        steps: Number(last.steps ?? 0),
        seconds: Number(last.seconds ?? 0),
        exact: typeof last.exact === 'number' ? last.exact : null,
        shipped: !name.startsWith(TRAINED),
      });
    }
    return { tasks, models };
  }

  /** Names of all models, with what `readLabFile` takes. */
  private names(folder: string): Map<string, string> {
    const names = new Map(shippedModels().map((name) => [name, name]));
    for (const file of filesIn(folder)) {
      const name = /^(trained-[a-z0-9]+)\.safetensors$/.exec(file)?.[1];
      if (name) names.set(name, join(folder, file));
    }
    return names;
  }

  private async ready(name: string, folder: string): Promise<Ready> {
    const names = this.names(folder);
    const path = names.get(name);
    if (path === undefined)
      throw new RequestError(
        'not-found',
        `model is "${name}"; accepted: ${[...names.keys()].join(', ') || 'none yet'}`,
        'model',
      );
    const file = await readLabFile(path).catch((error: unknown) => {
      if (!(error instanceof CheckpointError)) throw error;
      throw new RequestError('bad-request', `model: ${error.message}`, 'model');
    });
    // A model that is still trained is another one a moment later, under the same name.
    const stamp = JSON.stringify(file.history.at(-1) ?? {});
    const known = this.models.get(name);
    if (known?.stamp === stamp) {
      this.models.delete(name);
      this.models.set(name, known);
      return known;
    }
    known?.model.dispose();
    const model = createPaperModel(file.config, file.weights, this.engine);
    const made = { file, task: await taskNamed(file.task), model, stamp };
    this.models.delete(name);
    this.models.set(name, made);
    for (const [oldest, { model: old }] of this.models) {
      if (this.models.size <= KEPT_MODELS) break;
      old.dispose();
      this.models.delete(oldest);
    }
    return made;
  }

  private async puzzle(request: LabPuzzleRequest): Promise<ThinkAnswers['puzzle']> {
    const task = await taskNamed(request.task);
    if (request.index !== undefined) {
      const list = this.heldOutOf(task, request.index + 1);
      const puzzle = list[request.index % list.length] as Puzzle;
      return { puzzle: { ...wirePuzzle(task, puzzle), index: request.index } };
    }
    const puzzle = readPuzzle(task, request.text ?? '', 'text');
    return { puzzle: wirePuzzle(task, request.blankOneMore ? blankOneMore(task, puzzle) : puzzle) };
  }

  /** The first held-out puzzles, made as far as somebody asked. */
  private heldOutOf(task: LabTask, count: number): Puzzle[] {
    const known = this.heldOut.get(task.id) ?? [];
    if (known.length >= count) return known;
    const made = task.heldOut(Math.ceil(count / 32) * 32);
    this.heldOut.set(task.id, made);
    return made;
  }

  private async think(request: LabThink, folder: string): Promise<LabThinkAnswer> {
    const { file, task, model } = await this.ready(request.model, folder);
    const puzzle = readPuzzle(task, request.puzzle, 'puzzle');
    const { segments, without, kick } = request;
    const cells = task.rows * task.columns;
    const trajectories = kick?.trajectories ?? 1;
    if (segments * trajectories * cells > MOST_THOUGHT_CELLS)
      throw new RequestError(
        'bad-request',
        `segments is ${segments} with ${trajectories} trajectories of ${cells} cells; accepted: at most ${Math.floor(MOST_THOUGHT_CELLS / trajectories / cells)} segments`,
        { reason: 'bad-value', field: 'segments' },
      );
    if (kick && kick.segment > segments)
      throw new RequestError(
        'bad-request',
        `kick.segment is ${kick.segment}; accepted: 2 to segments, which is ${segments}`,
        { reason: 'bad-value', field: 'kick.segment' },
      );
    if (without !== 'none' && file.kind === 'flat')
      throw new RequestError(
        'bad-request',
        `without is ${without}; accepted: none, for a model without halves`,
        { reason: 'bad-value', field: 'without' },
      );
    const edits = request.edits.map(({ segment, cell, sign }, i) => {
      if (cell >= cells || 'SG'.includes(task.write(puzzle).replaceAll('\n', '')[cell] ?? ''))
        throw new RequestError(
          'bad-request',
          `edits.${i}.cell is ${cell}; accepted: 0 to ${cells - 1}, and no end of a maze`,
          { reason: 'bad-value', field: `edits.${i}.cell` },
        );
      return { segment: segment - 1, cell, token: readSign(task, sign, `edits.${i}.sign`) };
    });
    const begun = performance.now();
    const thought = await thinkTogether(
      model,
      task,
      Array.from({ length: trajectories }, () => puzzle),
      segments,
      {
        without,
        edits,
        kick: kick && {
          segment: kick.segment - 1,
          strength: kick.strength,
          seed: kick.seed,
        },
      },
    );
    const milliseconds = Math.round(performance.now() - begun);
    // What is right is judged by the puzzle as it stood at that segment.
    const standing = Array.from({ length: segments }, (_, segment) =>
      edited(
        task,
        puzzle,
        edits.filter((edit) => edit.segment <= segment),
      ),
    );
    const trust = thought.map((list) => list.at(-1)?.halt ?? Number.NEGATIVE_INFINITY);
    const chosen = trust.indexOf(Math.max(...trust));
    const last = standing[segments - 1] as Edited;
    return {
      puzzle: {
        ...wirePuzzle(task, last.puzzle),
        ...(last.problem ? { problem: last.problem } : {}),
      },
      trajectories: thought.map((list, i) => ({
        kicked: i > 0,
        chosen: i === chosen,
        thoughts: list.map((one: Thought, segment) =>
          wireThought(task, (standing[segment] as Edited).puzzle, one),
        ),
      })),
      milliseconds,
    };
  }

  private async oneBlank(name: string, folder: string): Promise<LabOneBlankAnswer> {
    const { file, task, model } = await this.ready(name, folder);
    if (!task.id.startsWith('sudoku'))
      throw new RequestError(
        'bad-request',
        `model is "${name}", which solves ${task.title}; accepted: a model for Sudoku`,
        { reason: 'bad-value', field: 'model' },
      );
    const random = new Random(1, 1);
    const puzzles = this.heldOutOf(task, ONE_BLANK_PUZZLES)
      .slice(0, ONE_BLANK_PUZZLES)
      .map((whole) => {
        const cells = task.text(whole.answer as Uint8Array);
        const at = random.below(cells.length);
        return task.parse(`${cells.slice(0, at)}.${cells.slice(at + 1)}`);
      });
    const thoughts = await think(model, task, puzzles, file.config.haltMaxSteps);
    const fails = puzzles.filter((puzzle, i) => {
      const answer = thoughts[i]?.at(-1)?.answer;
      return answer !== undefined && !task.check(puzzle, answer).valid;
    });
    return {
      puzzle: wirePuzzle(task, fails[0] ?? (puzzles[0] as Puzzle)),
      tried: puzzles.length,
      solved: puzzles.length - fails.length,
    };
  }
}

interface Edited {
  readonly puzzle: Puzzle;
  /** Why it is no proper puzzle any more. */
  readonly problem?: string;
}

/** A puzzle after edits; one that has no single solution any more is judged by its rules. */
function edited(
  task: LabTask,
  puzzle: Puzzle,
  edits: readonly { cell: number; token: number }[],
): Edited {
  if (edits.length === 0) return { puzzle };
  const input = Uint8Array.from(puzzle.input);
  for (const { cell, token } of edits) input[cell] = token;
  const changed: Puzzle = { ...puzzle, input, answer: undefined };
  try {
    return { puzzle: task.parse(task.write(changed)) };
  } catch (error) {
    if (!(error instanceof PuzzleError)) throw error;
    return { puzzle: changed, problem: error.message.replace(/^puzzle: /, '') };
  }
}

/** One given cell less, drawn among those that can be spared. Throws a RequestError where there is none. */
function blankOneMore(task: LabTask, puzzle: Puzzle): Puzzle {
  const text = task.write(puzzle);
  if (!task.id.startsWith('sudoku'))
    throw new RequestError('bad-request', `blankOneMore: accepted for Sudoku, not ${task.title}`, {
      reason: 'bad-value',
      field: 'blankOneMore',
    });
  const cells = Int32Array.from([...text].flatMap((sign, cell) => (sign === '.' ? [] : [cell])));
  // The same puzzle loses the same cell.
  new Random(cells.length, 3).shuffle(cells);
  for (const cell of cells) {
    try {
      return task.parse(`${text.slice(0, cell)}.${text.slice(cell + 1)}`);
    } catch (error) {
      if (!(error instanceof PuzzleError)) throw error;
    }
  }
  throw new RequestError(
    'conflict',
    'No other cell can be blanked: without any of them the puzzle has a second solution.',
    'text',
  );
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Nothing was trained here yet.
    return [];
  }
}

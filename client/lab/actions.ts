import type { LabHalf, LabKind } from '../../shared/labTerms.ts';
import { MOST_INDEX, MOST_SEGMENTS } from '../../shared/labTerms.ts';
import type { SendCommand } from '../net/connection.ts';
import { copyText } from '../ui/copy.ts';
import { cellsAt, type Kick, type LabStore, modelOf, stopsAt, thoughtsOf } from './state.ts';

/** All that panels may ask for. What the server refuses is shown where it belongs, or as a notice. */
export type LabActions = ReturnType<typeof createLabActions>;

export interface LabActionDeps {
  store: LabStore;
  send: SendCommand;
  say: (tone: 'good' | 'bad' | 'info', text: string) => void;
  /** Without motion an answer is there at once. */
  reducedMotion: () => boolean;
}

export function createLabActions({ store, send, say, reducedMotion }: LabActionDeps) {
  let asked = 0;
  let index = Math.floor(Math.random() * (MOST_INDEX + 1));

  const attempt = (action: () => Promise<unknown>) =>
    void action().catch((error: Error) => say('bad', error.message));
  const refused = (error: Error) => store.set({ problem: error.message, isThinking: false });

  /** Thinks anew with what is chosen, and shows it from segment `from` on, or holds it at `at`. */
  async function think({ play = false, at }: { play?: boolean; at?: number } = {}): Promise<void> {
    const { puzzle, model, segments, without, edits, kick } = store.get();
    if (!puzzle || !model) return;
    const mine = ++asked;
    store.set({ isThinking: true });
    try {
      const answer = await send('lab:think', {
        model,
        puzzle: puzzle.cells,
        segments,
        without,
        edits: [...edits],
        ...(kick ? { kick } : {}),
      });
      if (mine !== asked) return;
      const chosen = answer.trajectories.findIndex((one) => one.chosen);
      const end = answer.trajectories[0]?.thoughts.length ?? 0;
      store.set({ answer, isThinking: false, problem: '', trajectory: kick ? chosen : 0 });
      if (at !== undefined) store.set({ at: Math.min(at, end) });
      else if (play && !reducedMotion()) store.set({ at: 0, isPlaying: true });
      else if (play) store.set({ at: stopsAt(thoughtsOf(store.get())) ?? end });
      else store.set({ at: Math.min(store.get().at, end) });
    } catch (error) {
      if (mine === asked) refused(error as Error);
    }
  }

  /** Takes a puzzle from the server: by number, by its text, or with one more blank. */
  async function take(
    request: { index: number } | { text: string; blankOneMore?: boolean },
    note: string,
    { at, play = true }: { at?: number; play?: boolean } = {},
  ): Promise<void> {
    const task = modelOf(store.get())?.task;
    if (!task) return;
    const mine = ++asked;
    try {
      const { puzzle } = await send('lab:puzzle', { task, ...request });
      if (mine !== asked) return;
      store.set({
        ...{ puzzle, note, problem: '', draft: undefined, cell: undefined },
        ...{ edits: [], kick: undefined, answer: undefined, at: 0, isPlaying: false },
      });
      await think(at === undefined ? { play } : { at });
    } catch (error) {
      if (mine === asked) refused(error as Error);
    }
  }

  async function open(): Promise<void> {
    const { tasks, models, training } = await send('lab:open', {});
    store.set({ tasks, models, training, connection: 'online' });
  }

  const actions = {
    attempt,
    open,
    take,
    async copyLink() {
      if (await copyText(location.href)) say('good', 'Link copied.');
      else say('info', location.href);
    },
    chooseVerb: (verb: 'solve' | 'train') => store.set({ verb, isPlaying: false }),
    newPuzzle() {
      index = (index + 1) % (MOST_INDEX + 1);
      const kept = modelOf(store.get())?.task.startsWith('maze') ? 'walls' : 'solution';
      return take({ index }, `Held-out puzzle ${index + 1}: training never saw its ${kept}.`);
    },
    async chooseModel(model: string) {
      const before = modelOf(store.get())?.task;
      store.set({ model, without: 'none' });
      const task = modelOf(store.get())?.task;
      // The same puzzle, thought about by another model.
      if (before === task && store.get().puzzle) await think({ play: true });
      else await actions.newPuzzle();
    },
    write: (text: string) => take({ text }, 'Your puzzle.'),
    /** An empty board to draw on: no puzzle of Sudoku yet, but already one of mazes. */
    async clear() {
      const { puzzle } = store.get();
      if (!puzzle) return;
      const text = puzzle.cells.replace(/[#1-9]/g, '.');
      if (puzzle.task.startsWith('maze')) return take({ text }, 'Your puzzle.', { at: 0 });
      store.set({
        ...{ draft: text, at: 0, isPlaying: false, answer: undefined, edits: [], kick: undefined },
        note: 'Your puzzle.',
        problem: 'Fill in digits until one solution is left; then it is thought about.',
      });
    },
    blankOneMore() {
      const { puzzle } = store.get();
      if (!puzzle) return Promise.resolve();
      return take(
        { text: puzzle.cells, blankOneMore: true },
        'One given cell less; still one solution.',
      );
    },
    async oneBlank() {
      const { model } = store.get();
      if (!model) return;
      const { puzzle, tried, solved } = await send('lab:oneBlank', { model });
      const note =
        solved < tried
          ? `One blank cell, and it fails: of ${tried} such puzzles it solves ${solved}.`
          : `One blank cell: of ${tried} such puzzles it solves all, so no failure can be shown.`;
      await take({ text: puzzle.cells }, note);
    },
    setSegments(segments: number) {
      store.set({ segments: Math.max(1, Math.min(MOST_SEGMENTS, segments)) });
      const { kick } = store.get();
      if (kick && kick.segment > segments) store.set({ kick: undefined });
      return think();
    },
    setWithout(without: LabHalf) {
      store.set({ without });
      return think({ play: true });
    },
    setKick(kick: Kick | undefined) {
      store.set({ kick, ...(kick ? {} : { trajectory: 0 }) });
      return think(kick ? { at: store.get().segments } : {});
    },
    showTrajectory: (trajectory: number) => store.set({ trajectory }),
    seek(at: number) {
      const end = thoughtsOf(store.get()).length;
      store.set({ at: Math.max(0, Math.min(end, at)), isPlaying: false });
    },
    togglePlay() {
      const { isPlaying, at } = store.get();
      const end = thoughtsOf(store.get()).length;
      store.set({ isPlaying: !isPlaying, at: !isPlaying && at >= end ? 0 : at });
    },
    /** Moves on while it plays. */
    tick() {
      const { isPlaying, at } = store.get();
      if (!isPlaying) return;
      const end = thoughtsOf(store.get()).length;
      if (at < end) store.set({ at: at + 1 });
      if (at + 1 >= end) store.set({ isPlaying: false });
    },
    chooseCell: (cell: number | undefined) => store.set({ cell }),
    /** Changes a cell: of the puzzle itself before any thought, else from the next segment on. */
    async edit(cell: number, sign: string) {
      const { puzzle, at, edits, segments } = store.get();
      if (!puzzle) return;
      store.set({ isPlaying: false });
      if (at === 0) {
        const text = cellsAt(store.get(), 0);
        const draft = `${text.slice(0, cell)}${sign}${text.slice(cell + 1)}`;
        store.set({ draft });
        return take({ text: draft }, 'Your puzzle.', { play: false, at: 0 });
      }
      const segment = Math.min(at + 1, segments);
      store.set({
        edits: [
          ...edits.filter((one) => one.cell !== cell || one.segment !== segment),
          { segment, cell, sign },
        ],
      });
      return think({ at });
    },
    undoEdits() {
      store.set({ edits: [] });
      return think({ at: store.get().at });
    },
    async train(task: string, kind: LabKind, seed: number) {
      const { training } = await send('lab:train', { task: task as 'sudoku4', kind, seed });
      store.set({ training });
    },
    async stop() {
      const { training } = await send('lab:stop', {});
      store.set({ training });
    },
    /** Solves with what was trained here. */
    async useTrained(model: string) {
      await open();
      store.set({ verb: 'solve' });
      await actions.chooseModel(model);
    },
  };
  return actions;
}

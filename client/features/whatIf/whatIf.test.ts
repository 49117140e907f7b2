import { expect, test } from '@jest/globals';
import type { Replay } from '../../../shared/replay.ts';
import { aRun } from '../../../shared/run.testing.ts';
import { answering } from '../../net/answering.testing.ts';
import { expertReplay, mindedReplay } from '../../replay/expert.testing.ts';
import { playByHand } from '../../replay/localEpisode.ts';
import { createPlayer } from '../../replay/player.ts';
import { simulate } from '../../replay/simulate.ts';
import { createStore } from '../../store/store.ts';
import { createWhatIf } from './whatIf.ts';

const LEVEL = 'BabyAI-PutNextLocal-v0';

/** The page's parts around a server that answers with the expert's way on, and remembers what was asked. */
function setUp(patch: Partial<Replay['source']> = {}, checkpoints: unknown[] = []) {
  const store = createStore();
  const asked: [string, Record<string, unknown>][] = [];
  const notices: string[] = [];
  const minded = mindedReplay(LEVEL, 1, [{ at: 0, subgoal: 1, x: 2, y: 2 }]);
  const run = { ...minded, source: { ...minded.source, ...patch } };
  const send = answering(async (name, payload: Record<string, unknown>) => {
    if (name === 'checkpoint:list') return { checkpoints };
    asked.push([name, payload]);
    const overrides = payload.overrides ?? [];
    const played = { greedy: false, ablation: 'none', overrides, forced: 0 };
    return { replay: { ...run, id: `play.${asked.length}`, played }, recording: { id: 'rec' } };
  });
  const session = {
    send,
    attempt: (action: () => Promise<unknown>) => void action(),
    notify: (_tone: string, text: string) => void notices.push(text),
  };
  const player = createPlayer({
    store,
    simulate,
    demonstrate: () => expertReplay(LEVEL, 3),
    playByHand: (levelId, from) => playByHand(levelId, from?.seed ?? 5, from?.actions),
    onError: (message) => notices.push(message),
  });
  const whatIf = createWhatIf(store, session, player);
  const info = aRun({ levelId: LEVEL, status: 'paused' });
  store.dispatch({ type: 'connection', status: 'online' });
  const snapshot = { run: info, metrics: [], changes: [], episodes: [run as Replay] };
  store.dispatch({ type: 'watch', snapshot });
  player.goLive();
  const settled = async () => {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 0));
    store.flush();
  };
  return { store, player, whatIf, asked, notices, settled, run };
}

test('a touched cell is sent with the actions so far, shown from that step, and left again', async () => {
  const { store, player, whatIf, asked, settled, run } = setUp();
  player.stepBy(1);
  player.stepBy(1);
  whatIf.touchCell(3, 4);
  await settled();
  expect(asked[0]).toEqual([
    'episode:play',
    {
      policy: 'run-a',
      levelId: LEVEL,
      seed: 1,
      actions: run.actions.slice(0, 2),
      overrides: [{ step: 2, x: 3, y: 4, subgoal: 'goNextTo', until: 'reached' }],
    },
  ]);
  // Beside it the same, with nothing done to it.
  const { overrides: _, ...untouched } = asked[0]![1];
  expect(asked[1]).toEqual(['episode:play', untouched]);
  expect(store.get().whatIf.control).toMatchObject({ status: 'here', title: 'Untouched' });
  expect(store.get()).toMatchObject({
    episode: { origin: { kind: 'whatif' } },
    playback: { cursor: 2, mode: 'playing' },
    whatIf: { busy: false, told: expect.stringContaining('from step 3 the Planner is told') },
  });
  // On the branch a second goal is added to the first.
  player.stepBy(1);
  whatIf.touchCell(1, 1);
  await settled();
  const again = asked.filter(([, { overrides }]) => overrides).at(-1);
  expect((again![1].overrides as { step: number }[]).map(({ step }) => step)).toEqual([2, 3]);
  whatIf.leaveBranch();
  expect(store.get()).toMatchObject({
    episode: { replay: { id: run.id }, origin: { kind: 'run' } },
    playback: { cursor: 2, mode: 'paused' },
    whatIf: { from: undefined, told: '' },
  });
});

test('whoever takes over is told what the agent would do, acts, and hands back', async () => {
  const { store, player, whatIf, asked, settled, run } = setUp();
  player.stepBy(1);
  whatIf.takeOverHere();
  store.flush();
  await settled();
  expect(asked[0][1]).toMatchObject({ actions: run.actions.slice(0, 1), maxSteps: 2 });
  expect(store.get().whatIf.proposal?.probabilities).toHaveLength(7);
  player.act(1);
  store.flush();
  expect(store.get().whatIf.proposal).toBeUndefined();
  await settled();
  whatIf.handBack();
  await settled();
  // The last is the agent's own way from where the person began.
  const [last, own] = [asked.at(-2)![1], asked.at(-1)![1]];
  expect(own).toMatchObject({ actions: [run.actions[0]] });
  expect(last).toMatchObject({ policy: 'run-a', actions: [run.actions[0], 1] });
  expect(last.maxSteps).toBeUndefined();
  expect(store.get().whatIf.told).toBe('you acted for 1 step, the agent goes on from step 3');
  whatIf.keepBranch();
  await settled();
  expect(asked.at(-1)![0]).toBe('recording:import');
});

test('nothing can be changed about an episode that is over', async () => {
  const { store, player, whatIf, asked, notices, settled } = setUp();
  player.seek(9999);
  whatIf.touchCell(3, 4);
  whatIf.takeOverHere();
  await settled();
  expect(asked).toEqual([]);
  expect(notices).toHaveLength(2);
  expect(store.get().episode?.origin.kind).toBe('run');
});

test('a cell is pointed at within the walls', () => {
  const { store, whatIf } = setUp();
  whatIf.toggleAim();
  expect(store.get().whatIf.aim).toEqual({ x: 2, y: 2 });
  for (let i = 0; i < 20; i++) whatIf.moveAim(-1, 1);
  expect(store.get().whatIf.aim).toEqual({ x: 1, y: store.get().episode!.height - 2 });
  whatIf.toggleAim();
  expect(store.get().whatIf.aim).toBeUndefined();
});

test('what follows is played by the weights that played the episode, or by the nearest that are kept, and says which', async () => {
  const kept = [30_000, 4096, 2048].map((envSteps) => ({ id: `run-a.u${envSteps}`, envSteps }));
  const source = { runId: 'run-a', envSteps: 4100 };
  for (const [checkpoints, policy, words] of [
    [kept, 'run-a.u4096', 'the weights that played it'],
    [kept.slice(0, 1), 'run-a.u30000', 'the nearest weights kept, of 30 k steps'],
  ] as const) {
    const { whatIf, player, asked, settled, store } = setUp(source, [...checkpoints]);
    player.stepBy(1);
    whatIf.touchCell(3, 4);
    await settled();
    expect(asked.map(([, request]) => request.policy)).toEqual([policy, policy]);
    expect(store.get().whatIf.weights).toBe(words);
  }
});

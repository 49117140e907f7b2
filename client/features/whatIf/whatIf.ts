import { SUBGOAL_LABELS } from '../../../shared/goals.ts';
import type { CommandInput } from '../../../shared/protocol.ts';
import type { Replay } from '../../../shared/replay.ts';
import type { Session } from '../../net/session.ts';
import type { Player } from '../../replay/player.ts';
import { simulate } from '../../replay/simulate.ts';
import { goalAt } from '../../selectors/goals.ts';
import { doerAt } from '../../selectors/steps.ts';
import { cellAt, describePlace, type EpisodeView, frameAt } from '../../selectors/world.ts';
import type { Proposal, State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { formatCount } from '../../theme/format.ts';
import type { Commands } from '../../ui/commands.ts';

export type WhatIfCommands = Pick<
  Commands,
  | 'touchCell'
  | 'toggleAim'
  | 'moveAim'
  | 'touchAim'
  | 'chooseSubgoal'
  | 'takeOverHere'
  | 'handBack'
  | 'leaveBranch'
  | 'keepBranch'
>;

const PROPOSAL_TRIES = 3;
const RETRY_MS = 1500;

type PlayInput = CommandInput<'episode:play'>;

/** Who goes on playing an episode: the run that it is from as it is now, else the one that is watched. */
export function policyFor(state: State): string {
  const { episode, whatIf, runs, runId } = state;
  if (!episode) return runId ?? 'default';
  const { origin, replay } = episode;
  if (whatIf.policy && (origin.kind === 'whatif' || origin.kind === 'person')) return whatIf.policy;
  if (origin.kind === 'run') return origin.runId;
  if (runs[replay.source.runId]) return replay.source.runId;
  // A shipped policy belongs to no run.
  if (origin.kind === 'seed' && replay.source.kind === 'evaluation') return replay.source.policy;
  return runId ?? 'default';
}

/**
 * Touching the mind: other goals and other actions on the episode on the stage. The server plays what
 * follows with the same first actions; the episode that was left waits to be returned to.
 */
export function createWhatIf(
  store: Store,
  session: Pick<Session, 'send' | 'attempt' | 'notify'>,
  player: Player,
): WhatIfCommands {
  const { send, attempt, notify } = session;
  const patch = (change: Partial<State['whatIf']>) =>
    store.dispatch({ type: 'whatIf', patch: change });
  let asked = 0;

  /** Where the shown episode is left, unless it is part of a trial already. */
  function leaving(): { episode: EpisodeView; step: number } | undefined {
    const { episode, playback, whatIf } = store.get();
    if (!episode) return undefined;
    const { kind } = episode.origin;
    if (kind === 'whatif' || kind === 'person') return whatIf.from;
    return { episode, step: Math.floor(playback.cursor) };
  }

  /**
   * Who goes on playing, and which weights these are in words: those that played the episode where they are
   * kept, else the nearest. What follows is then the same agent's doing.
   */
  async function weightsOf(state: State): Promise<{ policy: string; weights: string }> {
    const { episode, whatIf, runs } = state;
    const policy = policyFor(state);
    const run = runs[policy];
    const isTrial = episode?.origin.kind === 'whatif' || episode?.origin.kind === 'person';
    if (isTrial && whatIf.policy) return { policy, weights: whatIf.weights };
    if (!run || !episode || episode.replay.source.runId !== policy)
      return { policy, weights: run ? 'its newest weights' : `the policy ${policy}` };
    const { checkpoints } = await send('checkpoint:list', { runId: policy });
    const upTo = episode.replay.source.envSteps;
    const own = checkpoints.find(({ envSteps }) => envSteps < upTo);
    const nearest = own ?? checkpoints.at(-1);
    if (!nearest) return { policy, weights: 'its newest weights' };
    const anUpdate = run.settings.environments * run.settings.rolloutSteps;
    const isExact = own !== undefined && own.envSteps + anUpdate >= upTo;
    const weights = isExact
      ? 'the weights that played it'
      : `the nearest weights kept, of ${formatCount(nearest.envSteps)} steps`;
    return { policy: nearest.id, weights };
  }

  /** Plays what happens untouched, beside what is tried out: the same weights, actions before, and chance. */
  async function playControl(request: PlayInput, title: string, turn: number): Promise<void> {
    patch({ control: { status: 'coming', title } });
    try {
      const { replay } = await send('episode:play', request);
      if (turn !== asked) return;
      const view = simulate(replay, { kind: 'whatif' });
      patch({ control: { status: 'here', view, title } });
    } catch (error) {
      if (turn === asked)
        patch({ control: { status: 'none', reason: (error as Error).message, title } });
    }
  }

  /** Lets the server play on from `actions`, and shows it from there. */
  function branch(
    told: string,
    request: Omit<PlayInput, 'levelId' | 'seed' | 'policy'>,
    step: number,
  ): void {
    const { episode } = store.get();
    const from = leaving();
    if (!episode) return;
    const { levelId, seed } = episode.replay;
    const turn = ++asked;
    player.hold();
    patch({ busy: true, aim: undefined });
    attempt(async () => {
      try {
        const { policy, weights } = await weightsOf(store.get());
        const { overrides: _, ...untouched } = { levelId, seed, policy, ...request };
        const { replay } = await send('episode:play', { levelId, seed, policy, ...request });
        // A person who has moved on meanwhile is not interrupted.
        if (turn !== asked || store.get().episode !== episode) return;
        player.open(replay, { kind: 'whatif' }, step);
        const overrides = replay.played?.overrides ?? [];
        patch({ from, told, overrides, policy, weights, proposal: undefined, control: undefined });
        // What was done by hand is compared with what the agent would have done instead.
        const actions = (request.actions ?? []).slice(0, from?.step ?? step);
        void playControl({ ...untouched, actions }, 'Untouched', turn);
      } finally {
        if (turn === asked) patch({ busy: false });
      }
    });
  }

  function touchCell(x: number, y: number): void {
    const { episode, playback, whatIf } = store.get();
    if (!episode || whatIf.busy) return;
    const { replay, width, height, origin } = episode;
    const played = origin.kind === 'person';
    const step = played ? replay.actions.length : Math.floor(playback.cursor);
    if (isOver(replay) && step >= replay.outcome.steps) {
      notify('info', 'The episode is over here: step back first, then give another goal.');
      return;
    }
    const earlier = origin.kind === 'whatif' ? whatIf.overrides : [];
    const overrides = [
      ...earlier.filter((other) => other.step < step),
      { step, x, y, subgoal: whatIf.subgoal, until: 'reached' as const },
    ];
    const what = describePlace(cellAt(frameAt(episode, step), width, height, x, y), x, y);
    branch(
      `from step ${step + 1} the Planner is told “${SUBGOAL_LABELS[whatIf.subgoal]} · ${what}”`,
      { actions: replay.actions.slice(0, step), overrides },
      step,
    );
  }

  store.watch(
    (state) => (state.episode?.origin.kind === 'person' ? state.episode.replay : undefined),
    (replay) => {
      patch({ proposal: undefined });
      if (!replay) return;
      propose();
      if (isOver(replay)) {
        const { levelId, seed } = replay;
        const policy = policyFor(store.get());
        const first = replay.actions.slice(0, store.get().whatIf.from?.step ?? 0);
        void playControl({ policy, levelId, seed, actions: first }, 'The agent', ++asked);
      }
    },
  );

  let proposing = false;
  /** Asks what the agent would do where the person is to act; one question at a time, the newest last. */
  function propose(tries = PROPOSAL_TRIES): void {
    const { episode, connection } = store.get();
    if (episode?.origin.kind !== 'person' || isOver(episode.replay) || connection !== 'online')
      return;
    if (proposing) return;
    proposing = true;
    const { levelId, seed, actions } = episode.replay;
    const request = { policy: policyFor(store.get()), levelId, seed, actions };
    send('episode:play', { ...request, maxSteps: actions.length + 1 })
      .then(
        ({ replay }) => {
          if (store.get().episode === episode) patch({ proposal: proposalOf(replay) });
        },
        // Playing by hand goes on without advice; the server may only have been busy.
        () => {
          const again = () => store.get().episode === episode && propose(tries - 1);
          if (tries > 1) setTimeout(again, RETRY_MS);
        },
      )
      .finally(() => {
        proposing = false;
        if (store.get().episode !== episode) propose();
      });
  }

  return {
    touchCell,
    chooseSubgoal: (subgoal) => patch({ subgoal }),
    toggleAim() {
      const { episode, whatIf, playback } = store.get();
      if (!episode) return;
      const frame = frameAt(episode, Math.floor(playback.cursor));
      const start = goalAt(episode, Math.floor(playback.cursor))?.target;
      if (!whatIf.aim) player.hold();
      patch({ aim: whatIf.aim ? undefined : (start ?? { x: frame.agentX, y: frame.agentY }) });
    },
    moveAim(dx, dy) {
      const { episode, whatIf } = store.get();
      if (!episode || !whatIf.aim) return;
      const within = (value: number, size: number) => Math.min(size - 2, Math.max(1, value));
      const x = within(whatIf.aim.x + dx, episode.width);
      const y = within(whatIf.aim.y + dy, episode.height);
      patch({ aim: { x, y } });
    },
    touchAim() {
      const { aim } = store.get().whatIf;
      if (aim) touchCell(aim.x, aim.y);
    },
    takeOverHere() {
      const { episode, playback } = store.get();
      if (!episode || episode.origin.kind === 'person') return;
      const step = Math.floor(playback.cursor);
      if (isOver(episode.replay) && step >= episode.replay.outcome.steps) {
        notify('info', 'The episode is over here: step back first, then take over.');
        return;
      }
      const from = leaving();
      const before = store.get();
      const turn = ++asked;
      player.takeOver({ replay: episode.replay, step });
      const told = `you act from step ${step + 1}`;
      const policy = policyFor(before);
      patch({ from, told, policy, overrides: [], busy: false, aim: undefined, control: undefined });
      attempt(async () => {
        const chosen = await weightsOf(before);
        if (turn === asked) patch(chosen);
      });
    },
    handBack() {
      const { episode, whatIf } = store.get();
      if (episode?.origin.kind !== 'person' || whatIf.busy) return;
      const { actions } = episode.replay;
      if (isOver(episode.replay)) {
        notify('info', 'The episode is over; there is nothing to hand back.');
        return;
      }
      const own = actions.length - (whatIf.from?.step ?? 0);
      branch(
        `you acted for ${own} ${own === 1 ? 'step' : 'steps'}, the agent goes on from step ${actions.length + 1}`,
        { actions },
        actions.length,
      );
    },
    leaveBranch() {
      const { whatIf, episode } = store.get();
      asked++;
      if (whatIf.aim) patch({ aim: undefined });
      if (!whatIf.from) {
        if (episode?.origin.kind === 'person' || episode?.origin.kind === 'whatif') player.goLive();
        return;
      }
      const { episode: left, step } = whatIf.from;
      store.dispatch({ type: 'show', episode: left });
      store.dispatch({ type: 'playback', patch: { mode: 'paused', cursor: step } });
    },
    keepBranch() {
      const { episode } = store.get();
      if (!episode || episode.replay.outcome.steps === 0) return;
      attempt(async () => {
        const { recording } = await send('recording:import', { replay: episode.replay });
        store.dispatch({ type: 'recording:added', recording });
        notify(
          'good',
          'Kept as a recording: replay it, share it, or download it as a demonstration to clone from.',
        );
      });
    },
  };
}

function isOver({ outcome }: Replay): boolean {
  return outcome.terminated || outcome.truncated;
}

/** What a replay's last step shows of the policy's own mind. */
function proposalOf(replay: Replay): Proposal | undefined {
  const view = simulate(replay, { kind: 'whatif' });
  const step = replay.outcome.steps - 1;
  const { probabilities } = doerAt(view, step);
  return probabilities && { step, probabilities, goal: goalAt(view, step)?.label };
}

import { explain } from '../../../shared/glossary.ts';
import { goalAt } from '../../selectors/goals.ts';
import { shortLevelId } from '../../selectors/levels.ts';
import { missionParts } from '../../selectors/missionWords.ts';
import { firstTest } from '../../selectors/progress.ts';
import { alertOf, watchedLevel, watchedRun } from '../../selectors/run.ts';
import { atEnd, currentStep, narrate, outcomeOf } from '../../selectors/steps.ts';
import { frameAt } from '../../store/frames.ts';
import type { State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { formatCount } from '../../theme/format.ts';
import { throttled } from '../../theme/throttle.ts';
import { el, setText } from '../../ui/dom.ts';

/** The story is read aloud by assistive technology this often at most. */
const ANNOUNCE_EVERY_MS = 4000;
/** And written this often at most, so that fast playing does not flicker. */
const NARRATE_EVERY_MS = 120;
const SERVED = 'The words that the Planner’s goal serves just now.';

export interface StageTexts {
  mission: HTMLElement;
  message: HTMLElement;
  outcome: HTMLElement;
  narration: HTMLElement;
  announcer: HTMLElement;
  alert: HTMLElement;
}

/** Everything in words around the stage: mission, waiting, outcome, story, and what went wrong. */
export function fillStageTexts(elements: StageTexts, store: Store): void {
  const sentence = el('p', { class: 'sentence', text: 'Waiting for the first episode' });
  const about = el('p', {
    class: 'about',
    tip: `${explain('episodeSource')} ${explain('levelSeed')}`,
  });
  elements.mission.append(sentence, about);

  store.watch(
    (state) => state.episode ?? levelToCome(state),
    (_, state) => {
      const { episode } = state;
      if (!episode) {
        const level = levelToCome(state);
        setText(sentence, level?.title ?? 'Waiting for the first episode');
        about.replaceChildren(level ? `for example “${level.example}”` : '');
        return;
      }
      const { replay } = episode;
      about.replaceChildren(sourceOf(state), el('br'), `seed ${replay.seed}`, playedByOf(state));
    },
  );
  store.watch(playedByOf, (text, { episode }) => {
    if (!episode) return;
    const last = about.lastChild;
    if (last) setText(last, text);
  });

  store.watch(
    (state) => `${state.episode?.replay.id} ${goalNow(state)?.start}`,
    (_, state) => {
      if (!state.episode) return;
      const parts = missionParts(state.episode, goalNow(state));
      sentence.replaceChildren(
        ...parts.map(({ text, served }) =>
          served ? el('span', { class: 'served', text, tip: SERVED }) : text,
        ),
      );
    },
  );

  const waiting = elements.message.lastElementChild as HTMLElement;
  store.watch(waitingText, (text) => {
    elements.message.hidden = text === '';
    setText(waiting, text);
  });
  store.watch(
    (state) => state.episode !== undefined,
    (shown) => {
      elements.message.classList.toggle('small', shown);
    },
  );

  store.watch(
    (state) => (atEnd(state) ? state.episode : undefined),
    (episode) => {
      elements.outcome.hidden = !episode;
      if (!episode) return;
      const { tone, title, detail } = outcomeOf(episode);
      elements.outcome.dataset.tone = tone;
      // On the half where the agent is not, so that it stays visible.
      const { agentY } = frameAt(episode, episode.replay.outcome.steps);
      elements.outcome.dataset.place = agentY >= episode.height / 2 ? 'top' : 'bottom';
      elements.outcome.replaceChildren(
        el('strong', { text: title }),
        el('span', { class: 'detail', text: detail, tip: explain('outcome') }),
      );
    },
  );

  const tell = (element: HTMLElement) => () => setText(element, narrate(store.get()));
  const write = throttled(NARRATE_EVERY_MS, tell(elements.narration));
  const announce = throttled(ANNOUNCE_EVERY_MS, tell(elements.announcer));
  store.watch(
    (state) => `${state.episode?.replay.id} ${currentStep(state)} ${atEnd(state)}`,
    () => {
      write();
      announce();
    },
  );

  store.watch(
    (state) => JSON.stringify(alertOf(state) ?? null),
    (_, state) => {
      const alert = alertOf(state);
      elements.alert.hidden = !alert;
      if (!alert) return;
      elements.alert.dataset.tone = alert.tone;
      setText(elements.alert, alert.text);
    },
  );
}

function goalNow(state: State) {
  const { episode } = state;
  return episode && !episode.untaught ? goalAt(episode, currentStep(state)) : undefined;
}

/** Which kept weights played an episode of the past; empty where that is not known here. */
function playedByOf({ episode, playedBy }: State): string {
  const by = episode && playedBy[episode.replay.id];
  if (!by) return '';
  const name = by.policy.replace(/^.*\.u/, 'checkpoint ');
  return by.exact ? ` · ${name}` : ` · nearest kept: ${name}, ${formatCount(by.envSteps)} steps`;
}

/** The level of the run that is being opened or has no episode yet. */
function levelToCome(state: State) {
  const { opening, levels } = state;
  return opening === undefined ? watchedLevel(state) : levels.find((level) => level.id === opening);
}

function sourceOf(state: State): string {
  const { episode } = state;
  if (!episode) return '';
  const { source, levelId } = episode.replay;
  const level = shortLevelId(levelId);
  if (episode.origin.kind === 'person') return `You play · ${level}`;
  if (episode.origin.kind === 'whatif') return `What if · ${level}`;
  if (episode.origin.kind === 'seed' && source.kind !== 'bot') {
    return `Played on demand after ${formatCount(source.envSteps)} steps`;
  }
  if (episode.origin.kind === 'recording') return `Recording · ${level}`;
  if (source.kind === 'bot') return `Scripted expert · ${level}`;
  if (source.kind === 'person') return `Played by hand · ${level}`;
  const kind = source.kind === 'evaluation' ? 'Held-out episode' : 'Training episode';
  return `${kind} after ${formatCount(source.envSteps)} steps`;
}

function isExpertShown(state: State): boolean {
  return state.episode?.origin.kind === 'expert';
}

/** What to say while there is nothing to show, or something else has been asked for; else empty. */
function waitingText(state: State): string {
  const { fetching } = state;
  if (fetching && state.connection === 'online')
    return `The agent plays seed ${fetching.seed} of ${shortLevelId(fetching.levelId)}…`;
  if (state.episode && state.episode.origin.kind !== 'expert') return '';
  if (state.connection === 'refused') return 'Not connected.';
  if (state.connection !== 'online') return 'Connecting to the trainer…';
  const run = watchedRun(state);
  const meanwhile = isExpertShown(state)
    ? ' Until then the scripted expert shows the mission.'
    : '';
  if (state.opening) return `Starting to learn ${shortLevelId(state.opening)}.${meanwhile}`;
  if (!run) return 'Looking for a run…';
  if (run.status === 'starting') return `The policy is being loaded.${meanwhile}`;
  if (run.status === 'running' && run.testing && run.updates === 0)
    return `${firstTest(run.testing)}.${meanwhile}`;
  if (run.status === 'running') return `The agent plays its first episode.${meanwhile}`;
  return isExpertShown(state) ? 'This run has no episodes to show; the scripted expert plays.' : '';
}

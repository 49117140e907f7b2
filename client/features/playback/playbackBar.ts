import { explain } from '../../../shared/glossary.ts';
import { goalAt } from '../../selectors/goals.ts';
import { currentStep } from '../../selectors/steps.ts';
import { SPEEDS } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { button } from '../../ui/button.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, icon, setText } from '../../ui/dom.ts';
import { ICONS } from '../../ui/icons.ts';

const SPEED_LABELS: Record<number, string> = { 0.25: '¼×', 0.5: '½×' };

/** Buttons under the stage: play, step, speed, live, record. */
export function fillPlaybackBar(bar: HTMLElement, store: Store, commands: Commands): void {
  const play = tool('play', 'Play', ICONS.play, 'Play or pause (space)', () =>
    commands.togglePlay(),
  );
  const live = el('button', {
    class: 'button live-dot',
    type: 'button',
    text: 'Live',
    id: 'live',
    tip: 'Follow the newest episodes of the run (L)',
    on: { click: () => commands.goLive() },
  });
  const position = el('span', {
    class: 'position',
    tip: explain('step'),
  });
  const speeds = SPEEDS.map((speed, index) =>
    el('button', {
      class: 'button',
      type: 'button',
      text: SPEED_LABELS[speed] ?? `${speed}×`,
      tip: `Viewing speed: ${speed * 4} steps a second (${index + 1}). Learning has its own.`,
      'aria-label': `${SPEED_LABELS[speed] ?? `${speed}×`} viewing speed`,
      'aria-pressed': 'false',
      on: { click: () => commands.setSpeed(speed) },
    }),
  );
  const record = el('button', {
    class: 'button record-dot',
    type: 'button',
    id: 'record',
    'aria-label': 'Record',
    tip: 'Keeps the shown episode, and every further one that is shown while it is on (R)',
    'aria-pressed': 'false',
    on: { click: () => commands.toggleRecording() },
  });
  const loop = tool(
    'loop-button',
    'Loop',
    ICONS.loop,
    'Loops the goal on the stage (off: X). Or mark a stretch with A and B, or drag over the timeline with Shift.',
    () => {
      const { episode, playback } = store.get();
      const goal = episode && goalAt(episode, currentStep(store.get()));
      commands.setLoop(
        playback.loop || !episode
          ? undefined
          : goal
            ? { from: goal.start, to: goal.end }
            : { from: 0, to: episode.replay.outcome.steps },
      );
    },
  );
  bar.append(
    el(
      'div',
      { class: 'group' },
      tool('', 'Previous episode', ICONS.lastEpisode, 'Previous episode (Shift+←)', () =>
        commands.episodeBy(-1),
      ),
      tool('', 'Step back', ICONS.stepBack, 'One step back (←)', () => commands.stepBy(-1)),
      play,
      tool('', 'Step forward', ICONS.stepForward, 'One step on (→)', () => commands.stepBy(1)),
      tool('', 'Next episode', ICONS.nextEpisode, 'Next episode (Shift+→)', () =>
        commands.episodeBy(1),
      ),
    ),
    live,
    loop,
    position,
    el('span', { class: 'spacer' }),
    el('div', { class: 'group speeds', role: 'group', 'aria-label': 'Viewing speed' }, ...speeds),
    tool('', 'Share', ICONS.link, 'Share what is on the stage: a link, a QR code, a file', () =>
      commands.share(),
    ),
    record,
  );

  store.watch(
    (state) => state.playback.mode,
    (mode) => {
      const paused = mode === 'paused';
      play.setAttribute('aria-label', paused ? 'Play' : 'Pause');
      play.replaceChildren(icon(paused ? ICONS.play : ICONS.pause));
      live.setAttribute('aria-pressed', String(mode === 'live'));
      setText(live, mode === 'live' ? 'Live' : 'Go to live');
    },
  );
  store.watch(
    (state) => state.playback.speed,
    (speed) => {
      speeds.forEach((button, index) => {
        button.setAttribute('aria-pressed', String(SPEEDS[index] === speed));
      });
    },
  );
  store.watch(
    (state) => `${currentStep(state) + 1}/${state.episode?.replay.outcome.steps ?? 0}`,
    (text) => {
      const [step, steps] = text.split('/');
      if (steps === '0') position.replaceChildren();
      else position.replaceChildren('Step ', el('b', { text: step }), ` of ${steps}`);
    },
  );
  store.watch(
    (state) => state.playback.loop,
    (stretch) => loop.setAttribute('aria-pressed', String(stretch !== undefined)),
  );
  store.watch(
    (state) => state.recording,
    (on) => {
      record.setAttribute('aria-pressed', String(on));
      record.setAttribute('aria-label', on ? 'Recording' : 'Record');
      record.replaceChildren(el('span', { class: 'roomy', text: on ? 'Recording' : 'Record' }));
    },
  );
  store.watch(
    (state) => state.connection === 'online' && state.episode?.origin.kind === 'run',
    (possible) => {
      record.disabled = !possible;
    },
  );
}

function tool(name: string, label: string, path: string, tip: string, click: () => void) {
  return button({ class: name, icon: path, label, tip }, click);
}

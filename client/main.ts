import '@fontsource-variable/bricolage-grotesque/wght.css';
import { z } from 'zod';
import { EVAL_SEED_BASE } from '../shared/constants.ts';
import type { Replay } from '../shared/replay.ts';
import { readAddress } from './app/address.ts';
import { measureBaselines } from './app/baselines.ts';
import { playBefore } from './app/before.ts';
import { createCommands } from './app/commands.ts';
import { fillCourse } from './app/course.ts';
import { installKeys } from './app/keys.ts';
import { bringClass, bringTale } from './app/later.ts';
import { installMarks } from './app/marks.ts';
import { followMoments } from './app/moments.ts';
import { installPlaces } from './app/places.ts';
import { createBesideChoice } from './features/learning/besideChoice.ts';
import { createLearningCharts } from './features/learning/learningCharts.ts';
import { createLoopPanel } from './features/mind/loopPanel.ts';
import type { createPlanes as planesOf } from './features/mind/plane.ts';
import { createMissionCommands } from './features/missions/missionActions.ts';
import type { MissionTab } from './features/missions/missionsDialog.ts';
import { fillPlaybackBar } from './features/playback/playbackBar.ts';
import { fillRunBar } from './features/runs/runBar.ts';
import { createBeforeStage } from './features/stage/beforeStage.ts';
import { layersMenu } from './features/stage/layersMenu.ts';
import { pictureOf, showPoster } from './features/stage/poster.ts';
import { fillStageTexts } from './features/stage/stageTexts.ts';
import { installTouch } from './features/stage/touch.ts';
import { createTimeline } from './features/timeline/timeline.ts';
import { createWhatIf } from './features/whatIf/whatIf.ts';
import { fillWhatIf } from './features/whatIf/whatIfBar.ts';
import { createFiles } from './net/files.ts';
import { createSession } from './net/session.ts';
import { demonstrate } from './replay/demonstrate.ts';
import { ExpertGuide } from './replay/expertRoute.ts';
import { playByHand } from './replay/localEpisode.ts';
import { createPlayer } from './replay/player.ts';
import { simulate } from './replay/simulate.ts';
import type { Stage } from './scene/stage.ts';
import { createStore } from './store/store.ts';
import { watchAppearance } from './theme/theme.ts';
import { onDensity, pixelRatio } from './theme/zoom.ts';
import { el } from './ui/dom.ts';
import { fillNotices } from './ui/notices.ts';
import { foldingPanel } from './ui/section.ts';
import { installTooltips } from './ui/tooltip.ts';

/** For so long the drawing library waits for a world to draw. */
const LONGEST_WAIT_MS = 8000;
/** A pause of the page (a hidden tab, a slow frame) must not throw the cursor far ahead. */
const MAX_TICK_SECONDS = 0.25;

// Compiled validators would need `unsafe-eval` in the page's content security policy.
z.config({ jitless: true });

const element = (id: string) => document.getElementById(id) as HTMLElement;

const store = createStore();
const appearance = watchAppearance();
const address = readAddress();
const player = createPlayer({
  store,
  simulate,
  demonstrate: (levelId) => demonstrate(levelId, Math.floor(Math.random() * EVAL_SEED_BASE)),
  playByHand: (levelId, from) =>
    playByHand(levelId, from?.seed ?? Math.floor(Math.random() * EVAL_SEED_BASE), from?.actions),
  prefer: (isSeen) => before.ready(isSeen),
  onError: (message) => session.notify('bad', message),
});
const session = createSession({ store, address, open: player.open });
const before = playBefore(store, session);
const whatIf = createWhatIf(store, session, player);
const missions = createMissionCommands(store, session, player);
let showHelp: (() => void) | undefined;
const moments = followMoments(store, session, player);
const files = createFiles(address.token);
const picture = (replay: Replay) => {
  const view = simulate(replay, { kind: 'seed' });
  return pictureOf(view, view.frames.length - 1, true);
};
const commands = createCommands(store, session, player, whatIf, moments, files, {
  picture,
  class: (lead) => joinClass(lead),
  async help() {
    const { createHelp } = await import('./features/help/help.ts');
    showHelp ??= createHelp(() => session.attempt(async () => (await tour).start()));
    showHelp();
  },
});

const missionTools = { ...commands, ...missions };
/** Browsing, writing and building are many forms; they come when somebody asks for them. */
let missionsDialog: Promise<(tab: MissionTab) => void> | undefined;
const openMissions = (tab: MissionTab) =>
  session.attempt(async () => {
    missionsDialog ??= import('./features/missions/missionsDialog.ts').then((module) =>
      module.createMissionsDialog(store, missionTools),
    );
    (await missionsDialog)(tab);
  });

fillRunBar(element('bar'), store, commands, appearance);
fillStageTexts(
  {
    mission: element('mission'),
    message: element('stage-message'),
    outcome: element('outcome'),
    narration: element('narration'),
    announcer: element('announcer'),
    alert: element('alert'),
  },
  store,
);
element('stage-frame').append(layersMenu(store, commands));
fillPlaybackBar(element('playback'), store, commands);
fillWhatIf(element('what-if'), store, commands);
fillNotices(element('notices'), store, commands);
const charts = createLearningCharts(store, appearance, commands);
/** Folded at first, so they come after the stage. */
const thoughts = el('div');
const recordings = el('div');
let planes: ReturnType<typeof planesOf> | undefined;
async function loadFolded(): Promise<void> {
  const [{ createPlanes }, { createSettling }, { createRecordingsPanel }] = await Promise.all([
    import('./features/mind/plane.ts'),
    import('./features/mind/settling.ts'),
    import('./features/recordings/recordingsPanel.ts'),
  ]);
  planes = createPlanes(store, appearance);
  thoughts.append(planes.element, createSettling(store));
  recordings.replaceWith(createRecordingsPanel(store, commands));
}
let setup: Promise<void> | undefined;
/** What can be changed comes once the stage is there, or when somebody asks for it. */
const loadSetup = () => {
  setup ??= import('./app/setup.ts').then(({ fillSetup }) =>
    fillSetup(element('setup'), store, missionTools, openMissions),
  );
  return setup;
};
element('insight').append(
  createLoopPanel(store, appearance),
  foldingPanel('More curves', false, [], charts.element, createBesideChoice(store, commands)),
  foldingPanel('Its thoughts', false, [], thoughts),
  recordings,
);
element('curve').append(charts.main);
const tale = element('tale');
fillCourse(
  ...([element('course'), element('curve'), element('timeline'), tale] as const),
  ...([[charts.all], store, commands] as const),
);
bringTale(tale, { store, session, player, picture });
const joinClass = bringClass(element('classroom'), { store, session, player, moments, commands });
if (address.place.inClass) joinClass(false);
let isCompareHere = false;
async function openCompare(): Promise<void> {
  if (isCompareHere) return;
  isCompareHere = true;
  const { createCompare } = await import('./features/compare/comparePlace.ts');
  createCompare(element('compare'), store, session, appearance, makeStage);
}
store.watch(
  (state) => state.view.verb,
  (verb) => {
    element('centre').hidden = verb === 'compare';
    element('insight').hidden = verb !== 'watch';
    element('setup').hidden = verb !== 'change';
    element('compare').hidden = verb !== 'compare';
    if (verb === 'change') session.attempt(loadSetup);
    if (verb === 'compare') session.attempt(openCompare);
  },
);
let isLecternHere = false;
async function openLectern(): Promise<void> {
  if (isLecternHere) return;
  isLecternHere = true;
  const [{ createLectern }, { createLessonTools }] = await Promise.all([
    import('./features/lessons/lectern.ts'),
    import('./app/lessonTools.ts'),
  ]);
  const tools = createLessonTools(store, session, commands, missions.showSeed);
  const { send, attempt } = session;
  createLectern(element('lectern'), { store, send, attempt, tools });
}
store.watch(
  (state) => state.view.lesson !== undefined && state.runId !== undefined,
  (open) => open && session.attempt(openLectern),
);
const timeline = createTimeline(element('timeline'), store, appearance, commands);
measureBaselines(store);
installTooltips(document.querySelector<HTMLElement>('main') ?? document.body);
/** Offers itself to newcomers; the page is there before it. */
const tour = import('./features/help/tour.ts').then(({ createTour }) =>
  createTour(store, commands),
);
session.attempt(() => tour);
installKeys(
  commands,
  () => store.get().episode?.origin.kind === 'person',
  () => store.get().whatIf.aim !== undefined,
);
installMarks(store, document.body);
installPlaces({
  ...{ store, session, player, moments },
  ...{ showSeed: missions.showSeed, start: address.place },
});
for (const problem of address.problems) session.notify('bad', problem);

store.watch(
  (state) => state.episode,
  (episode, state) => {
    const { origin } = episode ?? {};
    if (state.recording && origin?.kind === 'run' && episode) {
      session.attempt(() => session.save(episode.replay));
    }
  },
);
store.watch(
  (state) => state.recording,
  (on, { episode }) => {
    if (on && episode?.origin.kind === 'run') session.attempt(() => session.save(episode.replay));
  },
);

const beforeStage = createBeforeStage(
  element('before'),
  { before: element('before-plate'), now: element('now-plate') },
  element('stages'),
  store,
  makeStage,
);
const removePoster = showPoster(element('stage'), store);
let stage: Stage | undefined;
let touch: ReturnType<typeof installTouch> | undefined;
/** The drawing library is three times what the plain picture needs: on a slow line it waits until that is there. */
const firstWorld = new Promise<void>((resolve) => {
  store.watch(
    (state) => state.episode !== undefined,
    (isShown) => isShown && resolve(),
  );
  setTimeout(resolve, LONGEST_WAIT_MS);
});
firstWorld
  .then(() => makeStage(element('stage')))
  .then(
    (made) => {
      removePoster();
      stage = made;
      touch = installTouch(element('stage'), made, store, commands);
    },
    (error: Error) =>
      session.notify(
        'bad',
        `This browser cannot draw the stage (${error.message}); a plain picture stands in for it.`,
      ),
  )
  .finally(() => {
    session.attempt(loadSetup);
    session.attempt(loadFolded);
  });
const guide = new ExpertGuide();
const NO_WAY: readonly never[] = [];
let last = performance.now();
let drawn: unknown[] = [];

function frame(now: number): void {
  requestAnimationFrame(frame);
  player.tick(Math.min(MAX_TICK_SECONDS, (now - last) / 1000));
  last = now;
  store.flush();
  timeline.draw();
  planes?.draw();
  const { episode, playback, view } = store.get();
  const theme = appearance.theme();
  const reducedMotion = appearance.reducedMotion();
  // Without motion nothing on the stage differs within a step.
  const cursor = reducedMotion ? Math.floor(playback.cursor) : playback.cursor;
  const expert =
    episode && view.layers.expert ? guide.from(episode.replay, Math.floor(cursor), now) : NO_WAY;
  beforeStage.draw(playback.cursor, theme, reducedMotion);
  const inputs = [episode, cursor, view.layers, expert, theme, reducedMotion, stage, stage?.size()];
  if (inputs.every((value, i) => Object.is(value, drawn[i]))) return;
  drawn = inputs;
  stage?.draw({ episode, cursor, layers: view.layers, expert, theme, reducedMotion });
  touch?.draw();
}
requestAnimationFrame(frame);

/** A stage that fills `host`. The drawing library comes by itself: the page is there before it. */
async function makeStage(host: HTMLElement): Promise<Stage> {
  const { createStage } = await import('./scene/stage.ts');
  const made = await createStage(host, pixelRatio());
  const fit = () => made.resize(host.clientWidth, host.clientHeight, pixelRatio());
  new ResizeObserver(fit).observe(host);
  onDensity(fit);
  return made;
}

import {
  CURRICULUM_LESSON,
  PLANNER_LESSON,
  REWARD_LESSON,
  TELL_LESSON,
} from '../../../shared/lessons.ts';
import type { CommandInput } from '../../../shared/protocol.ts';
import { goalAt } from '../../selectors/goals.ts';
import { watchedRun } from '../../selectors/run.ts';
import { atEnd, currentStep } from '../../selectors/steps.ts';
import {
  type Comparison,
  type LessonId,
  SIDE_NAMES,
  type SideChoice,
  type State,
  type Verb,
} from '../../store/state.ts';
import { formatNumber, formatShare } from '../../theme/format.ts';
import { facedFirst } from './obeyed.ts';

/** What a screen may make the page show. */
export interface LessonTools {
  chooseVerb(verb: Verb): void;
  /** Lets a policy play a world. */
  showWorld(world: { levelId: string; seed: number; policy: string }): void;
  /** Gives the Planner a goal at the first step of that world, as soon as it is on the stage. */
  tell(world: { levelId: string; seed: number; policy: string }, x: number, y: number): void;
  compare(comparison: Comparison): void;
  /** Watches the run of that name, or starts it; `beside`: name of the run whose curves are drawn, too. */
  run(recipe: CommandInput<'run:create'>, beside?: string): void;
}

/** One idea: a few words in large type, and the page below shows what they speak of. */
export interface Screen {
  title: string;
  text: string;
  show?: (tools: LessonTools) => void;
  /** What can be read off the page now. */
  live?: (state: State) => string;
  /** The last screen of each lesson is a task, and knows when it is done. */
  isDone?: (state: State) => boolean;
  /** What to make of it, once it is done. */
  praise?: (state: State) => string;
}

export interface Lesson {
  title: string;
  /** What one knows after it. */
  about: string;
  /** What of the page below it speaks of; the rest makes room. */
  needs: 'world' | 'learning' | 'nothing';
  screens: readonly Screen[];
}

const WHOLE: SideChoice = {
  policy: PLANNER_LESSON.policy,
  ablation: 'none',
  planner: undefined,
  doer: undefined,
  depth: undefined,
  greedy: false,
};
const { levelId, seed, worlds } = PLANNER_LESSON;
const WITHOUT: Comparison = {
  ...{ levelId, seed, worlds },
  sides: [WHOLE, { ...WHOLE, ablation: 'withoutPlanner' }],
};

const scoresOf = ({ view: { scores } }: State): string => {
  if (!scores?.some(({ played }) => played > 0)) return 'The server plays…';
  return scores
    .map(({ done, played }, i) => `${SIDE_NAMES[i]}: ${done} of ${played} done`)
    .join(' · ');
};

/** Success and return of the newest training episodes of the lesson's run. */
function learningOf(state: State, name: string): string {
  const run = watchedRun(state);
  if (run?.name !== name) return 'The run starts…';
  const point = state.series.points.findLast(({ values }) => values.success !== undefined);
  const { success, return: paid } = point?.values ?? {};
  if (success === undefined) return 'Testing before it learns…';
  const returned = paid === undefined ? '' : ` · paid ${formatNumber(paid)} an episode`;
  return `Missions done: ${formatShare(success)}${returned}`;
}

const newest = (points: State['series']['points'], name: 'success' | 'evalSuccess') =>
  points.findLast(({ values }) => values[name] !== undefined)?.values[name];

const isTold = ({ whatIf, episode }: State) =>
  episode?.origin.kind === 'whatif' && whatIf.overrides.length > 0;

/** A goal of the viewer's own: not the one that the lesson gave. */
const ownGoal = ({ whatIf }: State) =>
  whatIf.overrides.find(({ x, y }) => x !== TELL_LESSON.other.x || y !== TELL_LESSON.other.y);

const isOvertaken = ({ series, beside }: State) => {
  const now = newest(series.points, 'success');
  const other = beside && newest(beside.series.points, 'success');
  return now !== undefined && other !== undefined && now > other + 0.1 && now > 0.75;
};

export const LESSONS: Readonly<Record<LessonId, Lesson>> = {
  planner: {
    title: 'Plan first',
    needs: 'world',
    about:
      'What is lost where the Planner is switched off, and why a rigid plan is worse than none.',
    screens: [
      {
        title: 'Two halves of one mind',
        text: 'A slow Planner picks a goal. A fast Doer walks to it. This mission needs two goals, one after the other: fetch the one thing, put it down beside the other.',
        show: (to) => to.showWorld(PLANNER_LESSON),
        live(state) {
          const goal = state.episode && goalAt(state.episode, currentStep(state));
          return goal?.decided ? `Goal now: ${goal.label}` : '';
        },
      },
      {
        title: 'Switch the Planner off',
        text: 'Both sides have the same weights and the same twelve worlds. In B the Planner never thinks. Watch what the Doer does without a goal.',
        show: (to) => to.compare(WITHOUT),
        live: scoresOf,
      },
      {
        title: 'It still walks. It no longer knows what for',
        text: 'Without goals about half of the missions are still done, most of them by luck and after many times the steps.',
        show: (to) => to.compare(WITHOUT),
        live: scoresOf,
      },
      {
        title: 'Your turn: one goal, for ever',
        text: 'In B choose “Frozen Planner” and press Play: it sets a goal at the first step and never another. Guess first: more done than without a Planner, or fewer?',
        show: (to) => to.compare(WITHOUT),
        live: scoresOf,
        isDone: ({ view: { comparison, scores } }) =>
          comparison?.sides[1]?.ablation === 'frozenPlanner' &&
          comparison.levelId === levelId &&
          (scores?.[1]?.played ?? 0) >= worlds,
        praise: ({ view: { scores } }) =>
          `${scores?.[1]?.done ?? 0} of ${worlds}. A plan that is never reconsidered is worse than none, because the Doer obeys it.`,
      },
    ],
  },
  tell: {
    title: 'Tell it otherwise',
    needs: 'world',
    about:
      'The goal is not a comment on what happens: change it, and the agent does something else.',
    screens: [
      {
        title: `“${TELL_LESSON.mission}”`,
        text: 'Two objects, one mission. The orange frame is the goal that the Planner has set. But does it cause what the Doer does, or only describe it?',
        show: (to) => to.showWorld(TELL_LESSON),
      },
      {
        title: 'We change its mind',
        text: `Same world, same mission, same chance; only the goal is replaced: the ${TELL_LESSON.other.name}. On the left it is left alone, on the right it was told.`,
        show: (to) => to.tell(TELL_LESSON, TELL_LESSON.other.x, TELL_LESSON.other.y),
        live: ({ whatIf, episode }) => {
          if (!isTold({ whatIf, episode } as State) || !episode) return '';
          const step = facedFirst(episode, TELL_LESSON.other);
          return step === undefined
            ? ''
            : `It faces the ${TELL_LESSON.other.name} at step ${step}, then turns to its mission.`;
        },
      },
      {
        title: 'So the goal is a cause',
        text: 'That is a test anyone can repeat: intervene, keep everything else the same, and look for the difference. The page makes it on 48 worlds now and then and calls the share “obeyed”.',
      },
      {
        title: 'Your turn: give it a goal',
        text: 'Step back into the episode and click any cell of the world, or press O, arrows and Enter. It is done when the agent gets to where you told it to go.',
        show: (to) => to.showWorld(TELL_LESSON),
        isDone(state) {
          const told = ownGoal(state);
          return (
            isTold(state) &&
            told !== undefined &&
            state.episode !== undefined &&
            facedFirst(state.episode, told) !== undefined &&
            atEnd(state)
          );
        },
        praise: () => 'It went where you told it to. Its mission had not changed; its mind had.',
      },
    ],
  },
  thinking: {
    title: 'More thinking',
    needs: 'nothing',
    about: 'The same weights, asked to think again: when that helps, and when it does not.',
    screens: [
      {
        title: 'One thought is not enough',
        text: 'Twelve Sudokus that the lab’s model has never seen, of the harder ones. It has thought about each once. None is solved.',
      },
      {
        title: 'Let it think again',
        text: 'Its answer goes back in with what it kept in mind. Move the slider: nothing is learnt here, the weights stay the same; there is only more thought.',
      },
      {
        title: 'It does not always help',
        text: 'The agent in its gridworld needs one update of its Planner. Of 24 missions to put a thing beside another it does 10 with none, 24 with one, and 24 with eight. More thinking pays where a problem has many steps that hang together.',
      },
      {
        title: 'Your turn: as little as needed',
        text: 'What is the smallest number of thoughts with which all twelve are solved? Leave the slider there.',
        praise: () =>
          'Eleven. It was trained with fewer: on the hardest one it had to think longer than ever before.',
      },
    ],
  },
  reward: {
    title: 'It learns what you pay for',
    needs: 'learning',
    about: 'Reward is what it learns, not what you mean: a kind reward, and how it goes wrong.',
    screens: [
      {
        title: 'A well-meant reward',
        text: 'Its mission pays 1. To get anywhere it has to open doors, so we help: each opened door pays 0.2, too. What could go wrong?',
        show: (to) => to.run(REWARD_LESSON),
        live: (state) => learningOf(state, REWARD_LESSON.name),
      },
      {
        title: 'At first it helps',
        text: 'Success climbs: it learns to open doors and gets to the other rooms. Watch both figures, what is done and what is paid.',
        show: (to) => to.run(REWARD_LESSON),
        live: (state) => learningOf(state, REWARD_LESSON.name),
      },
      {
        title: 'Then it finds out',
        text: 'A door that is shut can be opened again. The pay climbs on, and success falls: it stands at a door and opens and shuts it until the time is up. It has learnt what you paid for.',
        show: (to) => to.run(REWARD_LESSON),
        live: (state) => learningOf(state, REWARD_LESSON.name),
      },
      {
        title: 'Your turn: say what you mean',
        text: 'Under Rewards choose “Sparse (BabyAI)”, so that the mission alone pays. It is done when four in five missions are done again.',
        show(to) {
          to.run(REWARD_LESSON);
          to.chooseVerb('change');
        },
        live: (state) => learningOf(state, REWARD_LESSON.name),
        isDone(state) {
          const run = watchedRun(state);
          const changed = state.changes.some(({ kind }) => kind === 'rewards');
          const success = newest(state.series.points, 'success') ?? 0;
          return (
            run?.name === REWARD_LESSON.name &&
            changed &&
            run.rewards.handled === 0 &&
            success >= 0.8
          );
        },
        praise: () =>
          'Mended. The reward was never wrong in the agent’s eyes; it was not what you meant.',
      },
    ],
  },
  curriculum: {
    title: 'Out of the standstill',
    needs: 'learning',
    about: 'Why learning stands still at 60 %, and two ways out of it.',
    screens: [
      {
        title: 'From nothing, eight objects',
        text: 'Random weights, no expert. “Go to the red ball”, and eight objects lie about. Which of them is meant, only the reward can tell.',
        show: (to) => to.run(CURRICULUM_LESSON.alone),
        live: (state) => learningOf(state, CURRICULUM_LESSON.alone.name),
      },
      {
        title: 'It stands still',
        text: 'It learns to go to things, and being near many things is right often enough. After some 60 % there is little left that tells one word from another.',
        show: (to) => to.run(CURRICULUM_LESSON.alone),
        live: (state) => learningOf(state, CURRICULUM_LESSON.alone.name),
      },
      {
        title: 'Two ways out',
        text: 'Another run with the same seed. Three of four worlds are easier, with two to four objects: a wrong choice shows there at once. And each success teaches the Planner in hindsight: what was done at its end had been the right goal.',
        show: (to) => to.run(CURRICULUM_LESSON.course, CURRICULUM_LESSON.alone.name),
        live: (state) => learningOf(state, CURRICULUM_LESSON.course.name),
      },
      {
        title: 'Your turn: let it overtake',
        text: 'Watch the second run, with the first one’s curve beside it. At which second do they cross? It is done when the second is clearly ahead.',
        show: (to) => to.run(CURRICULUM_LESSON.course, CURRICULUM_LESSON.alone.name),
        live: (state) => learningOf(state, CURRICULUM_LESSON.course.name),
        isDone: isOvertaken,
        praise() {
          const { neither, easier, hindsight, both } = CURRICULUM_LESSON.success;
          return `Overtaken. We measured which of the two it was, after 82 thousand steps: ${formatShare(neither)} with neither, ${formatShare(easier)} with easier worlds alone, ${formatShare(hindsight)} with hindsight alone, ${formatShare(both)} with both.`;
        },
      },
    ],
  },
};

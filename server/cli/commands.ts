import type { CommandEntry } from './command.ts';

/** Every command, in the order that help shows them. To add one: a module exporting `command`, and a line here. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'The server: training, and the page that shows it.',
    load: () => import('./serve.ts'),
  },
  { name: 'levels', summary: 'All levels.', load: () => import('./levels.ts') },
  { name: 'bot', summary: "The expert's success on a level.", load: () => import('./bot.ts') },
  {
    name: 'conformance',
    summary: 'Replays recordings of Python Minigrid and compares everything.',
    load: () => import('./conformance.ts'),
  },
  {
    name: 'replay verify',
    summary: 'Plays replays again and compares every state.',
    load: () => import('./replayVerify.ts'),
  },
  {
    name: 'replay info',
    summary: 'What is in a replay.',
    load: () => import('./replayInfo.ts'),
  },
  {
    name: 'replay fork',
    summary: 'Plays an episode on from one of its frames.',
    load: () => import('./replayFork.ts'),
  },
  {
    name: 'replay export',
    summary: 'An episode as pictures, without a page.',
    load: () => import('./replayExport.ts'),
  },
  {
    name: 'replay story',
    summary: "A run's story: the same worlds played by its checkpoints in turn, as a film.",
    load: () => import('./replayStory.ts'),
  },
  {
    name: 'dataset export',
    summary: 'Episodes as a dataset for other programs: Parquet, or Minari.',
    load: () => import('./datasetExport.ts'),
  },
  {
    name: 'dataset import',
    summary: 'Reads a dataset and plays every step of it again here.',
    load: () => import('./datasetImport.ts'),
  },
  {
    name: 'policy export',
    summary: 'A policy as an ONNX file for other programs, compared with it in 1,000 states.',
    load: () => import('./policyExport.ts'),
  },
  {
    name: 'gym',
    summary: 'The worlds for a program in another language, by JSON lines on stdin and stdout.',
    load: () => import('./gym.ts'),
  },
  {
    name: 'pretrain',
    summary: 'Clones a policy from the expert.',
    load: () => import('./pretrain.ts'),
  },
  { name: 'train', summary: 'Fine-tunes a policy with PPO.', load: () => import('./train.ts') },
  {
    name: 'sweep',
    summary:
      'Trains many combinations of levels, rewards, settings and seeds, and ends hopeless ones early.',
    load: () => import('./sweep.ts'),
  },
  {
    name: 'worker',
    summary: 'Trains what sweeps on other machines put into a queue.',
    load: () => import('./worker.ts'),
  },
  {
    name: 'queue',
    summary: 'Who works on a queue and what is in it; lets a sweep pause, go on or stop.',
    load: () => import('./queue.ts'),
  },
  {
    name: 'evaluate',
    summary: 'Plays a policy on held-out seeds.',
    load: () => import('./evaluate.ts'),
  },
  {
    name: 'imitate',
    summary: 'Clones a policy from demonstrations, such as episodes that a person played.',
    load: () => import('./imitate.ts'),
  },
  {
    name: 'play',
    summary: 'Plays one episode, with goals or actions from outside if wished.',
    load: () => import('./play.ts'),
  },
  {
    name: 'lab train',
    summary: "Trains the paper's model on puzzles.",
    load: () => import('./labTrain.ts'),
  },
  {
    name: 'lab evaluate',
    summary: 'Solves held-out puzzles, and tells what each segment of thought brings.',
    load: () => import('./labEvaluate.ts'),
  },
  {
    name: 'lab solve',
    summary: 'Solves one puzzle.',
    load: () => import('./labSolve.ts'),
  },
  {
    name: 'hrm-check',
    summary: 'The HRM and TRM cores against recorded vectors of the reference.',
    load: () => import('./hrmCheck.ts'),
  },
  {
    name: 'doctor',
    summary:
      'Which engines work here, why others do not, and how fast they are; or whether a queue can be reached.',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'bench kernel',
    summary: 'Speed of an engine on the reference network, one core.',
    load: () => import('./benchKernel.ts'),
  },
  {
    name: 'bench levels',
    summary: 'One policy on many levels.',
    load: () => import('./benchLevels.ts'),
  },
  {
    name: 'bench depth',
    summary: 'What more thinking buys: success against Planner updates.',
    load: () => import('./benchDepth.ts'),
  },
  {
    name: 'bench curves',
    summary: 'A picture of trainings: held-out success over steps.',
    load: () => import('./benchCurves.ts'),
  },
  {
    name: 'bench policies',
    summary: 'Kinds of policy against one another, from scratch or cloned first.',
    load: () => import('./benchPolicies.ts'),
  },
  {
    name: 'bench hierarchy',
    summary:
      'Does the hierarchy help? Planner and Doer against flat policies, from few demonstrations.',
    load: () => import('./benchHierarchy.ts'),
  },
  { name: 'bench train', summary: 'Speed of the PPO loop.', load: () => import('./benchTrain.ts') },
  { name: 'bench env', summary: 'Speed of the worlds alone.', load: () => import('./benchEnv.ts') },
  {
    name: 'bench http',
    summary: 'How quickly the server answers while it trains.',
    load: () => import('./benchHttp.ts'),
  },
  {
    name: 'bench replays',
    summary: 'Records episodes of all levels, verifies each, and changes bytes in them.',
    load: () => import('./benchReplays.ts'),
  },
  {
    name: 'bench chaos',
    summary: 'Kills server and trainer at random moments and looks whether anything is lost.',
    load: () => import('./benchChaos.ts'),
  },
  {
    name: 'bench queue',
    summary:
      'Kills and stops workers and Redis, and looks whether a sweep is still the same to the bit.',
    load: () => import('./benchQueue.ts'),
  },
  {
    name: 'bench soak',
    summary: 'Trains for long and watches whether memory stays flat.',
    load: () => import('./benchSoak.ts'),
  },
  {
    name: 'bench load',
    summary: 'A thousand viewers: how fresh episodes reach them, and what they cost.',
    load: () => import('./benchLoad.ts'),
  },
  {
    name: 'bench attacks',
    summary: 'Floods, silence, readers that do not read: does the server still answer?',
    load: () => import('./benchAttacks.ts'),
  },
  {
    name: 'bench fuzz',
    summary: 'Malformed, huge and misplaced inputs against socket and routes.',
    load: () => import('./benchFuzz.ts'),
  },
];

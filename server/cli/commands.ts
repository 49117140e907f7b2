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
    name: 'bench http',
    summary: 'How quickly the server answers while it trains.',
    load: () => import('./benchHttp.ts'),
  },
];

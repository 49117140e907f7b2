import { benchLoad } from '../bench/load/benchLoad.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  options: {
    viewers: { type: 'integer', help: 'Socket.IO viewers.', default: 1000, min: 1, max: 4000 },
    hostile: {
      type: 'integer',
      help: 'Connections beside them that attack in all ways of `bench attacks` at once.',
      default: 0,
      min: 0,
      max: 500,
    },
    seconds: { type: 'number', help: 'Length of each phase.', default: 30, min: 1, max: 3600 },
    rounds: {
      type: 'integer',
      help: 'How often viewers come and go.',
      default: 2,
      min: 1,
      max: 100,
    },
    processes: {
      type: 'integer',
      help: 'Processes that the viewers are spread over.',
      default: 2,
      min: 1,
      max: 64,
    },
    niceness: {
      type: 'integer',
      help: 'Priority of those processes, 19 the lowest.',
      default: 0,
      min: 0,
      max: 19,
    },
  },
  async run({ options, say }) {
    return { json: await benchLoad({ ...options, onProgress: say }) };
  },
});

import { defineCommand } from './command.ts';
import { readReplay } from './replayFile.ts';

export const command = defineCommand({
  options: {},
  operands: { name: 'FILE', help: 'A replay file.', min: 1, max: 1 },
  run({ operands }) {
    const { id, levelId, seed, mission, createdAt, source, outcome, mind } = readReplay(
      operands[0],
    );
    return {
      json: {
        id,
        levelId,
        seed,
        mission,
        createdAt: new Date(createdAt).toISOString(),
        ...outcome,
        source,
        hasMind: mind !== undefined,
      },
    };
  },
});

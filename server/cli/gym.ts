import { once } from 'node:events';
import { serveWorlds } from '../export/gym/serveWorlds.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  options: {},
  async run({ say }) {
    const { stdin, stdout } = process;
    // A client that has gone is no error: there is nobody left to tell.
    stdout.on('error', () => process.exit(0));
    const requests = await serveWorlds(stdin, async (line) => {
      if (!stdout.write(line)) await once(stdout, 'drain');
    });
    say(`${requests} requests answered`);
    return { json: { requests }, text: '' };
  },
});

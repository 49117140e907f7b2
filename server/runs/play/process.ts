import { EpisodePlayer } from '../../play/play.ts';
import { processChannel } from '../../processes/channel.ts';
import { answerPlay } from './answer.ts';
import type { PlayAnswer, PlayMessage } from './protocol.ts';

/**
 * The process that plays episodes for viewers. Its server sends one at a time and decides when it ends;
 * an error that is nobody's doing ends it, and the server starts another.
 */
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
const channel = processChannel<PlayMessage, PlayAnswer>();
const player = new EpisodePlayer('wasm');
channel.onDisconnect(() => process.exit(0));
channel.onMessage((message) => {
  answerPlay(player, message).then(channel.send, (error: Error) => {
    process.stderr.write(`${error.stack ?? error}\n`);
    process.exit(1);
  });
});
